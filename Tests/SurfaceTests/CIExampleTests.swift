import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// What `examples/ci` offers runs as it stands there.
@Suite("the example for CI")
struct CIExampleTests {
    private static let check = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("examples/ci/check.sh").string

    /// A project with a published tag, whose raw has a commit without a source.
    private func project(_ scratch: Scratch) throws -> CommandRunner {
        let runner = try CommandRunner(scratch)
        try runner.sh(
            """
            git init --quiet --bare server.git && vx init --quiet --template project && cd project
            git remote add origin ../server.git && git tag -m one one && git push --quiet origin main one
            git switch --quiet raw && mkdir -p data/raw && echo 'a,b' > data/raw/a.csv && vx add --quiet data
            git commit --quiet --no-verify -m 'from nowhere'
            """)
        return runner.inside("project")
    }

    @Test("commits and tags are one report, which a CI server takes as one document", arguments: ["junit", "sarif"])
    func oneDocument(format: String) throws {
        try Scratch.with { scratch in
            var runner = try project(scratch)
            runner.environment["VX_FORMAT"] = format
            let result = try runner.run("sh", [Self.check, "raw", "main..raw"])
            #expect(result.status == 4)
            let beginning = format == "junit" ? "<?xml " : "\"$schema\""
            #expect(result.output.components(of: beginning) == 2, "\(result.output)")
            #expect(result.output.contains("raw-source"))
        }
    }

    @Test("a tag that moved is found beside a range without fault")
    func movedTag() throws {
        try Scratch.with { scratch in
            let runner = try project(scratch)
            try runner.sh("git commit --quiet --amend --no-verify --message a --trailer 'Source: x'")
            #expect(try runner.run("sh", [Self.check, "raw", "main..raw"]).status == 0)
            try runner.sh("git tag --force -m two one raw")
            let result = try runner.run("sh", [Self.check, "raw", "main..raw"])
            #expect(result.status == 4)
            #expect(result.output.contains("[tag-kept]"))
        }
    }
}

extension String {
    /// How many parts a separator cuts this into.
    fileprivate func components(of separator: String) -> Int {
        split(separator: separator, omittingEmptySubsequences: false).count
    }
}

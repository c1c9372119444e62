import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// What `examples/ci` offers runs as it stands there.
@Suite("the example for CI")
struct CIExampleTests {
    private static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("examples/ci")
    private static let check = folder.appending("check.sh").string
    private static let drift = folder.appending("drift.sh").string

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

    /// A batch like what the model was trained on, and then one that is not, on a monitoring branch.
    private func withBatches(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                table() { echo size,kind; for n in $(seq 60); do echo "$((n * 37 % 60 + $1)),k$((n % 3))"; done; }
                git switch --quiet -c stable/m && table 0 > data/train.csv && vx add --quiet data && git add .
                git commit --quiet -m train && git tag -m model m-v1
                git switch --quiet -c monitoring/prod empty && mkdir batches
                table 1 > batches/1.csv && vx add --quiet batches && git add .
                git commit --quiet -m 1 --trailer 'Model: m-v1'
                table 40 > batches/2.csv && vx add --quiet batches && git commit --quiet -m 2 --trailer 'Model: m-v1'
                """)
            try body(project.runner)
        }
    }

    @Test("the drift check refuses a batch that has drifted, and says nothing of other branches")
    func drift() throws {
        let new = String(repeating: "0", count: 40)
        try withBatches { run in
            let first = try run.run("sh", [Self.drift, "monitoring/prod", "\(new)..HEAD~1"])
            #expect(first.status == 0 && first.output.contains("batches/1.csv (60 rows)"), "\(first.errors)")
            let second = try run.run("sh", [Self.drift, "monitoring/prod", "HEAD~1..HEAD"])
            #expect(second.status == 4 && second.output.contains("size: mean "), "\(second.errors)")
            #expect(!second.output.contains("batches/1.csv"))
            #expect(try run.run("sh", [Self.drift, "monitoring"]).status == 4)
            var page = run
            page.environment["VX_DRIFT_FORMAT"] = "markdown"
            #expect(
                try page.run("sh", [Self.drift, "monitoring/prod", "HEAD~1..HEAD"]).output.contains(
                    "| `size` | **drift** |"))
            for branch in ["main", "stable/m", "dev/monitoring"] {
                let other = try run.run("sh", [Self.drift, branch, "HEAD~1..HEAD"])
                #expect(other.status == 0 && other.output.isEmpty)
            }
            #expect(try run.run("sh", [Self.check, "monitoring/prod", "HEAD~1..HEAD"]).status == 0)
        }
    }

    @Test("what the workflows run is there", arguments: ["github.yml", "gitlab.yml"])
    func scripts(name: String) throws {
        let text = String(decoding: try Files.read(Self.folder.appending(name)) ?? [], as: UTF8.self)
        for script in ["check.sh", "drift.sh"] {
            #expect(text.contains("sh examples/ci/\(script) "))
            #expect(try Files.status(Self.folder.appending(script)) != nil)
        }
    }
}

extension String {
    /// How many parts a separator cuts this into.
    fileprivate func components(of separator: String) -> Int {
        split(separator: separator, omittingEmptySubsequences: false).count
    }
}

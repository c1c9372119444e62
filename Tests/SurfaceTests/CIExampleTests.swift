import Testing
import VxModel
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

/// What `examples/ci` runs, run here in the same words.
@Suite("examples of CI") struct CIExampleTests {
    private let examples = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        .appending("examples/ci")

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
                table 1 > batches/1.csv && vx add --quiet batches && git add . && git commit --quiet -m 1 --trailer 'Model: m-v1'
                table 40 > batches/2.csv && vx add --quiet batches && git commit --quiet -m 2 --trailer 'Model: m-v1'
                """)
            try body(project.runner)
        }
    }

    @Test("the drift check refuses a batch that has drifted, and says nothing of other branches")
    func drift() throws {
        let script = examples.appending("drift.sh").string
        let new = String(repeating: "0", count: 40)
        try withBatches { run in
            let first = try run.run("sh", [script, "monitoring/prod", "\(new)..HEAD~1"])
            #expect(first.status == 0 && first.output.contains("batches/1.csv (60 rows)"), "\(first.errors)")
            let second = try run.run("sh", [script, "monitoring/prod", "HEAD~1..HEAD"])
            #expect(second.status == 4 && second.output.contains("size: mean "), "\(second.errors)")
            #expect(!second.output.contains("batches/1.csv"))
            #expect(try run.run("sh", [script, "monitoring"]).status == 4)
            let page = try run.sh("VX_DRIFT_FORMAT=markdown sh '\(script)' monitoring/prod HEAD~1..HEAD || test $? = 4")
            #expect(page.output.contains("| `size` | **drift** |"))
            for branch in ["main", "stable/m", "dev/monitoring"] {
                let other = try run.run("sh", [script, branch, "HEAD~1..HEAD"])
                #expect(other.status == 0 && other.output.isEmpty)
            }
        }
    }

    @Test("the branch's rules hold for the same commits")
    func rules() throws {
        let script = examples.appending("check.sh").string
        try withBatches { run in
            let found = try run.run("sh", [script, "monitoring/prod", "HEAD~1..HEAD"])
            #expect(found.status == 0, "\(found.output)\(found.errors)")
        }
    }

    @Test("what the workflows run is there", arguments: ["github.yml", "gitlab.yml"])
    func scripts(name: String) throws {
        let text = String(decoding: try Files.read(examples.appending(name)) ?? [], as: UTF8.self)
        for script in ["check.sh", "drift.sh"] {
            #expect(text.contains("sh examples/ci/\(script) "))
            #expect(try Files.status(examples.appending(script)) != nil)
        }
    }
}

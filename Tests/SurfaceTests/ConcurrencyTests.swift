import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("Several at once", .serialized)
struct ConcurrencyTests {
    /// Runs commands at once and says how each ended.
    private func together(_ runner: CommandRunner, _ commands: [[String]]) throws -> [CommandResult] {
        let running = try commands.map { try runner.start($0[0], Array($0.dropFirst())) }
        return try running.map { try $0.wait() }
    }

    private func expectAll(_ results: [CommandResult]) {
        for result in results { #expect(result.status == 0, "\(result.errors)") }
    }

    @Test("Eight 'vx add' of different folders: every line of .gitattributes and every entry of the index is there")
    func adding() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            for round in 1...3 {
                let folders = (1...8).map { "p/\(round)-\($0)" }
                for folder in folders { try project.runner.sh("mkdir -p \(folder); seq \(round) 900 > \(folder)/x") }
                expectAll(try together(project.runner, folders.map { ["vx", "add", $0] }))
                for folder in folders {
                    let attribute = try project.runner.git("check-attr", "filter", "\(folder)/x").output
                    #expect(attribute == "\(folder)/x: filter: vx\n")
                    let blob = try project.runner.git("cat-file", "blob", ":\(folder)/x").output
                    #expect(blob.hasPrefix("version vx/1\n"))
                }
                let staged = try project.runner.git("diff", "--exit-code", "--", ".gitattributes")
                #expect(staged.output == "", "the lines are staged, too")
            }
            #expect(try project.leftovers() == [])
            try project.runner.git("commit", "--quiet", "-m", "all")
            #expect(try project.runner.git("status", "--short").output == "")
        }
    }

    @Test("'vx init', 'vx install', 'vx remote add' and 'vx ingest' at once do what they do one after the other")
    func others() throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            expectAll(try together(outside, (1...4).map { _ in ["vx", "init", "r"] }))
            let runner = outside.inside("r")
            expectAll(try together(runner, (1...4).map { _ in ["vx", "install"] }))
            let names = (1...5).map { "r\($0)" }
            expectAll(try together(runner, names.map { ["vx", "remote", "add", $0, "../remote-\($0)"] }))
            let list = try runner.check("vx", ["remote", "list"]).output
            for name in names { #expect(list.contains("\(name)\t")) }
            try runner.sh("git add vx.yaml && git commit --quiet -m start")
            for name in names {
                try runner.sh(
                    "mkdir ../\(name) && seq 900 > ../\(name)/\(name).csv && echo \(name) >> ../\(name)/\(name).csv")
            }
            expectAll(try together(runner, names.map { ["vx", "ingest", "--source", "us", "../\($0)"] }))
            // And again where the branch they move is checked out.
            try runner.sh("git switch --quiet raw")
            for name in names {
                try runner.sh("mkdir ../\(name)-2 && head -c 1200000 /dev/urandom > ../\(name)-2/x.bin")
            }
            expectAll(try together(runner, names.map { ["vx", "ingest", "--source", "us", "../\($0)-2"] }))
            #expect(try runner.git("ls-tree", "-r", "--name-only", "HEAD").output.split(separator: "\n").count == 12)
            #expect(try runner.git("status", "--short").output == "")
            #expect(try runner.sh("find data -name x.bin -size -10k").output == "", "all are laid down")
            try runner.check("vx", ["fsck"])
        }
    }

    @Test("A lock that another process keeps names it")
    func holder() throws {
        try Scratch.with { scratch in
            let path = scratch.work.appending("lock")
            let held = try FileLock(path)
            do throws(VxError) {
                _ = try FileLock(path, waitingUpTo: 0)
                Issue.record("it was taken twice")
            } catch {
                #expect(error.code == .locked)
                let cause = error.causes.first ?? ""
                #expect(cause.contains("process \(CurrentProcess.id)") && cause.contains("has held it since 2"))
            }
            withExtendedLifetime(held) {}
        }
    }
}

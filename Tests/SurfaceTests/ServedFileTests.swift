import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("files and the lines of .gitattributes about them")
struct ServedFileTests {
    @Test("what 'vx add' knows of the tree it staged is kept: neither the commit nor the next status reads its pointers")
    func kept() throws {
        try project { runner in
            let kept = try kept(runner)
            #expect(kept == [String(try runner.sh("git write-tree").output.dropLast())])
            try runner.sh("git commit --quiet --message data && vx status")
            #expect(try self.kept(runner) == kept)
        }
    }

    @Test(
        "so it is where commits were made before vx came, unless these have many more files than are added",
        arguments: [0, 900, 1200])
    func kept(besides others: Int) throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            try outside.check("git", ["init", "--quiet", "repository"])
            let runner = outside.inside("repository")
            try runner.sh(
                """
                touch first && for i in $(seq 1 \(others)); do echo $i > code-$i; done
                git add . && git commit --quiet --message code
                vx init --quiet && mkdir data && for i in $(seq 100); do seq $i 200 > data/$i.csv; done && vx add data
                """)
            let tree = String(try runner.sh("git write-tree").output.dropLast())
            #expect(try kept(runner) == (others < 1000 ? [tree] : []))
        }
    }

    /// Each is what one does to a repository whose `data/` has 100 files and is vx's.
    private static let deeds = [
        "git mv data/1.csv elsewhere.csv && git commit --quiet --message moved",
        "echo '/data/2* -filter' >> .gitattributes && git commit --quiet --all --message lines",
        "mkdir data/in && echo '* text' > data/in/.gitattributes && git add data/in && vx add data && git commit --quiet --message in",
        "mkdir data/in && echo '*.csv -filter' > data/in/.gitattributes && git mv data/3.csv data/in && git add data/in "
            + "&& git commit --quiet --message in",
        "echo plain > data/plain.csv && git -c filter.vx.process= -c filter.vx.clean= -c filter.vx.required=false add data/plain.csv "
            + "&& git commit --quiet --message plain",
        "for i in $(seq 100); do seq $i 300 > data/new-$i.csv; done && echo '* -text' > data/.gitattributes && git add data/.gitattributes "
            + "&& vx add data && git commit --quiet --message more",
        "for i in $(seq 100); do seq $i 300 > data/new-$i.csv; done && echo '/data/*-1* -filter' >> .gitattributes && vx add data && git commit --quiet --message more",
        "mkdir other && for i in $(seq 100); do seq $i 300 > other/$i.csv; done && vx add other && sed -i '/other/d' .gitattributes "
            + "&& git add .gitattributes && git commit --quiet --message lost",
        "mkdir other && for i in $(seq 100); do seq $i 300 > other/$i.csv; done && echo 'other/7.csv -filter' > .git/info/attributes "
            + "&& vx add other; rm .git/info/attributes; git commit --quiet --message own",
    ]

    @Test("what is kept makes no difference to what status and the hook say", arguments: deeds)
    func same(deed: String) throws {
        try project { runner in
            try runner.sh("git commit --quiet --message data")
            let commit = try runner.run("sh", ["-c", deed])
            let said = try runner.run("vx", ["status", "--json"]).output
            try runner.sh("rm -f .git/vx/unserved")
            #expect(try runner.run("vx", ["status", "--json"]).output == said, "\(deed): \(commit.errors)")
            // What the hook let pass or refused, the check of the commits says, which keeps nothing.
            let isRefused = try runner.run("vx", ["check", "--branch", "main"]).status == VxError.Code.refused.exitStatus
            #expect(!isRefused || commit.status != 0 || commit.errors.contains("warning"), "\(deed): \(commit.errors)")
        }
    }

    private func project(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            try outside.sh("vx init --quiet w")
            let runner = outside.inside("w")
            try runner.sh("mkdir data && for i in $(seq 100); do seq $i 200 > data/$i.csv; done && vx add --quiet data")
            try body(runner)
        }
    }

    /// The tree that was looked at last, and what of it is wrong.
    private func kept(_ runner: CommandRunner) throws -> [String] {
        let bytes = try Files.read(runner.directory.appending(".git/vx/unserved")) ?? []
        return bytes.split(separator: 0).dropFirst().map { String(decoding: $0, as: UTF8.self) }
    }
}

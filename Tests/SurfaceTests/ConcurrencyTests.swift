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

    @Test("'vx checkout' of two commits and 'vx add' at once: the workspace is at one of the two, with what was added")
    func moving() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            for commit in ["A", "B"] {
                try project.runner.sh(
                    """
                    for n in 1 2 3 4 5 6; do seq $n 700 > data/$n.csv; echo \(commit) >> data/$n.csv; done
                    yes \(commit) | head -c 1500000 > data/big.bin && echo \(commit) > code && git add code
                    vx add --quiet data && git commit --quiet -m \(commit) && git tag \(commit)
                    """)
            }
            for round in 1...4 {
                try project.runner.sh("seq \(round) 800 > data/new-\(round).csv")
                expectAll(
                    try together(
                        project.runner,
                        [["vx", "checkout", "A"], ["vx", "checkout", "B"], ["vx", "add", "data/new-\(round).csv"]]))
                try project.runner.sh(
                    """
                    at=$(cat code) && test "$(git rev-parse HEAD)" = "$(git rev-parse $at)"
                    for file in data/?.csv data/big.bin; do tail -1 $file | grep -q "^$at"; done
                    git status --short | grep -v '^A  data/new-' > ../left || true
                    test ! -s ../left || { cat ../left >&2; exit 1; }
                    """)
            }
            #expect(try project.leftovers() == [])
        }
    }

    /// What one of several does in a loop; `$w` is which one it is, `$i` which of its steps this is. git gives up where its
    /// index is locked, and is asked again.
    private static let steps = [
        "mkdir -p f$w/$i && seq $w$i 400 > f$w/$i/x.csv && vx add --quiet f$w/$i",
        "mkdir -p f$w/$i && yes $w $i | head -c 1100000 > f$w/$i/x.bin && vx add --quiet f$w/$i",
        "mkdir -p f$w && seq $w$i 90 > f$w/$i.csv && vx add --quiet f$w/$i.csv",
        "mkdir -p all/$w && seq $w$i 500 > all/$w/$i.csv && again git add all/$w/$i.csv",
        "mkdir -p all/$w && yes $i $w | head -c 1200000 > all/$w/$i.bin && again git add all/$w/$i.bin",
        "rm -f all/0.bin && vx checkout --quiet -- all/0.bin || test $? -eq 4",
        "vx remote add --quiet r$w-$i ../remote-$w-$i",
        "mkdir ../in-$w-$i && seq $w$i 800 > ../in-$w-$i/$w-$i.csv && vx ingest --quiet --source us ../in-$w-$i",
        "vx install --quiet",
        "vx status && git status --short",
        "vx gc --quiet && vx fsck --quiet",
    ]

    /// `VX_TEST_SEED=N` draws other steps than the usual ones.
    @Test("Whatever several do at once on one repository, all of it is done in the end")
    func property() throws {
        let seed = TestEnvironment["VX_TEST_SEED"].flatMap { UInt64($0) } ?? 7
        var generator = SeededGenerator(seed: seed)
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                mkdir all && head -c 1100000 /dev/zero > all/0.bin && vx add --quiet all && git commit --quiet -m all
                git branch raw
                """)
            let scripts = (1...4).map { worker in
                let steps = (1...6).map { step in
                    "i=\(step); " + Self.steps[Int.random(in: 0..<Self.steps.count, using: &generator)]
                }
                return """
                    again() { for n in $(seq 400); do "$@" 2> ../again-$w && return 0; sleep 0.05; done; cat ../again-$w >&2; return 1; }
                    w=\(worker)
                    """ + "\n" + steps.joined(separator: "\n")
            }
            let results = try together(project.runner, scripts.map { ["sh", "-c", "set -e\n" + $0] })
            for (script, result) in zip(scripts, results) {
                #expect(result.status == 0, "with VX_TEST_SEED=\(seed): \(script)\n\(result.errors)")
            }
            try project.runner.sh(
                """
                for file in $(git ls-files f1 f2 f3 f4 all); do
                    git check-attr filter $file | grep -q ': vx$' || { echo "$file is not under the filter" >&2; exit 1; }
                    git cat-file blob :$file | head -1 | grep -qx 'version vx/1' || { echo "$file is no pointer" >&2; exit 1; }
                done
                for file in $(find f1 f2 f3 f4 all -type f 2>/dev/null); do
                    git ls-files --error-unmatch $file > ../listed || { echo "$file is not in the index" >&2; exit 1; }
                done
                for name in $(ls -d ../remote-* 2>/dev/null); do grep -q "url: .*$name" vx.yaml; done
                for name in $(ls ../in-*/* 2>/dev/null); do git cat-file -e raw:data/raw/${name#../}; done
                git add -A && git commit --quiet --no-verify -m done && vx fsck
                test -z "$(git status --short)" && vx status | grep -qx 'Data is clean'
                """)
            // The store's own lock of that name stays by design.
            let left = try project.leftovers()
            #expect(left == [])
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

    #if os(Linux)
        @Test("A lock that a process shares names it to whoever wants it alone")
        func sharedHolder() throws {
            try Scratch.with { scratch in
                let path = scratch.work.appending("lock")
                try Files.replace(path, with: Array("1\n\(Machine.name)\n2026-01-01T00:00:00Z\nvx old".utf8))
                let held = try FileLock(path, shared: true)
                let error = #expect(throws: VxError.self) { _ = try FileLock(path, waitingUpTo: 0) }
                #expect(error?.code == .locked)
                let cause = error?.causes.first ?? ""
                #expect(cause.contains("process \(CurrentProcess.id)") && cause.contains("holds it"), "\(cause)")
                withExtendedLifetime(held) {}
            }
        }
    #endif
}

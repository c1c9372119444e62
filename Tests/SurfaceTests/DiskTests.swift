import SystemPackage
import Testing
import VxModel
import VxStore
import VxSystem
import VxTestSupport

@Suite("full disks and files that change", .serialized)
struct DiskTests {
    /// Only root can mount a small disk.
    static func canMount() -> Bool {
        let mounts = try? Scratch.with { scratch in
            let script = "mkdir m && mount -t tmpfs -o size=1m tmpfs m && umount m"
            return try CommandRunner(scratch).run("sh", ["-c", script]).status == 0
        }
        return mounts ?? false
    }

    @Test(
        "a disk that fills up: nothing is half-written, and repeating with room ends right",
        .enabled(if: canMount(), "needs root, to mount a small disk"))
    func fullDisk() throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            try outside.sh("mkdir full && mount -t tmpfs -o size=8m tmpfs full")
            defer { _ = try? outside.run("umount", ["-l", "full"]) }
            let project = try Project(scratch, in: "full/repository")
            let run = project.runner
            try run.sh("head -c 900000 /dev/urandom > data/a && vx add --quiet data && git commit --quiet -m a")

            // The store is full: by vx, and by git through the filter.
            try run.sh("head -c 3000000 /dev/urandom > data/b; head -c 2000000 /dev/zero > fill")
            let index = try project.index()
            let add = try run.vx("add", "data")
            #expect(
                add.status == 1 && add.errors.contains("No space left on device")
                    && add.errors.contains("hint: free some space"))
            #expect(try project.index() == index)
            #expect(try project.leftovers() == [])
            let gitAdd = try run.run("git", ["add", "data"])
            #expect(gitAdd.status != 0)
            #expect(gitAdd.errors.ranges(of: "No space left on device").count == 1, "\(gitAdd.errors)")
            #expect(try project.leftovers() == [])
            try run.sh("rm -f fill && mv data/b ../../b && vx fsck && git status --short")

            // The workspace is full.
            try run.sh("git checkout --quiet empty; head -c 9000000 /dev/zero > fill || truncate -s -200K fill")
            let checkout = try run.vx("checkout", "main")
            #expect(checkout.status == 1 && checkout.errors.contains("No space left on device"), "\(checkout.errors)")
            #expect(try project.leftovers() == [])
            #expect(try run.git("rev-parse", "--abbrev-ref", "HEAD").output == "empty\n")
            try run.sh("rm fill && vx checkout main && git diff --exit-code")
            try run.sh("git show :data/a > data/a; head -c 9000000 /dev/zero > fill || truncate -s -200K fill")
            let hydrate = try run.vx("hydrate")
            #expect(hydrate.status == 1 && hydrate.errors.contains("No space left on device"), "\(hydrate.errors)")
            #expect(try project.leftovers() == [])
            #expect(try run.sh("head -1 data/a").output == "version vx/1\n")
            try run.sh("rm fill && vx hydrate && vx fsck")
        }
    }

    @Test("a file that changes while it is added is not staged")
    func changingFile() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("head -c 60000000 /dev/urandom > data/log")
            let before = try project.index()
            let writer = try project.runner.start("sh", ["-c", "while :; do echo line >> data/log; done"])
            let result = try project.runner.vx("add", "data")
            writer.send(9)
            _ = try writer.wait()
            #expect(result.status == 1)
            #expect(result.errors.contains("data/log changed while it was being added"), "\(result.errors)")
            #expect(try project.index() == before)
            #expect(try project.leftovers() == [])
            try project.runner.sh("vx add data && vx fsck")
        }
    }

    /// What only looks, and what has nothing to do.
    private static let reading = [
        "status", "ls one", "cat one:data/a.csv", "diff one HEAD", "du", "flow", "check --all", "hydrate",
        "get . data/a.csv -o ../got",
        "runs", "remote list", "trust list", "gc --dry-run",
    ]

    @Test(
        "what only reads works on a disk that cannot be written to, with a store of its own and with a shared one",
        .enabled(if: canMount(), "needs root, to mount a disk"))
    func readOnly() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            // The last one is registered as an earlier vx did it.
            try runner.sh(
                """
                for r in own shared earlier; do
                    vx init --quiet $([ $r = own ] || echo --store store-$r) $r; cd $r
                    mkdir data && seq 99 > data/a.csv && vx add --quiet data && git add -A && git commit --quiet -m one && git tag one
                    seq 9 > data/b.csv && vx add --quiet data && git commit --quiet -m two; cd ..
                done
                rm store-earlier/repositories/* earlier/.git/vx-repository
                """)
            let entry = StoreRegistry.Entry(
                path: FilePath(try runner.sh("cd earlier/.git && pwd -P").output.dropLast().description),
                host: Machine.name,
                identity: nil)
            try StoreRegistry(runner.directory.appending("store-earlier")).add(entry)
            for repository in ["own", "shared", "earlier"] {
                for command in Self.reading {
                    let result = try runner.run(
                        "unshare",
                        [
                            "-m", "sh", "-c",
                            "rm -rf got; mount --bind $0 $0 && mount -o remount,ro,bind $0 && cd $0 && vx \(command)",
                            repository,
                        ])
                    #expect(result.status == 0, "\(repository): vx \(command): \(result.errors)")
                }
            }
        }
    }
}

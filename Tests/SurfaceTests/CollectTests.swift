import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("vx gc with real processes", .serialized)
struct CollectTests {
    @Test("kill -9 at any moment of vx gc loses nothing, and repeating it ends right", .tags(.slow))
    func killed() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                head -c 3000000 /dev/urandom | split -b 60000 - data/part-; vx add --quiet data && git commit --quiet -m all
                rm data/part-a[a-m] && vx add --quiet data && git commit --quiet -m some && git reset --quiet --soft HEAD~2
                git commit --quiet -m half && git reflog expire --expire=now --all && rm -f .git/ORIG_HEAD
                (cd data && sha256sum *) > ../sums
                """)
            var seed: UInt64 = 20_261_124
            for _ in 0..<20 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let command = try runner.start("vx", ["gc", "--grace", "0", "--exact"])
                usleep(UInt32(truncatingIfNeeded: seed >> 33) % 80_000)
                command.send(SIGKILL)
                _ = try command.wait()
                try runner.sh("vx fsck > /dev/null")
            }
            try runner.sh(
                "vx gc --grace 0 --exact && rm data/* && vx checkout data && (cd data && sha256sum --quiet -c ../../sums)"
            )
            #expect(try runner.vx("gc", "--grace", "0", "--exact").output.contains("Nothing to collect"))
        }
    }

    @Test("vx add and git add beside vx gc --grace 0: what they name stays", .tags(.slow))
    func beside() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let script = """
                for round in 1 2 3 4 5 6 7 8; do
                    for file in 1 2 3; do seq $((round % 3 * 1000 + file)) 20000 > data/$1-$file; done
                    $2 data/$1-1 data/$1-2 data/$1-3 && git commit --quiet -m $1-$round 2> /dev/null || true
                    git reset --quiet --soft HEAD~1 2> /dev/null; git reflog expire --expire=now --all
                done
                """
            let runner = project.runner
            try runner.sh("echo x > data/x && vx add --quiet data && git commit --quiet -m x")
            let writer = try runner.start("sh", ["-c", script, "sh", "one", "vx add --quiet"])
            for _ in 0..<12 { _ = try runner.vx("gc", "--grace", "0", "--exact") }
            _ = try writer.wait()
            let git = try runner.start("sh", ["-c", script, "sh", "two", "git add"])
            for _ in 0..<12 { _ = try runner.vx("gc", "--grace", "0", "--exact", "--empty-trash") }
            _ = try git.wait()
            try runner.check("vx", ["fsck"])
        }
    }

    @Test("vx fsck beside vx gc and vx evict reports no damage", .tags(.slow))
    func fsckBeside() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                vx remote add --quiet store "$SCRATCH/remote" && git add -A && git commit -qm remote
                head -c 4000000 /dev/urandom | split -b 40000 - data/part- && vx add --quiet data && git commit -qm all && vx push --quiet
                """)
            let script = """
                for round in 1 2 3 4 5 6 7 8 9 10; do
                    seq $round 20000 > data/$round && vx add -q data/$round && git rm -q --cached data/$round
                    vx gc --grace 0 --exact --empty-trash > /dev/null; vx evict --quick > /dev/null; vx fetch -q
                done
                """
            let other = try runner.start("sh", ["-c", script])
            for _ in 0..<25 {
                let result = try runner.vx("fsck")
                #expect(result.status == 0, "\(result.output)\(result.errors)")
            }
            #expect(try other.wait().status == 0)
        }
    }

    @Test("a repository that shares a store and is on a disk that is away is waited for, however long")
    func away() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh(
                """
                mkdir disk && for name in one disk/two disk/sub/three; do
                    mkdir -p $name && vx init -q --store "$PWD/store" $name
                    (cd $name && seq ${#name} 5000 > data.csv && vx add -q data.csv && git add -A && git commit -qm $name)
                done
                mv disk elsewhere && mkdir disk
                """)
            let one = runner.inside("one")
            for _ in 0..<2 {
                let result = try one.vx("gc", "--grace", "0", "--empty-trash")
                #expect(result.status == 0 && result.errors.contains("nothing was collected"), "\(result.errors)")
            }
            try runner.sh("rmdir disk && mv elsewhere disk && cd one && vx gc --grace 0 --empty-trash && cd ../disk/sub/three && vx fsck")
        }
    }

    @Test(
        "two users share a store: modes and group follow its folder, whatever their umask",
        .enabled(if: getuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0, "needs root, to be two users, and setpriv")
    )
    func twoUsers() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            // What was built may lie where only its owner may look.
            try runner.sh(
                """
                chmod 755 .. . && mkdir bin && cp "$(command -v vx)" bin && mkdir shared && chgrp 4242 shared && chmod 2770 shared
                for user in 4243 4244; do mkdir $user $user/home && chown -R $user:$user $user; done
                """)
            func user(_ id: String, _ umask: String, _ script: String) throws {
                try runner.sh(
                    "HOME=$PWD/\(id)/home PATH=$PWD/bin:$PATH setpriv --reuid \(id) --regid \(id) --groups 4242 sh -ec 'umask \(umask); cd \(id); export GIT_CONFIG_GLOBAL=$PWD/home/.gitconfig; git config --global init.defaultBranch main; git config --global --replace-all safe.directory \"*\"; \(script)'"
                )
            }
            try user(
                "4243", "077",
                "vx init --quiet --store ../shared/store one; cd one; mkdir data; seq 1 5000 > data/a; vx add --quiet data; git add vx.yaml; git commit --quiet -m one; git add -A; chmod -R a+rX .."
            )
            try user(
                "4244", "077",
                "git clone --quiet ../4243/one two; cd two; vx install --quiet --store ../../shared/store; seq 1 5000 | cmp - data/a; seq 5 9000 > data/b; git add data; git commit --quiet -m two; vx fsck > /dev/null"
            )
            // The first one can collect, add and read after the second.
            try user(
                "4243", "022",
                "cd one; seq 5 9000 > data/b; vx add --quiet data; vx fsck > /dev/null; ! vx gc 2> refused; grep -q cannot.be.read refused"
            )
            // Each can push to a folder that they share, and prove what is there.
            try user(
                "4243", "077",
                "cd one; vx remote add --quiet disk ../../shared/disk; git add vx.yaml; git commit --quiet -m disk; vx push --quiet; chmod -R a+rX .."
            )
            try user(
                "4244", "022",
                "cd two; git pull --quiet --rebase; vx push --quiet; vx check --remote; vx fsck --remote --full"
            )
            try user(
                "4243", "077",
                "cd one; seq 7 9999 > data/c; vx add --quiet data; git commit --quiet -m c; vx push --quiet")
            // What the second one names can only be told by who may read it.
            try runner.sh(
                "git config --global --add safe.directory \"$PWD/4243/one\" && cd 4243/one && vx gc --grace 0 && vx fsck"
            )
            let foreign = try runner.sh(
                "find shared ! -group 4242 -o -type f ! -perm -040 -o -type d ! -perm -2070")
            #expect(foreign.output == "", "\(foreign.output)")
        }
    }
}

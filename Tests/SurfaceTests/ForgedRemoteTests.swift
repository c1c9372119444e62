import Testing
import VxModel
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Commands beside a remote that lies with every hash fitting")
struct ForgedRemoteTests {
    /// Forges every pack below a folder; neither footers nor names change where the lie has the length of the truth.
    private func forge(_ packs: FilePath, _ runner: CommandRunner) throws {
        let found = try runner.sh("find '\(packs)' -type f").output
        for line in OutputPattern.lines(of: found) {
            let path = FilePath(line)
            let bytes = try #require(try Files.read(path))
            var pack = try ForgedPack(bytes)
            guard pack.tell(.swapped, of: Set(pack.entries.map(\.id))) else { continue }
            let (name, forged) = pack.sealed
            #expect(forged.count == bytes.count && path.lastComponent?.string.hasPrefix(name.hex) == true)
            try Files.replace(path, with: forged)
        }
    }

    /// A commit of data that git's remote has, and vx's remote `store`.
    private func publish(_ data: String, _ scratch: Scratch, _ runner: CommandRunner) throws {
        try runner.sh(
            "git init -q --bare ../origin.git && git remote add origin ../origin.git && vx remote add -q store '\(scratch.work)/store'"
        )
        try runner.sh("\(data) && vx add -q data && git add -A && git commit -qm one && git push -q -u origin main")
    }

    @Test(arguments: ["", " --quick", " --full"])
    func `evict drops no only copy on the word of a remote, and a repair puts it in order`(level: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try publish("head -c 3000000 /dev/urandom > data/big.bin && cp data/big.bin ../good", scratch, runner)
            try forge(scratch.work.appending("store/packs"), runner)
            #expect(try runner.run("vx", ["fsck", "--remote", "--full"]).status == 13)
            #expect(try runner.run("vx", ["check", "--remote"]).status == 4)
            try runner.sh(
                "rm data/big.bin && vx evict\(level) && vx fsck && vx checkout data/big.bin && cmp data/big.bin ../good"
            )
            try runner.sh(
                "vx fsck --remote --full --repair && vx check --remote && vx evict\(level) && rm data/big.bin")
            try runner.sh("test ! -e .git/vx/packs/*.pack && vx checkout data/big.bin && cmp data/big.bin ../good")
        }
    }

    @Test func `a store that was taken over with a lie is healed by adding the good bytes`() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                "head -c 3000000 /dev/urandom > data/big.bin && cp data/big.bin ../good && vx add -q data && git commit -qm one"
            )
            try forge(project.folder.appending(".git/vx/packs"), runner)
            #expect(try runner.run("vx", ["fsck"]).status == 13)
            try runner.sh("touch data/big.bin && git rm -q --cached data/big.bin && vx add data && vx fsck")
            try runner.sh("rm data/big.bin && vx checkout data/big.bin && cmp data/big.bin ../good")
        }
    }

    @Test func `what a remote is said to have and no longer has comes back from another repository`() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try publish("echo one > data/1", scratch, runner)
            try runner.sh("vx clone -q ../origin.git ../clone")
            let clone = runner.inside("../clone")
            try clone.sh("rm -rf ../store/packs/* .git/vx/packs/* .git/vx/catalog")
            #expect(try clone.run("vx", ["cat", "HEAD:data/1"]).status != 0)
            try clone.sh("vx fsck --repair --from '\(project.folder)'")
            #expect(try clone.sh("vx cat HEAD:data/1").output == "one\n")
            try clone.sh("vx fsck --remote --repair && vx check --remote")
        }
    }
}

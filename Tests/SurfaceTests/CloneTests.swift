import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("file systems that can clone")
struct CloneTests {
    /// A loop-mounted file system, which only root can make, and only with its tools installed.
    static func canMount(_ type: String) -> Bool {
        let mounts = try? Scratch.with { scratch in
            let script = "truncate -s 400M i && mkfs.\(type) -q i && mkdir m && mount -o loop i m && umount m"
            return try CommandRunner(scratch).run("sh", ["-c", script]).status == 0
        }
        return mounts ?? false
    }

    @Test(
        "a large file that does not compress shares its blocks with the store",
        .enabled(if: canMount("xfs"), "needs root, loop devices and mkfs.xfs"))
    func xfs() throws { try sharesBlocks("xfs") }

    @Test(
        "a large file that does not compress shares its blocks with the store, on btrfs",
        .enabled(if: canMount("btrfs"), "needs root, loop devices and mkfs.btrfs"))
    func btrfs() throws { try sharesBlocks("btrfs") }

    private func sharesBlocks(_ type: String) throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            try outside.sh("truncate -s 1500M image && mkfs.\(type) -q image && mkdir disk && mount -o loop image disk")
            defer { _ = try? outside.run("umount", ["-l", "disk"]) }
            let project = try Project(scratch, in: "disk/repository")
            // Two and a bit segments, the last of them no multiple of a block.
            try project.runner.sh("head -c 150000001 /dev/urandom > data/noise && sha256sum data/noise > ../sum")
            try project.runner.sh("vx add --quiet data && git commit --quiet -m noise && rm data/noise && sync")
            let before = try usedKilobytes(project)
            try project.runner.sh("vx checkout --quiet data && sync && sha256sum --check --quiet ../sum")
            // Without sharing it would be 146,000.
            #expect(try usedKilobytes(project) - before < 10_000)
        }
    }

    private func usedKilobytes(_ project: Project) throws -> Int {
        let output = try project.runner.sh("df -k . | tail -1 | awk '{print $3}'").output
        return try #require(Int(output.split(whereSeparator: \.isWhitespace).first ?? ""))
    }
}

import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("A folder of another host, over ssh")
struct SSHTests {
    private static let obstacle = TestSSHServer.obstacle

    @Test(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
    func `an ssh URL leads to a folder there, through the user's own ssh`() throws {
        try Scratch.with { scratch in
            let server = try TestSSHServer(scratch)
            let far = scratch.work.appending("far")
            try Files.createDirectories(far)
            let user = try CommandRunner(scratch).check("id", ["-un"]).output.split(separator: "\n").first ?? ""
            let settings = RemoteSettings(
                name: "far", url: "ssh://\(user)@127.0.0.1:\(server.port)\(far.string)/vx-remote")
            let environment = [
                "PATH": "\(server.programs.string):/usr/bin:/bin", "VX_RCLONE": try #require(TestServer.rclone).string,
                "HOME": scratch.home.string, "TMPDIR": scratch.root.string, "RCLONE_CONFIG": "/dev/null",
            ]
            let backend = try settings.open(
                RemoteContext(base: scratch.work, environment: environment, cancellation: Cancellation()))
            _ = try RemoteMarker.create(backend)
            let sides = Sides(scratch: scratch)
            let contents = [BackendConformance.bytes(700_000, seed: 1), BackendConformance.bytes(5000, seed: 2)]
            let pointers = try Sides.add(contents, to: sides.store("a"))
            #expect(try Sides.push(pointers, from: sides.store("a"), to: backend).contents == 2)
            #expect(try Files.targetStatus(far.appending("vx-remote/vx-remote.json")) != nil)
            #expect(try Sides.fetch(pointers, into: sides.store("b"), from: backend).contents == 2)
        }
    }
}

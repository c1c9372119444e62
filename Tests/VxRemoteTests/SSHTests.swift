import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

/// An `sshd` on loopback that lets in only a key of the test's own, and an `ssh` that knows it.
private final class TestSSHServer {
    let port: Int
    /// A folder with an `ssh` for the front of PATH.
    let programs: FilePath
    private let process: HelperProcess

    deinit { process.stop() }

    /// Why there can be none here; `nil` where there can.
    static var obstacle: String? {
        if TestServer.rclone == nil { return "rclone is not installed: set VX_TEST_RCLONE" }
        for program in ["/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen"] {
            if ((try? Files.targetStatus(FilePath(program))) ?? nil)?.isExecutable != true {
                return "there is no \(program): install openssh-server"
            }
        }
        let made = try? Scratch.with { scratch -> String in
            do {
                _ = try TestSSHServer(scratch)
                return ""
            } catch {
                return "sshd does not start here: \(error)"
            }
        }
        return made == "" ? nil : made ?? "sshd does not start here"
    }

    init(_ scratch: Scratch) throws {
        let runner = try CommandRunner(scratch)
        try runner.sh(
            """
            mkdir ssh && cd ssh && ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f user
            cp user.pub authorized && mkdir bin && cat > sshd_config <<END
            HostKey $PWD/host
            AuthorizedKeysFile $PWD/authorized
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            Subsystem sftp internal-sftp
            END
            cat > bin/ssh <<END
            #!/bin/sh
            exec /usr/bin/ssh -F none -i $PWD/user -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
            -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "\\$@"
            END
            chmod +x bin/ssh
            """)
        let folder = scratch.work.appending("ssh")
        programs = folder.appending("bin")
        let log = folder.appending("log")
        // It cannot be told to choose a free one, so several are tried.
        for _ in 0..<5 {
            let port = Int.random(in: 20_000..<60_000)
            try Files.remove(log)
            let process = try HelperProcess(
                "/usr/sbin/sshd",
                [
                    "-D", "-e", "-f", folder.appending("sshd_config").string, "-o", "ListenAddress=127.0.0.1", "-p",
                    "\(port)",
                ], environment: ["PATH": "/usr/bin:/bin"], output: log)
            for _ in 0..<200 {
                let text = String(decoding: try Files.read(log) ?? [], as: UTF8.self)
                if text.contains("Server listening on 127.0.0.1 port \(port)") {
                    self.port = port
                    self.process = process
                    return
                }
                if text.contains("Missing") || text.contains("Cannot bind") || text.contains("fatal") { break }
                Timing.system(Cancellation()).sleep(0.05)
            }
            process.stop()
        }
        throw VxError("no sshd", because: String(decoding: try Files.read(log) ?? [], as: UTF8.self))
    }
}

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

import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// An `sshd` on loopback that lets in only a key of the test's own, and an `ssh` that knows it.
package final class TestSSHServer {
    package let port: Int
    /// A folder with an `ssh` for the front of PATH.
    package let programs: FilePath
    private let process: HelperProcess

    deinit { process.stop() }

    /// Why there can be none here; `nil` where there can.
    package static var obstacle: String? {
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

    /// - Throws: where there can be none here.
    package init(_ scratch: Scratch) throws {
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

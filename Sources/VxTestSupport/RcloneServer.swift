import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A storage with a user and a password, which rclone serves on loopback, and which another rclone is to reach.
package final class RcloneServer {
    package enum Kind: String, Sendable, CaseIterable {
        case webdav, sftp, s3, http
    }

    package static let user = "testuser"
    package static let password = "the-right-password"

    private let kind: Kind
    private let rclone: FilePath
    private let process: HelperProcess
    package let port: Int

    deinit { process.stop() }

    /// Serves the folder `place` of the scratch, in which there is a folder `team`.
    ///
    /// - Throws: where rclone is not there, or does not start.
    package init(_ kind: Kind, _ scratch: Scratch) throws {
        guard let rclone = TestServer.rclone else {
            throw VxError("rclone is not installed", hint: "set VX_TEST_RCLONE")
        }
        self.kind = kind
        self.rclone = rclone
        try Files.createDirectories(scratch.work.appending("place/team"))
        let log = scratch.root.appending("serve.log")
        let credentials =
            kind == .s3
            ? ["--auth-key", "\(Self.user),\(Self.password)"] : ["--user", Self.user, "--pass", Self.password]
        process = try HelperProcess(
            rclone,
            ["serve", kind.rawValue, "--addr", "127.0.0.1:0"] + credentials + [scratch.work.appending("place").string],
            environment: ["RCLONE_CONFIG": "/dev/null", "HOME": scratch.home.string, "PATH": "/usr/bin:/bin"],
            output: log)
        for _ in 0..<400 {
            let text = String(decoding: try Files.read(log) ?? [], as: UTF8.self)
            if let found = text.firstRange(of: "127.0.0.1:"),
                let port = Int(text[found.upperBound...].prefix { $0.isNumber }), port > 0
            {
                self.port = port
                return
            }
            Timing.system(Cancellation()).sleep(0.05)
        }
        throw VxError(
            "rclone does not serve \(kind)", because: String(decoding: try Files.read(log) ?? [], as: UTF8.self))
    }

    /// The remote that leads to it, as `vx.yaml` names it.
    package var url: String { "rclone:place:team/vx-remote" }

    /// A runner whose rclone has a remote `place` with some password.
    ///
    /// - Parameter port: another one that leads to this.
    /// - Throws: where rclone is not there, or does not make the form of the password that its settings take.
    package func configured(
        _ runner: CommandRunner, password: String, port: Int? = nil
    ) throws -> CommandRunner {
        let at = "127.0.0.1:\(port ?? self.port)"
        var settings: [String: String] = ["TYPE": kind.rawValue]
        switch kind {
        case .webdav: settings.merge(["URL": "http://\(at)", "VENDOR": "other", "USER": Self.user]) { $1 }
        case .sftp:
            settings.merge(["HOST": "127.0.0.1", "PORT": String(port ?? self.port), "USER": Self.user]) { $1 }
        case .s3:
            settings.merge(
                [
                    "PROVIDER": "Other", "ENDPOINT": "http://\(at)",
                    "ACCESS_KEY_ID": password == Self.password ? Self.user : "nobody",
                    "SECRET_ACCESS_KEY": password,
                ]) { $1 }
        case .http: settings["URL"] = "http://\(Self.user):\(password)@\(at)/"
        }
        var runner = runner.setting("RCLONE_CONFIG", to: "/dev/null")
        runner = runner.setting("VX_RCLONE", to: rclone.string)
        if kind == .webdav || kind == .sftp {
            let hidden = try runner.run(rclone.string, ["obscure", password])
            guard hidden.status == 0, let line = OutputPattern.lines(of: hidden.output).first else {
                throw VxError("rclone does not obscure a password", because: hidden.errors)
            }
            settings["PASS"] = line
        }
        for (name, value) in settings { runner = runner.setting("RCLONE_CONFIG_PLACE_\(name)", to: value) }
        return runner
    }
}

import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Where rclone is not as it should be")
struct RcloneTrouble {
    private func failure(_ scratch: Scratch, rclone: String?, temporary: String? = nil) throws -> RemoteError? {
        var environment = ["TMPDIR": temporary ?? scratch.root.string, "PATH": "/usr/bin:/bin"]
        environment["VX_RCLONE"] = rclone
        let backend = try RemoteSettings(name: "r", url: "rclone:far:vx-remote").connect(
            RemoteContext(base: scratch.work, environment: environment, cancellation: Cancellation()))
        return #expect(throws: RemoteError.self) { try backend.head("index/x") }
    }

    /// A program that says it is an rclone, and runs `script` in the scratch folder where it is to serve.
    private func fake(_ scratch: Scratch, version: String = "v1.70.0", _ script: String) throws -> String {
        let path = scratch.work.appending("rclone")
        let text = """
            #!/bin/sh
            if [ "$1" = version ]; then echo rclone \(version); exit; fi
            cd '\(scratch.work)'
            \(script)

            """
        try Files.replace(path, with: Array(text.utf8), permissions: 0o755)
        return path.string
    }

    @Test func `missing`() throws {
        try Scratch.with { scratch in
            let error = try failure(scratch, rclone: nil)
            #expect(error?.message == "rclone is not installed")
        }
    }

    @Test func `VX_RCLONE names nothing`() throws {
        try Scratch.with { scratch in
            let error = try failure(scratch, rclone: "/nowhere/rclone")
            #expect(error?.message == "there is no program /nowhere/rclone")
            #expect(error?.hint == "let VX_RCLONE name rclone, or unset it to use the one in PATH")
        }
    }

    @Test func `TMPDIR names nothing`() throws {
        try Scratch.with { scratch in
            let error = try failure(scratch, rclone: "/bin/true", temporary: "/nowhere")
            #expect(error?.message == "cannot write to the temporary folder /nowhere")
            #expect(error?.cause == "No such file or directory: the variable TMPDIR names it")
            #expect(error?.hint?.hasPrefix("'export TMPDIR=/tmp' ") == true)
        }
    }

    @Test func `one that ends at once says why, and is started once`() throws {
        try Scratch.with { scratch in
            let fake = try fake(scratch, "echo x >> count; echo 'NOTICE: Fatal error: bad flag' >&2; exit 3")
            let error = try failure(scratch, rclone: fake)
            #expect(error?.kind == .misconfigured)
            #expect(error?.message == "rclone cannot serve rclone:far:vx-remote")
            #expect(error?.cause == "it says: NOTICE: Fatal error: bad flag")
            #expect(error?.hint == "'rclone lsd far:' shows what is wrong")
            #expect(try Files.read(scratch.work.appending("count")) == Array("x\n".utf8))
        }
    }

    @Test func `one that ends without a word`() throws {
        try Scratch.with { scratch in
            let error = try failure(scratch, rclone: fake(scratch, "exit 1"))
            #expect(error?.cause == "it ended and said nothing")
        }
    }

    @Test(arguments: [
        "CRITICAL: Failed to create file system for \"far:\": dial tcp 127.0.0.1:1: connect: connection refused",
        "CRITICAL: Failed to create file system for \"far:\": error receiving version packet from server: server unexpectedly closed connection: unexpected EOF",
        "CRITICAL: Failed to create file system for \"far:\": dial tcp: lookup nas.example: no such host",
    ])
    func `a place that cannot be reached is unavailable`(said: String) throws {
        try Scratch.with { scratch in
            try scratch.write("said", "2026/11/26 11:15:53 \(said)\n")
            let error = try failure(scratch, rclone: fake(scratch, "cat said >&2; exit 1"))
            #expect(error?.kind == .unavailable)
            #expect(error?.vxError.code == .failed)
            #expect(error?.cause == "rclone says: \(said)")
            #expect(error?.hint?.contains("'rclone lsd far:'") == true)
        }
    }

    @Test(.enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"))
    func `errors name the remote and not the server on loopback`() throws {
        try Scratch.with { scratch in
            let program = try #require(TestServer.rclone)
            // A file where the remote's folder should be.
            try scratch.write("far/vx-remote", "a file")
            let backend = try RemoteSettings(name: "r", url: "rclone:far:\(scratch.work)/far/vx-remote").open(
                RemoteContext(
                    base: scratch.work,
                    environment: [
                        "VX_RCLONE": program.string, "TMPDIR": scratch.root.string, "PATH": "/usr/bin:/bin",
                        "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_FAR_TYPE": "local",
                    ],
                    cancellation: Cancellation()))
            let error = #expect(throws: RemoteError.self) { try backend.put("index/x", [1]) }
            #expect(error?.message.contains("rclone:far:") == true && error?.message.contains("127.0.0.1") == false)
        }
    }

    @Test func `nothing of it stays in the folder for temporary files`() throws {
        try Scratch.with { scratch in
            let fake = try fake(scratch, "ls -A temporary > seen; exit 1")
            try Files.createDirectories(scratch.work.appending("temporary"))
            _ = try failure(scratch, rclone: fake, temporary: scratch.work.appending("temporary").string)
            #expect(try Files.read(scratch.work.appending("seen")) == [])
        }
    }

    @Test func `too old`() throws {
        try Scratch.with { scratch in
            let error = try failure(scratch, rclone: fake(scratch, version: "v1.60.1-DEV", ""))
            #expect(error?.message == "rclone 1.60 is too old")
        }
    }
}

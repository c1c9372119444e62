import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("What ssh says is said", .enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"))
struct SSHWordsTests {
    /// How a remote fails whose `ssh` prints some words and ends.
    private func failure(_ words: String) throws -> RemoteError? {
        try Scratch.with { scratch in
            let rclone = try #require(TestServer.rclone)
            try scratch.write("words", words + "\n")
            let path = scratch.work.appending("bin/ssh")
            try Files.createDirectories(path.removingLastComponent())
            try Files.replace(
                path, with: Array("#!/bin/sh\ncat '\(scratch.work)/words' >&2\nexit 255\n".utf8), permissions: 0o755)
            let backend = try RemoteSettings(name: "r", url: "ssh://ada@host.example:2222/srv/vx-remote").connect(
                RemoteContext(
                    base: scratch.work,
                    environment: [
                        "VX_RCLONE": rclone.string, "TMPDIR": scratch.root.string, "HOME": scratch.home.string,
                        "PATH": "\(scratch.work)/bin:/usr/bin:/bin", "RCLONE_CONFIG": "/dev/null",
                    ], cancellation: Cancellation()))
            return #expect(throws: RemoteError.self) { try backend.head("index/x") }
        }
    }

    @Test(arguments: [
        ("ada@host.example: Permission denied (publickey).", RemoteError.Kind.notAuthorised, "ssh-add -l"),
        ("Host key verification failed.", .refused, "compare the key"),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key for host.example has changed and you have requested strict checking.\nHost key verification failed.",
            .refused, "ssh-keygen -R"
        ),
        ("ssh: connect to host host.example port 2222: Connection refused", .unavailable, "the port right"),
        ("ssh: Could not resolve hostname host.example: Name or service not known", .unavailable, "the port right"),
        ("something else", .unavailable, "'ssh -p 2222 ada@host.example' shows why"),
    ])
    func `each with its hint, and is not tried again`(words: String, kind: RemoteError.Kind, hint: String) throws {
        let error = try failure(words)
        #expect(error?.kind == kind)
        let line = words.split(separator: "\n").first { $0.contains("has changed and") } ?? words[...]
        #expect(error?.cause == "ssh says: \(line)")
        #expect(error?.hint?.contains(hint) == true, "\(error?.hint ?? "")")
        #expect(error?.isFinal == true)
    }
}

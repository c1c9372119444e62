import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Where rclone is not as it should be")
struct RcloneTrouble {
    private func open(_ scratch: Scratch, rclone: String) throws -> any RemoteBackend {
        try RemoteSettings(name: "r", url: "rclone:far:vx-remote").open(
            RemoteContext(
                base: scratch.work,
                environment: ["VX_RCLONE": rclone, "TMPDIR": scratch.root.string, "PATH": "/usr/bin:/bin"],
                cancellation: Cancellation()))
    }

    @Test func `missing`() throws {
        try Scratch.with { scratch in
            let backend = try open(scratch, rclone: "/nowhere/rclone")
            let error = #expect(throws: RemoteError.self) { try backend.head("index/x") }
            #expect(error?.message == "rclone is not installed")
        }
    }

    @Test func `too old`() throws {
        try Scratch.with { scratch in
            let fake = scratch.work.appending("rclone")
            try Files.replace(fake, with: Array("#!/bin/sh\necho rclone v1.60.1-DEV\n".utf8), permissions: 0o755)
            let backend = try open(scratch, rclone: fake.string)
            let error = #expect(throws: RemoteError.self) { try backend.head("index/x") }
            #expect(error?.message == "rclone 1.60 is too old")
        }
    }
}

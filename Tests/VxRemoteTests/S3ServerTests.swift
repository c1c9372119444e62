import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("S3 against rclone", .enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"))
struct RcloneServerTests {
    @Test func `conforms`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            try BackendConformance.check(server.backend(prefix: "some/prefix"))
        }
    }

    @Test func `conforms with every object in parts`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            let backend = server.backend(limits: .init(multipartFrom: 6 << 20, part: 5 << 20))
            let content = BackendConformance.bytes(13 << 20)
            #expect(try backend.put("packs/aa/parts", content))
            #expect(try backend.contents("packs/aa/parts", limit: 14 << 20) == content)
            #expect(try !backend.put("packs/aa/parts", content))
        }
    }

    @Test func `a wrong secret is refused, and appears in no error`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            let secret = "not-the-secret-key-0123456789"
            let error = #expect(throws: RemoteError.self) { try server.backend(secret: secret).list("packs/") }
            #expect(error?.kind == .notAuthorised)
            let text = "\(String(describing: error)) \(error?.vxError.description ?? "")"
            #expect(!text.contains(secret) && !text.contains("Signature="))
        }
    }

    @Test func `stores come together over it`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            let backend = server.backend()
            _ = try RemoteMarker.create(backend)
            let sides = Sides(scratch: scratch)
            let contents =
                (0..<50).map { BackendConformance.bytes(3000 + $0, seed: UInt8($0)) } + [
                    BackendConformance.bytes(9 << 20)
                ]
            let a = try sides.store("a")
            let pointers = try Sides.add(contents, to: a)
            let pushed = try Sides.push(pointers, from: a, to: backend)
            #expect(pushed.missing.isEmpty)
            let b = try sides.store("b")
            let fetched = try Sides.fetch(pointers, into: b, from: backend)
            #expect(fetched.contents == contents.count && fetched.damaged.isEmpty)
        }
    }

    @Test func `rclone is started for an rclone URL and ends with its backend`() throws {
        try Scratch.with { scratch in
            let rclone = try #require(TestServer.rclone)
            let folder = scratch.work.appending("far")
            try Files.createDirectories(folder)
            let settings = RemoteSettings(name: "r", url: "rclone:far:\(folder.string)/vx-remote")
            let environment = [
                "VX_RCLONE": rclone.string, "HOME": scratch.home.string, "TMPDIR": scratch.root.string,
                "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_FAR_TYPE": "local",
            ]
            var backend: (any RemoteBackend)? = try settings.open(
                RemoteContext(base: scratch.work, environment: environment, cancellation: Cancellation()))
            try BackendConformance.check(try #require(backend))
            let put = try Files.targetStatus(folder.appending("vx-remote/packs/ff/file"))
            #expect(put?.size == 2_500_000)
            backend = nil
            #expect(try Files.names(in: scratch.root).allSatisfy { !$0.string.hasPrefix(".vx-") }, "its log is gone")
        }
    }
}

@Suite("S3 against moto", .enabled(if: TestServer.moto != nil, "moto_server is not installed: set VX_TEST_MOTO"))
struct MotoServerTests {
    @Test func `conforms`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startMoto(scratch)
            try BackendConformance.check(server.backend())
            try BackendConformance.check(
                server.backend(prefix: "with/parts", limits: .init(multipartFrom: 2_000_000, part: 5 << 20)))
        }
    }
}

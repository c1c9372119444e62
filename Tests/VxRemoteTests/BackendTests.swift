import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Backends")
struct BackendTests {
    @Test func memory() throws {
        try BackendConformance.check(MemoryBackend { FileTime.now().seconds })
    }

    @Test func folder() throws {
        try Scratch.with { scratch in
            try BackendConformance.check(FolderBackend(scratch.work.appending("remote"), cancellation: Cancellation()))
        }
    }

    @Test func `a folder leaves no temporary file and does not list those of others`() throws {
        try Scratch.with { scratch in
            let backend = FolderBackend(scratch.work.appending("remote"), cancellation: Cancellation())
            try backend.put("packs/aa/one", [1, 2, 3])
            #expect(try Files.names(in: scratch.work.appending("remote/tmp")).isEmpty)
            try scratch.write("remote/tmp/.vx-1-x", "half")
            try scratch.write("remote/packs/aa/.nfs0001", "silly")
            try scratch.write("remote/Notes of somebody.txt", "hello")
            #expect(try backend.list("").map(\.key) == ["packs/aa/one"])
        }
    }

    @Test func `a folder whose disk is not mounted is not made`() throws {
        try Scratch.with { scratch in
            let backend = FolderBackend(scratch.work.appending("mnt/nas/remote"), cancellation: Cancellation())
            let error = #expect(throws: RemoteError.self) { try backend.put("packs/aa/one", [1]) }
            #expect(error?.kind == .notFound)
            #expect(error?.hint == "mount the disk or share it is on, or make the folder")
            let made = try Files.status(scratch.work.appending("mnt"))
            #expect(made == nil)
        }
    }
}

@Suite("Remote URLs")
struct RemoteAddressTests {
    @Test(arguments: [
        ("/data/remote", "/data/remote"), ("../remote", "/home/me/remote"), ("remote/", "/home/me/project/remote"),
        ("file:///data/with space", "/data/with space"), ("./a/../b", "/home/me/project/b"),
    ])
    func `folders`(url: String, path: String) throws {
        #expect(try RemoteAddress(url, relativeTo: "/home/me/project") == .folder(FilePath(path)))
    }

    @Test(arguments: ["", "file://host/path", "gopher://x", "file:relative"])
    func `what is none`(url: String) {
        let error = #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/home/me") }
        #expect(error?.kind == .misconfigured)
    }
}

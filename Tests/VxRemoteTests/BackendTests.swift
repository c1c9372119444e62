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

    @Test func `in a folder that a group shares, all that is made is the group's too`() throws {
        try Scratch.with { scratch in
            let root = scratch.work.appending("shared")
            try Files.createDirectories(root)
            try OpenFile.directory(root).setPermissions(0o2770)
            let backend = FolderBackend(root, cancellation: Cancellation())
            try backend.put("packs/aa/one", [1, 2, 3])
            for folder in ["packs", "packs/aa", "tmp"] {
                let status = try #require(try Files.status(root.appending(RepoPath(folder))))
                #expect(status.permissions & 0o2070 == 0o2070, "\(folder)")
            }
            #expect(try Files.status(root.appending("packs/aa/one")).map { $0.permissions & 0o060 } == 0o060)
        }
    }

    @Test func `in any other folder the umask decides`() throws {
        try Scratch.with { scratch in
            let root = scratch.work.appending("own")
            let backend = FolderBackend(root, cancellation: Cancellation())
            try Files.createDirectories(root.appending("packs"))
            try OpenFile.directory(root.appending("packs")).setPermissions(0o700)
            try backend.put("packs/aa/one", [1, 2, 3])
            #expect(try Files.status(root.appending("packs")).map(\.permissions) == 0o700)
            #expect(try Files.status(root.appending("packs/aa")).map { $0.permissions & 0o2000 } == 0)
        }
    }

    @Test func `files of puts that were killed go after a day`() throws {
        try Scratch.with { scratch in
            let backend = FolderBackend(scratch.work.appending("remote"), cancellation: Cancellation())
            // No process has such a number.
            for name in [".vx-999999999-old", ".vx-999999999-young", "other"] {
                try scratch.write("remote/tmp/\(name)", "half")
            }
            let old = FileTime(seconds: FileTime.now().seconds - 90_000, nanoseconds: 0)
            for name in [".vx-999999999-old", "other"] {
                try OpenFile.updating(scratch.work.appending("remote/tmp").appending(name)).setModified(old)
            }
            let expected = RemoteLeftovers(files: 1, bytes: 4)
            #expect(try backend.sweep(dryRun: true) == expected)
            #expect(try backend.sweep(dryRun: false) == expected)
            #expect(try backend.sweep(dryRun: false) == RemoteLeftovers())
            try scratch.write("remote/tmp/.vx-999999999-old", "half")
            try OpenFile.updating(scratch.work.appending("remote/tmp/.vx-999999999-old")).setModified(old)
            // The first put does it by itself.
            let other = FolderBackend(scratch.work.appending("remote"), cancellation: Cancellation())
            try other.put("packs/aa/one", [1])
            let left = try Files.names(in: scratch.work.appending("remote/tmp"))
            #expect(left == [".vx-999999999-young", "other"])
        }
    }

    @Test(.enabled(if: canMount, "needs root, to mount a small disk"))
    func `a full disk is the remote's`() throws {
        try Scratch.with { scratch in
            let disk = scratch.work.appending("disk")
            let runner = try CommandRunner(scratch)
            try runner.sh("mkdir disk && mount -t tmpfs -o size=256k none disk")
            defer { _ = try? runner.sh("umount disk") }  // else the scratch folder says so
            let backend = FolderBackend(disk.appending("remote"), cancellation: Cancellation())
            let error = #expect(throws: RemoteError.self) {
                try backend.put("packs/aa/one", [UInt8](repeating: 1, count: 1 << 20))
            }
            #expect(error?.kind == .full)
            #expect(error?.message == "there is no room left in the remote \(disk)/remote")
            #expect(
                error?.hint
                    == "make room there ('df -h \(disk)/remote' shows how much there is), then repeat the command")
        }
    }

    private static let canMount: Bool =
        (try? Scratch.with { scratch in
            try CommandRunner(scratch).sh("mkdir disk && mount -t tmpfs -o size=256k none disk && umount disk")
        }) != nil
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

    @Test(arguments: [("nas:data", "/path/to/data"), ("me@nas:/data", "/data")])
    func `a path of another host as git writes it`(url: String, path: String) {
        let error = #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/home/me") }
        let host = url.prefix { $0 != ":" }
        #expect(error?.hint == "for a folder of another host write ssh://\(host)\(path); for one here, ./\(url)")
    }

    @Test(arguments: [
        ("bandwidth", "10MB", "write a whole number: bytes a second, such as 10000000 for 10 MB"),
        ("bandwidth", "-1", "write a whole number: bytes a second, such as 10000000 for 10 MB"),
        ("connections", "0", "write a whole number: requests at once, such as 8; more than 64 are not made"),
        ("anonymous", "maybe", "write 'true' or 'false'"),
    ])
    func `options that make no sense`(option: String, value: String, hint: String) {
        let error = #expect(throws: RemoteError.self) {
            try RemoteSettings(name: "x", url: "s3://bucket", options: [option: value]).connect(
                RemoteContext(base: "/", environment: [:], cancellation: Cancellation()))
        }
        #expect(error?.kind == .misconfigured && error?.hint == hint)
    }

    @Test(arguments: ["", "file://host/path", "gopher://x", "file:relative"])
    func `what is none`(url: String) {
        let error = #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/home/me") }
        #expect(error?.kind == .misconfigured)
    }
}

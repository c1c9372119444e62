import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

/// Whoever may write to a shared folder may put anything there: symlinks to somebody's own files above all.
@Suite("What is no file in a folder remote") struct FolderLinkTests {
    private static let key = "packs/aa/one"

    private func backend(_ scratch: Scratch) -> FolderBackend {
        FolderBackend(scratch.work.appending("remote"), cancellation: Cancellation())
    }

    /// Every request about the object says the same of it, and none follows the symlink.
    private func expectRefusal(_ backend: FolderBackend, _ what: Comment) {
        let requests: [() throws -> Void] = [
            { _ = try backend.head(Self.key) },
            { _ = try backend.read(Self.key, at: 0, count: 1) },
            { _ = try backend.checksum(Self.key) },
            { _ = try backend.contents(Self.key, limit: 100) },
            { _ = try backend.list("packs/") },
            { _ = try backend.put(Self.key, [1, 2, 3]) },
        ]
        for (number, request) in requests.enumerated() {
            let error = #expect(throws: RemoteError.self, "\(what): request \(number)") { try request() }
            #expect(error?.hint?.hasPrefix("put the folder or file itself in its place") == true, what)
        }
    }

    @Test(
        "a symlink on the way to an object, at any place, is not followed by any request",
        arguments: ["packs", "packs/aa", "packs/aa/one"])
    func links(place: String) throws {
        try Scratch.with { scratch in
            let backend = backend(scratch)
            try backend.put(Self.key, [1, 2, 3])
            let runner = try CommandRunner(scratch)
            try runner.sh("mv remote/\(place) elsewhere && ln -s \"$PWD/elsewhere\" remote/\(place)")
            let before = try runner.sh("find elsewhere | sort").output
            expectRefusal(backend, "\(place)")
            #expect(try runner.sh("find elsewhere | sort").output == before)
        }
    }

    @Test(
        "what is put goes through no symlink, and neither does what is swept", arguments: ["packs", "packs/bb", "tmp"])
    func puts(place: String) throws {
        try Scratch.with { scratch in
            let backend = backend(scratch)
            try backend.put(Self.key, [1, 2, 3])
            let runner = try CommandRunner(scratch)
            try runner.sh(
                "mkdir elsewhere && touch -d '3 days ago' elsewhere/.vx-999999999-old && rm -rf remote/\(place)")
            try runner.sh("ln -s \"$PWD/elsewhere\" remote/\(place)")
            #expect(throws: RemoteError.self) { try backend.put("packs/bb/two", [4]) }
            if place == "tmp" { #expect(throws: RemoteError.self) { try backend.sweep(dryRun: false) } }
            #expect(try runner.sh("ls -A elsewhere").output == ".vx-999999999-old\n")
        }
    }

    @Test("a named pipe in place of an object is an error, and nobody waits for it") func pipes() throws {
        try Scratch.with { scratch in
            let backend = backend(scratch)
            try backend.put("packs/aa/other", [1])
            try CommandRunner(scratch).sh("mkfifo remote/packs/aa/one")
            expectRefusal(backend, "a named pipe")
        }
    }

    @Test("a named pipe in place of part of an object is passed by") func partPipes() throws {
        try Scratch.with { scratch in
            let backend = backend(scratch)
            let body = [UInt8](repeating: 7, count: 9 << 20)
            try backend.put("packs/aa/other", [1])
            try CommandRunner(scratch).sh("mkfifo remote/tmp/.vx-part-\(Machine.tag)-one")
            #expect(try backend.put(Self.key, body))
            #expect(try backend.read(Self.key, at: 0, count: body.count) == body)
        }
    }

    @Test("symlinks under names that are none of vx's are nobody's business") func others() throws {
        try Scratch.with { scratch in
            let backend = backend(scratch)
            try backend.put(Self.key, [1, 2, 3])
            try CommandRunner(scratch).sh("ln -s / remote/readme && ln -s / 'remote/packs/aa/Notes of somebody'")
            #expect(try backend.list("").map(\.key) == [Self.key])
        }
    }

    @Test("the remote's own folder may be named by a symlink: the user did it") func root() throws {
        try Scratch.with { scratch in
            try CommandRunner(scratch).sh("mkdir disk && ln -s disk remote")
            try backend(scratch).put(Self.key, [1, 2, 3])
            #expect(
                try FolderBackend(scratch.work.appending("disk"), cancellation: Cancellation()).head(Self.key)?.size
                    == 3)
        }
    }

    @Test("of an index that is longer than it says, only the start is read") func longIndex() throws {
        try Scratch.with { scratch in
            let backend = backend(scratch)
            _ = try RemoteMarker.create(backend)
            let name = String(repeating: "ab", count: 32)
            try CommandRunner(scratch).sh("mkdir remote/index && truncate -s 64G remote/index/\(name)")
            let catalog = try RemoteCatalog.load(
                backend, cache: scratch.work.appending("cache"), cancellation: Cancellation())
            #expect(catalog.damaged.map(\.id.hex) == [name])
            #expect(
                catalog.problems.first?.causes == ["it has 64.0 GiB, and begins otherwise than an index of that length"]
            )
        }
    }
}

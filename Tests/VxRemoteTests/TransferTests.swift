import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Push and fetch")
struct TransferTests {
    @Test func `what is pushed from one store is fetched into another`() throws {
        try Sides.with { sides, remote, a in
            let pointers = try Sides.add(Sides.contents, to: a)
            let pushed = try Sides.push(pointers, from: a, to: remote)
            #expect(pushed.missing.isEmpty)
            #expect(pushed.objects <= 3, "small files travel together")
            let b = try sides.store("b")
            let fetched = try Sides.fetch(pointers, into: b, from: remote)
            #expect(fetched.contents == Set(pointers.map(\.id)).count)
            #expect(fetched.missing.isEmpty && fetched.damaged.isEmpty)
            for (pointer, content) in zip(pointers, Sides.contents) {
                let back = try Sides.bytes(pointer, in: b)
                #expect(back == content)
            }
            let report = try b.verify(pool: WorkerPool(), cancellation: Cancellation())
            #expect(report.isSound)
        }
    }

    @Test func `copies of indexes are for all who share the store`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try Sides.remote()
            let a = try sides.store("a")
            _ = try Sides.push(try Sides.add([[1, 2, 3]], to: a), from: a, to: remote)
            let root = scratch.work.appending("b")
            try Files.createDirectories(root)
            try OpenFile.directory(root).setPermissions(0o2770)
            let b = try sides.store("b")
            let cache = RemoteCatalog.cache(in: b, for: remote)
            _ = try RemoteCatalog.load(remote, cache: cache, cancellation: Cancellation())
            for folder in [cache, cache.removingLastComponent(), b.root.appending("remotes")] {
                #expect(try Files.status(folder).map { $0.permissions & 0o2070 } == 0o2070, "\(folder)")
            }
            let name = try #require(try Files.names(in: cache).first)
            #expect(try Files.status(cache.appending(name)).map { $0.permissions & 0o060 } == 0o060)
        }
    }

    @Test func `pushing and fetching again moves nothing`() throws {
        try Sides.withPushed { sides, remote, a, pointers in
            let before = try remote.list("")
            let again = try Sides.push(pointers, from: a, to: remote)
            #expect(again == Push.Result())
            #expect(try remote.list("") == before)
            let b = try sides.store("b")
            _ = try Sides.fetch(pointers, into: b, from: remote)
            let packs = b.packs
            let nothing = try Sides.fetch(pointers, into: b, from: remote)
            #expect(nothing == Fetch.Result())
            #expect(b.packs == packs)
        }
    }

    @Test func `a file with a little appended sends a little`() throws {
        try Sides.with { _, remote, a in
            let content = BackendConformance.bytes(20 << 20, seed: 5)
            let first = try Sides.add([content], to: a)
            let pushed = try Sides.push(first, from: a, to: remote)
            let second = try Sides.add([content + BackendConformance.bytes(200 << 10, seed: 6)], to: a)
            let appended = try Sides.push(second, from: a, to: remote)
            #expect(appended.bytes * 100 < pushed.bytes * 3, "1 % more sends under 3 %: \(appended.bytes)")
        }
    }

    @Test func `only what is asked for is sent`() throws {
        try Sides.with { sides, remote, a in
            let pointers = try Sides.add(Sides.contents, to: a)
            _ = try Sides.push(Array(pointers.prefix(10)), from: a, to: remote)
            let b = try sides.store("b")
            let result = try Sides.fetch(pointers, into: b, from: remote)
            #expect(result.contents == 10)
            #expect(Set(result.missing) == Set(pointers.dropFirst(10).map(\.id)))
        }
    }

    @Test func `contents that are nowhere are named, the others are sent`() throws {
        try Sides.with { _, remote, a in
            let pointers = try Sides.add([[1, 2, 3]], to: a)
            let ghost = Pointer(id: ContentHasher.id(of: [9, 9]), size: 2)
            let result = try Sides.push(pointers + [ghost], from: a, to: remote)
            #expect(result.missing == [ghost.id])
            #expect(result.contents == 1)
        }
    }

    @Test func `a clone that holds only some contents can push, where the remote has the rest`() throws {
        try Sides.withPushed { sides, remote, _, pointers in
            let b = try sides.store("b")
            let more = try Sides.add([[4, 5, 6]], to: b)
            let result = try Sides.push(pointers + more, from: b, to: remote)
            #expect(result.missing.isEmpty)
            #expect(result.contents == 1)
        }
    }

    @Test func `a place that is no remote is neither filled nor read`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let backend = MemoryBackend { 0 }
            let a = try sides.store("a")
            let pointers = try Sides.add([[1, 2, 3]], to: a)
            #expect(throws: VxError.self) { try Sides.push(pointers, from: a, to: backend) }
            #expect(try backend.list("").isEmpty)
        }
    }

    @Test func `an index whose packs are gone is not believed`() throws {
        try Sides.withPushed { sides, remote, a, pointers in
            for object in try remote.list("packs/") { try remote.delete(object.key) }
            let again = try Sides.push(pointers, from: a, to: remote)
            #expect(again.contents == Set(pointers.map(\.id)).count)
            let b = try sides.store("b")
            #expect(try Sides.fetch(pointers, into: b, from: remote).damaged.isEmpty)
        }
    }
}

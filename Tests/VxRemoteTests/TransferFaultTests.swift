import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

@Suite("Push and fetch where something goes wrong")
struct TransferFaultTests {
    @Test(arguments: [FaultyBackend.Fault.flipsBit, .servesOther, .cutsBody])
    func `wrong bytes of a pack never get into a store`(fault: FaultyBackend.Fault) throws {
        try Sides.withPushed { sides, remote, _, pointers in
            let b = try sides.store("b")
            let bad = FaultyBackend(remote) { _, key in key.hasPrefix("packs/") ? fault : nil }
            let result = try Sides.fetch(pointers, into: b, from: bad)
            #expect(!result.damaged.isEmpty)
            #expect(result.missing.isEmpty)
            let report = try b.verify(pool: WorkerPool(), cancellation: Cancellation())
            #expect(report.isSound, "every byte that was stored is what its id says")
            for (pointer, content) in zip(pointers, Sides.contents) {
                if try b.isComplete(pointer.id) {
                    let back = try Sides.bytes(pointer, in: b)
                    #expect(back == content)
                } else {
                    #expect(result.damaged[pointer.id] != nil)
                }
            }
            // The line is good again.
            let healed = try Sides.fetch(pointers, into: b, from: remote)
            #expect(healed.damaged.isEmpty && healed.missing.isEmpty)
        }
    }

    @Test func `a bit that flips on the line now and then costs a second read`() throws {
        try Sides.withPushed { sides, remote, _, pointers in
            let b = try sides.store("b")
            let bad = FaultyBackend(remote) { call, key in key.hasPrefix("packs/") && call % 2 == 0 ? .flipsBit : nil }
            let result = try Sides.fetch(pointers, into: b, from: bad)
            #expect(result.damaged.isEmpty)
            #expect(result.contents == Set(pointers.map(\.id)).count)
        }
    }

    @Test func `a wrong list of chunks never becomes a content`() throws {
        try Sides.with { sides, remote, a in
            let pointers = try Sides.add(
                [BackendConformance.bytes(600_000, seed: 1), BackendConformance.bytes(600_000, seed: 2)], to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            // A liar with a sound index over sound packs: the recipe of one content under the id of the other.
            let liar = try RecipeSwap.remote(of: a, pointers[0], as: pointers[1].id)
            let b = try sides.store("b")
            _ = try Sides.fetch([pointers[0]], into: b, from: remote)
            let result = try Sides.fetch([pointers[1]], into: b, from: liar)
            #expect(result.damaged[pointers[1].id]?.code == .corrupt)
            #expect(b.location(of: pointers[1].id) == nil, "the false recipe is not in the store")
            #expect(try Sides.fetch([pointers[1]], into: b, from: remote).contents == 1)
        }
    }

    @Test func `a damaged index is passed over by a fetch, and stops the push that would stand on it`() throws {
        try Sides.with { sides, remote, a in
            let pointers = try Sides.add([[1, 2, 3]], to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            let bad = FaultyBackend(remote) { _, key in key.hasPrefix("index/") && key.count > 10 ? .flipsBit : nil }
            let b = try sides.store("b")
            let result = try Sides.fetch(pointers, into: b, from: bad)
            #expect(result.damaged[pointers[0].id]?.code == .corrupt)
            let error = #expect(throws: VxError.self) { try Sides.push(pointers, from: a, to: bad) }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func `a damaged pack here is not sent to everybody`() throws {
        try Sides.with { _, remote, a in
            let pointers = try Sides.add(Sides.contents, to: a)
            let path = a.path(ofPack: try #require(a.packs.first))
            var bytes = try #require(try Files.read(path))
            bytes[5000] ^= 1
            try Files.replace(path, with: bytes)
            let error = #expect(throws: VxError.self) { try Sides.push(pointers, from: a, to: remote) }
            #expect(error?.code == .corrupt)
            #expect(try remote.list("index/").isEmpty)
        }
    }

    @Test func `new objects that are listed late are sent again, harmlessly`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let late = FaultyBackend(try Sides.remote(), listingDelay: 3)
            let a = try sides.store("a")
            let pointers = try Sides.add(Sides.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: late)
            let again = try Sides.push(pointers, from: a, to: late)
            #expect(again.objects == 0)
            #expect(again.present > 0)
        }
    }

    @Test(arguments: 0..<25)
    func `a push that fails anywhere goes on where it was`(failing: Int) throws {
        try Sides.with { sides, remote, a in
            let pointers = try Sides.add(Sides.contents, to: a)
            let broken = FaultyBackend(remote) { call, _ in call > failing ? .forbidden : nil }
            let first = try? Sides.push(pointers, from: a, to: broken)
            _ = try Sides.push(pointers, from: a, to: remote)
            let b = try sides.store("b")
            let fetched = try Sides.fetch(pointers, into: b, from: remote)
            #expect(fetched.missing.isEmpty && fetched.damaged.isEmpty)
            let sound = try Sides.push(pointers, from: a, to: remote)
            #expect(sound == Push.Result())
            #expect(first == nil || failing > 3)
            #expect(try remote.list("").count <= 4, "the second push makes the packs of the first")
        }
    }
}

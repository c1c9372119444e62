import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

@Suite("A remote is proven, and put in order without losing anything")
struct InspectionTests {
    /// A remote with two pushes of a store.
    fileprivate struct World {
        let sides: Sides
        let remote = MemoryBackend { 1_700_000_000 }
        let store: Store
        let pointers: [Pointer]

        init(_ scratch: Scratch) throws {
            sides = Sides(scratch: scratch)
            _ = try RemoteMarker.create(remote)
            store = try sides.store("a")
            let small = (0..<40).map { BackendConformance.bytes(900 + $0, seed: UInt8($0)) }
            let first = try Sides.add(small + [BackendConformance.bytes(700_000, seed: 200)], to: store)
            _ = try Sides.push(first, from: store, to: remote)
            let second = try Sides.add([BackendConformance.bytes(800_000, seed: 201)], to: store)
            _ = try Sides.push(second, from: store, to: remote)
            pointers = first + second
        }

        func inspect(_ backend: (any RemoteBackend)? = nil, full: Bool) throws -> RemoteInspection {
            try inspect(backend, by: full ? .bytes : .footer, with: try sides.store("empty"))
        }

        func inspect(
            _ backend: (any RemoteBackend)? = nil, by proof: RemoteInspection.Proof, with store: Store
        ) throws -> RemoteInspection {
            var inspection = try RemoteInspection(
                backend ?? remote, store: store, progress: TransferProgress(), cancellation: Cancellation())
            try inspection.prove(Set(inspection.packs.keys), by: proof)
            return inspection
        }

        func packs() throws -> [RemoteObject] { try remote.list(RemoteLayout.packPrefix) }

        /// Puts other bytes where an object was.
        func damage(_ key: String, _ change: (inout [UInt8]) -> Void) throws {
            var bytes = try #require(try remote.contents(key, limit: 1 << 30))
            change(&bytes)
            try remote.delete(key)
            try remote.put(key, bytes)
        }

        /// Flips a bit of something a pack holds.
        func flipByte(inPack key: String) throws {
            let pack = try #require(RemoteLayout.pack(ofKey: key))
            let record = try #require(try inspect(full: false).sound[pack]?.records.first)
            try damage(key) { $0[Int(record.offset) + 100] ^= 1 }
        }

        func everythingArrives() throws -> Bool {
            let fetched = try Sides.fetch(pointers, into: sides.store("b"), from: remote)
            return fetched.contents == pointers.count && fetched.damaged.isEmpty && fetched.missing.isEmpty
        }
    }

    @Test(arguments: [false, true])
    func `a sound remote has no faults, and holds what was pushed`(full: Bool) throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let inspection = try world.inspect(full: full)
            #expect(try inspection.faults() == [])
            #expect(try inspection.missing(world.pointers, takingMarked: false).isEmpty)
            let ghost = Pointer(id: ContentHasher.id(of: [9]), size: 1)
            #expect(try inspection.missing([ghost], takingMarked: true) == [ghost.id])
            let all = try world.packs().reduce(0) { $0 + $1.size }
            #expect(full ? inspection.bytesRead == all : inspection.bytesRead < all / 2)
            #expect(inspection.unnamed.isEmpty && inspection.absent.isEmpty)
        }
    }

    @Test func `a flipped byte shows when everything is read, and its footer's without`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let pack = try #require(try world.packs().first)
            try world.flipByte(inPack: pack.key)
            #expect(try world.inspect(full: false).faults() == [])
            let faults = try world.inspect(full: true).faults().map(\.key)
            #expect(faults.contains(pack.key) && faults.contains { $0.hasPrefix("index/") })
            let other = try #require(try world.packs().last)
            try world.damage(other.key) { $0[$0.count - 60] ^= 1 }
            #expect(try world.inspect(full: false).faults().map(\.key).contains(other.key))
        }
    }

    @Test func `a checksum proves every byte without reading it`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            // A clone has the same parts, in packs of its own.
            let clone = try world.sides.store("clone")
            _ = try Sides.fetch(world.pointers, into: clone, from: world.remote)
            let all = try world.packs().reduce(0) { $0 + $1.size }
            for store in [world.store, clone] {
                let inspection = try world.inspect(by: .checksum, with: store)
                #expect(inspection.proofs.values.allSatisfy { $0 == .checksum } && inspection.proofs.count > 1)
                #expect(inspection.bytesRead < all / 2)
                #expect(try inspection.missing(world.pointers, takingMarked: false).isEmpty)
            }
            let pack = try #require(try world.packs().first)
            try world.flipByte(inPack: pack.key)
            let inspection = try world.inspect(by: .checksum, with: clone)
            #expect(try inspection.faults().map(\.key).contains(pack.key))
            #expect(try !inspection.missing(world.pointers, takingMarked: false).isEmpty)
        }
    }

    @Test func `without a checksum the footer has to do, and a wrong one is no damage`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            // What the packs should be cannot be told where there is nothing.
            let blind = try world.inspect(by: .checksum, with: try world.sides.store("empty"))
            #expect(Set(blind.proofs.values) == [.footer])
            let silence = FaultyBackend(world.remote, checksum: { _ in nil })
            let silent = try world.inspect(silence, by: .checksum, with: world.store)
            #expect(Set(silent.proofs.values) == [.footer])
            let wrong = FaultyBackend(world.remote, checksum: { _ in .sha256([UInt8](repeating: 0, count: 32)) })
            let read = try world.inspect(wrong, by: .checksum, with: world.store)
            #expect(Set(read.proofs.values) == [.bytes])
            #expect(try read.faults() == [])
        }
    }

    @Test func `a line that is bad once is no damage of the remote`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let seen = Counter()
            let flaky = FaultyBackend(world.remote) { _, key in
                key.hasPrefix("packs/") && key.count > 10 && seen.add(1) == 1 ? .flipsBit : nil
            }
            #expect(try world.inspect(flaky, full: true).faults() == [])
            #expect(seen.value > 1)
        }
    }

    @Test func `a pack that was read badly twice and then well stays where it is`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let key = try #require(try world.packs().first?.key)
            let seen = Counter()
            let flaky = FaultyBackend(world.remote) { _, other in
                other == key && seen.add(1) <= 2 ? .flipsBit : nil
            }
            let inspection = try world.inspect(flaky, full: true)
            #expect(try !inspection.faults().isEmpty)
            let result = try RemoteRepair(inspection).run(needsUnnamed: false)
            #expect(result.quarantined == [] && result.salvagedParts == 0 && !result.madeIndex)
            #expect(try world.inspect(full: true).faults() == [])
            #expect(try world.everythingArrives())
        }
    }

    @Test func `a damaged index is made again from the packs, with nobody to push`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            for index in try world.remote.list(RemoteLayout.indexPrefix) {
                try world.damage(index.key) { $0[$0.count / 2] ^= 1 }
            }
            let result = try RemoteRepair(try world.inspect(full: false)).run(needsUnnamed: true)
            #expect(result.madeIndex && result.quarantined.count == 2)
            #expect(try world.inspect(full: false).faults() == [])
            #expect(try world.everythingArrives())
        }
    }

    @Test func `a single damaged index is made again under its own name`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let index = try #require(try world.remote.list(RemoteLayout.indexPrefix).first)
            try world.damage(index.key) { $0[$0.count / 2] ^= 1 }
            _ = try RemoteRepair(try world.inspect(full: false)).run(needsUnnamed: true)
            #expect(try world.inspect(full: false).faults() == [])
            #expect(try world.everythingArrives())
        }
    }

    enum Harm: String, CaseIterable, CustomTestStringConvertible {
        case flippedByte, brokenFooter, cutPack, emptyPack, lostPack, brokenIndex, lostIndex, wrongIndex, everything
        var testDescription: String { rawValue }
    }

    @Test(arguments: Harm.allCases)
    func `what is harmed is put aside, and comes back from the store that has it`(harm: Harm) throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            try harm.befall(world.remote, world.packs().map(\.key), world)
            let before = Set(try world.remote.list("").map(\.key))
            let inspection = try world.inspect(full: true)
            let missing = try inspection.missing(world.pointers, takingMarked: true)
            #expect(try !inspection.faults().isEmpty || !missing.isEmpty)
            let result = try RemoteRepair(inspection).run(needsUnnamed: true)
            let pushed = try Sides.push(world.pointers, from: world.store, to: world.remote)
            #expect(pushed.missing.isEmpty)
            let after = try world.inspect(full: true)
            #expect(try after.faults() == [])
            #expect(try after.missing(world.pointers, takingMarked: false).isEmpty)
            #expect(try world.everythingArrives())
            // Never deleted: what left its place is in quarantine.
            let now = Set(try world.remote.list("").map(\.key))
            #expect(now.isSuperset(of: result.quarantined))
            for key in before.subtracting(now) {
                let name = key.split(separator: "/").last.map(String.init) ?? key
                #expect(result.quarantined.contains { $0.hasSuffix("-\(name)") })
            }
            let again = try RemoteRepair(try world.inspect(full: true)).run(needsUnnamed: false)
            #expect(again.quarantined.isEmpty && !again.madeIndex)
        }
    }

    @Test func `the sound parts of a damaged pack stay, with nobody to bring them again`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            for pack in try world.packs() { try world.flipByte(inPack: pack.key) }
            let result = try RemoteRepair(try world.inspect(full: true)).run(needsUnnamed: false)
            #expect(result.salvagedParts > 0 && result.quarantined.count == 4)
            let after = try world.inspect(full: true)
            #expect(try after.faults() == [])
            let missing = try after.missing(world.pointers, takingMarked: true)
            #expect(!missing.isEmpty && missing.count <= 2, "each flipped byte cost one content: \(missing.count)")
        }
    }

    @Test(arguments: 1...30)
    func `a repair that is broken off anywhere goes on where it was`(failing: Int) throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            try Harm.everything.befall(world.remote, world.packs().map(\.key), world)
            let good = try world.inspect(full: true)
            let reachable = try good.missing(world.pointers, takingMarked: true)
            let broken = FaultyBackend(world.remote) { call, _ in call > 20 + failing ? .forbidden : nil }
            _ = try? RemoteRepair(try world.inspect(broken, full: true)).run(needsUnnamed: true)
            let between = try world.inspect(full: true)
            #expect(
                try between.missing(world.pointers, takingMarked: true).isSubset(of: reachable),
                "what could be had can still be had")
            _ = try RemoteRepair(between).run(needsUnnamed: true)
            _ = try Sides.push(world.pointers, from: world.store, to: world.remote)
            #expect(try world.inspect(full: true).faults() == [])
            #expect(try world.everythingArrives())
        }
    }

    @Test func `a pack that a collection has marked is no proof`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let packs = try world.packs().compactMap { RemoteLayout.pack(ofKey: $0.key) }
            try world.remote.put(RemoteLayout.key(ofMark: packs[0]), [1])
            let inspection = try world.inspect(full: false)
            #expect(try inspection.missing(world.pointers, takingMarked: true).isEmpty)
            #expect(try !inspection.missing(world.pointers, takingMarked: false).isEmpty)
            let missing = try inspection.catalog.missing(
                world.pointers, on: world.remote, local: world.store, cancellation: Cancellation())
            #expect(!missing.isEmpty)
        }
    }
}

extension InspectionTests.Harm {
    fileprivate func befall(
        _ remote: MemoryBackend, _ packs: [String], _ world: InspectionTests.World
    ) throws {
        let indexes = try remote.list(RemoteLayout.indexPrefix).map(\.key)
        switch self {
        case .flippedByte: try world.flipByte(inPack: packs[0])
        case .brokenFooter: try world.damage(packs[0]) { $0[$0.count - 60] ^= 1 }
        case .cutPack: try world.damage(packs[0]) { $0.removeLast(3000) }
        case .emptyPack: try world.damage(packs[0]) { $0 = [] }
        case .lostPack: try remote.delete(packs[0])
        case .brokenIndex: try world.damage(indexes[0]) { $0[$0.count / 2] ^= 1 }
        case .lostIndex: try remote.delete(indexes[0])
        case .wrongIndex:
            // Sound in itself, it says of one pack what another holds.
            let ids = packs.compactMap { RemoteLayout.pack(ofKey: $0) }
            let real = try world.inspect(full: false)
            let other = try #require(real.sound[ids[1]])
            let lie = Catalog.encode(contents: [PackContents(name: ids[0], records: other.records)])
            try remote.put(RemoteLayout.key(ofIndex: ContentHasher.id(of: lie)), lie)
        case .everything:
            try world.flipByte(inPack: packs[0])
            try remote.delete(packs[1])
            try world.damage(indexes[0]) { $0[$0.count / 2] ^= 1 }
        }
    }
}

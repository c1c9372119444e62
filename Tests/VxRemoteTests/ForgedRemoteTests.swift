import Testing
import VxModel
import VxStore
import VxSystem
import VxTestSupport

@testable import VxRemote

@Suite("A remote that lies with every hash fitting costs no only copy")
struct ForgedRemoteTests {
    /// A remote with two contents of several chunks and a short one, and the store they came from.
    fileprivate struct World {
        let sides: Sides
        let remote: MemoryBackend
        let store: Store
        let pointers: [Pointer]

        init(_ sides: Sides, _ remote: MemoryBackend, _ store: Store) throws {
            self.sides = sides
            self.remote = remote
            self.store = store
            pointers = try Sides.add(
                [900_000, 300_000, 800].enumerated().map { BackendConformance.bytes($1, seed: UInt8($0)) }, to: store)
            _ = try Sides.push(pointers, from: store, to: remote)
        }

        static func with(_ body: (World) throws -> Void) throws {
            try Sides.with { sides, remote, a in try body(World(sides, remote, a)) }
        }

        /// Puts changed packs in the place of those that are there, and one index that names them as they say of themselves.
        func forge(_ change: (inout ForgedPack) -> Void) throws {
            var contents: [PackContents] = []
            for object in try remote.list(RemoteLayout.packPrefix) {
                var pack = try ForgedPack(try #require(try remote.contents(object.key, limit: 1 << 30)))
                change(&pack)
                let (name, bytes) = pack.sealed
                try remote.delete(object.key)
                try remote.put(RemoteLayout.key(ofPack: name), bytes)
                let length = try PackContents.footerLength(
                    trailer: Array(bytes.suffix(PackContents.trailerLength)), packSize: UInt64(bytes.count))
                contents.append(
                    try PackContents(name: name, footer: Array(bytes.suffix(length)), packSize: UInt64(bytes.count)))
            }
            for index in try remote.list(RemoteLayout.indexPrefix) { try remote.delete(index.key) }
            let index = Catalog.encode(contents: contents)
            try remote.put(RemoteLayout.key(ofIndex: ContentHasher.id(of: index)), index)
        }

        func tell(_ lie: RecipeLie) throws {
            var isTold = false
            try forge { isTold = $0.tell(lie, of: [pointers[0].id]) || isTold }
            try #require(isTold)
        }

        func inspect(_ proof: RemoteInspection.Proof, with store: Store, fully: Bool) throws -> RemoteInspection {
            var inspection = try RemoteInspection(
                remote, store: store, progress: TransferProgress(), cancellation: Cancellation())
            try inspection.prove(Set(inspection.packs.keys), by: proof)
            try inspection.proveRecipes(fully: fully)
            return inspection
        }

        /// What an eviction would leave here: it looks at packs only, and then at what is missing.
        func staying(_ proof: RemoteInspection.Proof) throws -> Set<ContentID> {
            var inspection = try RemoteInspection(
                remote, store: store, progress: TransferProgress(), cancellation: Cancellation())
            try inspection.prove(inspection.packs(holding: pointers.map(\.id)), by: proof)
            return try inspection.missing(pointers, takingMarked: false)
        }
    }

    @Test(arguments: RecipeLie.allCases, RemoteInspection.Proof.allCases)
    func `at every level, a content whose recipe there is another stays here`(
        lie: RecipeLie, proof: RemoteInspection.Proof
    ) throws {
        try World.with { world in
            #expect(try world.staying(proof).isEmpty)
            try world.tell(lie)
            #expect(try world.staying(proof) == [world.pointers[0].id])
            let catalog = try RemoteCatalog.load(
                world.remote, cache: RemoteCatalog.cache(in: world.store, for: world.remote),
                cancellation: Cancellation())
            let missing = try catalog.missing(
                world.pointers, on: world.remote, local: world.store, cancellation: Cancellation())
            #expect(missing == [world.pointers[0].id], "and a check of commits names it")
        }
    }

    @Test(arguments: RecipeLie.allCases)
    func `reading all of it finds the lie, with nothing of it here`(lie: RecipeLie) throws {
        try World.with { world in
            let empty = try world.sides.store("empty")
            #expect(try world.inspect(.bytes, with: empty, fully: true).faults() == [])
            try world.tell(lie)
            let faults = try world.inspect(.bytes, with: empty, fully: true).faults()
            #expect(faults.contains { $0.reason == "the recipe of \(world.pointers[0].id) makes another file" })
        }
    }

    @Test(arguments: RecipeLie.allCases, [false, true])
    func `a repair puts the lie aside and the truth in its place`(lie: RecipeLie, fully: Bool) throws {
        try World.with { world in
            try world.tell(lie)
            let inspection = try world.inspect(fully ? .bytes : .footer, with: world.store, fully: fully)
            let result = try RemoteRepair(inspection).run(needsUnnamed: true)
            #expect(result.quarantined.contains { $0.hasPrefix("quarantine/pack-") })
            _ = try Sides.push(world.pointers, from: world.store, to: world.remote)
            let empty = try world.sides.store("empty")
            #expect(try world.inspect(.bytes, with: empty, fully: true).faults() == [])
            let b = try world.sides.store("b")
            #expect(try Sides.fetch(world.pointers, into: b, from: world.remote).contents == world.pointers.count)
            for pointer in world.pointers {
                #expect(try Sides.bytes(pointer, in: b) == Sides.bytes(pointer, in: world.store))
            }
        }
    }

    @Test func `a content that is said to be a chunk of another length is not there`() throws {
        try World.with { world in
            try world.forge { $0.claimChunk(world.pointers[0].id) }
            for proof in RemoteInspection.Proof.allCases {
                #expect(try world.staying(proof).contains(world.pointers[0].id))
            }
        }
    }
}

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

    /// A second index and pack on the remote that say something else of the same contents.
    @Test(arguments: RecipeLie.allCases)
    func `where one index leads to a lie and another to the truth, a fetch ends with the truth`(lie: RecipeLie) throws {
        try World.with { world in
            var truth: [(String, [UInt8])] = []
            for object in try world.remote.list("") where object.key.contains("/") {
                truth.append((object.key, try #require(try world.remote.contents(object.key, limit: 1 << 30))))
            }
            try world.forge { pack in
                _ = pack.tell(lie, of: [world.pointers[0].id])
                pack.add(chunk: [9])
            }
            for (key, bytes) in truth { _ = try world.remote.put(key, bytes) }
            let b = try world.sides.store("b")
            let result = try Sides.fetch(world.pointers, into: b, from: world.remote)
            #expect(result.damaged.isEmpty && result.missing.isEmpty && result.contents == world.pointers.count)
            for pointer in world.pointers {
                #expect(try Sides.bytes(pointer, in: b) == Sides.bytes(pointer, in: world.store))
            }
        }
    }

    @Test func `a list that is longer than the file's size allows is not read from the remote`() throws {
        try World.with { world in
            try world.forge { pack in
                for position in pack.entries.indices where pack.entries[position].id == world.pointers[0].id {
                    pack.entries[position].payload += [UInt8](repeating: 0, count: 1 << 20)
                    pack.entries[position].raw += 1 << 20
                }
            }
            let result = try Sides.fetch([world.pointers[0]], into: try world.sides.store("b"), from: world.remote)
            #expect(result.damaged[world.pointers[0].id]?.causes.first == "it cannot be a file of 900000 bytes")
            #expect(result.bytes == 0)
            #expect(try world.staying(.footer) == [world.pointers[0].id])
        }
    }

    @Test func `a lie that came with another store's pack is not sent to everybody else`() throws {
        try World.with { world in
            let theirs = try world.sides.store("theirs")
            let lied = world.pointers[0]
            for name in world.store.packs {
                var pack = try ForgedPack(try #require(try Files.read(world.store.path(ofPack: name))))
                _ = pack.tell(.swapped, of: [lied.id])
                let (forged, bytes) = pack.sealed
                try Files.createDirectories(theirs.root.appending("packs"))
                try Files.replace(theirs.path(ofPack: forged), with: bytes)
            }
            let victim = try world.sides.store("victim")
            #expect(try victim.link(from: theirs.root) > 0)
            let other = try Sides.remote()
            let result = try Sides.push(world.pointers, from: victim, to: other)
            #expect(result.missing == [lied.id])
        }
    }

    @Test(arguments: 1...16)
    func `whatever is forged, what is proven to be there arrives as it was`(seed: Int) throws {
        try World.with { world in
            var random = SeededGenerator(seed: UInt64(seed))
            try world.forge { pack in
                for pointer in world.pointers where Bool.random(using: &random) {
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0:
                        _ = pack.tell(RecipeLie.allCases.randomElement(using: &random) ?? .swapped, of: [pointer.id])
                    case 1: pack.claimChunk(pointer.id)
                    default:
                        let position = Int.random(in: 0..<pack.entries.count, using: &random)
                        let byte = Int.random(in: 0..<pack.entries[position].payload.count, using: &random)
                        pack.entries[position].payload[byte] ^= 1
                    }
                }
            }
            let staying = try world.staying(.bytes)
            let b = try world.sides.store("b")
            _ = try Sides.fetch(world.pointers, into: b, from: world.remote)
            for pointer in world.pointers where !staying.contains(pointer.id) {
                #expect(try Sides.bytes(pointer, in: b) == Sides.bytes(pointer, in: world.store))
            }
            _ = try Sides.add(try world.pointers.map { try Sides.bytes($0, in: world.store) }, to: b)
            #expect(try b.verify(pool: WorkerPool(), cancellation: Cancellation()).isSound)
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

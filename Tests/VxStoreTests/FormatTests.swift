import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxStore

/// The golden files were made by a program in another language from the documents alone.
@Suite("Formats")
struct FormatTests {
    static let hello = Array("hello\n".utf8)
    static let abc = Array("abc".utf8)
    static let recipeID = ContentID(bytes: [UInt8](repeating: 0xaa, count: 32))

    static func recipe() throws -> [UInt8] {
        var builder = Recipe.Builder()
        for chunk in [hello, abc] { builder.append(ContentHasher.id(of: chunk), length: chunk.count) }
        return try builder.encoded()
    }

    /// A folder with the golden pack in it, as a store.
    static func goldenStore(_ scratch: Scratch, pack: [UInt8]? = nil) throws -> (
        store: Store, path: FilePath, name: PackID
    ) {
        let document = try document("pack.md")
        let name = try #require(ContentID(hex: try vectors("vectors-pack", in: document)[0]))
        let folder = scratch.path.appending("vx").appending("packs")
        try Files.createDirectories(folder)
        let path = folder.appending("\(name.hex).pack")
        try Files.replace(path, with: try pack ?? golden("pack.hex"))
        return (try scratch.store(), path, name)
    }

    @Test("the pack of docs/formats/pack.md is written byte for byte")
    func packIsWritten() throws {
        let scratch = try Scratch()
        let layout = try StoreLayout(root: scratch.path)
        try layout.make()
        let builder = try PackBuilder(in: layout, buffer: Buffer(64))
        for bytes in [Self.hello, Self.abc] {
            let id = ContentHasher.id(of: bytes)
            try bytes.withUnsafeBytes { try builder.append(id, kind: .chunk, encoding: .raw, raw: $0.count, $0) }
        }
        let recipe = try Self.recipe()
        try recipe.withUnsafeBytes {
            try builder.append(Self.recipeID, kind: .recipe, encoding: .raw, raw: $0.count, $0)
        }
        let sealed = try builder.seal()
        #expect(try Files.read(sealed.path) == golden("pack.hex"))
        #expect(try [sealed.name.hex] == vectors("vectors-pack", in: document("pack.md")))
    }

    @Test("the golden pack and catalog are read, and the catalog is written byte for byte")
    func catalog() throws {
        let scratch = try Scratch()
        let (store, _, _) = try Self.goldenStore(scratch)
        #expect(try store.read(ContentHasher.id(of: Self.hello), 6) == Self.hello)
        try store.rebuildCatalog()
        #expect(try Files.read(store.layout.catalog) == golden("catalog.hex"))
        let again = try scratch.store()
        #expect(again.index.outside.isEmpty)
        try again.index.catalog?.check()
        #expect(try again.read(ContentHasher.id(of: Self.abc), 3) == Self.abc)
        #expect(again.location(of: Self.recipeID)?.record.kind == .recipe)
        #expect(!again.contains(ContentHasher.id(of: [1])))
    }

    @Test("recipes have the encoding of docs/formats/recipe.md")
    func recipes() throws {
        let line = try vectors("vectors-valid", in: document("recipe.md"))[0]
        let bytes = try #require(Hex.decode(Array(line.utf8)))
        #expect(try Self.recipe() == bytes)
        let recipe = try Recipe(bytes)
        #expect(recipe.count == 2 && recipe.size == 9 && recipe[1].length == 3)
    }

    @Test("a recipe with any bit changed, cut short or with a byte more is refused")
    func damagedRecipes() throws {
        let bytes = try Self.recipe()
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 1 << UInt8(position % 8)
            #expect(throws: FormatProblem.self) { _ = try Recipe(damaged) }
            #expect(throws: FormatProblem.self) { _ = try Recipe(Array(bytes[..<position])) }
        }
        #expect(throws: FormatProblem.self) { _ = try Recipe(bytes + [0]) }
    }

    @Test("a pack with any byte changed gives the right bytes or an error that says so, and verify names it")
    func flippedPack() throws {
        let bytes = try golden("pack.hex")
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 0x41
            try Self.checkHarmless(damaged)
        }
    }

    @Test("a pack cut short anywhere gives the right bytes or an error")
    func shortPack() throws {
        let bytes = try golden("pack.hex")
        for length in 0..<bytes.count { try Self.checkHarmless(Array(bytes[..<length])) }
        try Self.checkHarmless(bytes + [0])
    }

    private static func checkHarmless(_ pack: [UInt8]) throws {
        let scratch = try Scratch()
        let (store, _, name) = try goldenStore(scratch, pack: pack)
        for content in [hello, abc] {
            let id = ContentHasher.id(of: content)
            do {
                let read = try store.read(id, content.count)
                #expect(read == content)
            } catch let error as VxError {
                #expect(error.code == .corrupt || error.message == "content \(id) is not in the store")
            }
        }
        _ = try? store.read(recipeID, 9)
        let report = try store.verify(pool: WorkerPool(width: 1), cancellation: Cancellation())
        #expect(report.damaged.map(\.pack) == [name])
        #expect(!report.damaged[0].reason.isEmpty)
    }

    @Test("a catalog with any byte changed never leads to wrong bytes, and verify says so")
    func flippedCatalog() throws {
        let scratch = try Scratch()
        let (first, _, _) = try Self.goldenStore(scratch)
        let bytes = try golden("catalog.hex")
        for position in stride(from: 0, to: bytes.count, by: 3) {
            var damaged = bytes
            damaged[position] ^= 0x41
            try Files.replace(first.layout.catalog, with: damaged)
            let store = try scratch.store()
            for content in [Self.hello, Self.abc] {
                do {
                    let read = try store.read(ContentHasher.id(of: content), content.count)
                    #expect(read == content)
                } catch is VxError {}
            }
            let report = try store.verify(pool: WorkerPool(width: 1), cancellation: Cancellation())
            #expect(report.catalogProblem != nil)
        }
    }

    @Test("compressed chunks are bounded by the length they declare")
    func decompressionIsBounded() throws {
        let codec = Codec()
        let source = [UInt8](repeating: 1, count: 10_000)
        var packed = [UInt8](repeating: 0, count: 10_000)
        let length = try #require(
            try source.withUnsafeBytes { source in
                try packed.withUnsafeMutableBytes { try codec.compress(source, .zstd, into: $0) }
            })
        for declared in [9_999, 10_000, 10_001] {
            var target = [UInt8](repeating: 0, count: declared)
            let isRight = try packed[..<length].withUnsafeBytes { source in
                try target.withUnsafeMutableBytes { try codec.decompress(source, .zstd, into: $0) }
            }
            #expect(isRight == (declared == 10_000))
        }
    }

    @Test("a gain below 5 % is not worth compressing")
    func worthwhile() {
        #expect(Codec.worthwhile(100) == 95)
        #expect(Codec.worthwhile(1) == 0)
    }

    @Test("pointers are as docs/formats/pointer.md says")
    func pointers() throws {
        let document = try document("pointer.md")
        func texts(_ tag: String) throws -> [[UInt8]] {
            try vectors(tag, in: document).map { line in
                Array(line.split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n").utf8)
            }
        }
        for text in try texts("vectors-valid") { #expect(Pointer(text)?.encoded == text) }
        for text in try texts("vectors-invalid") {
            guard case .malformed = Pointer.read(text) else {
                Issue.record("not refused: \(String(decoding: text, as: UTF8.self))")
                continue
            }
        }
        for text in try texts("vectors-content") { #expect(Pointer.read(text) == .content) }
    }
}

import VxModel
import VxStore

/// A pack taken apart, changed, and put together again so that every hash in it fits: what a liar would serve. Written from
/// docs/formats/pack.md, so that it can make what a writer of vx never would.
package struct ForgedPack {
    /// One payload and what the footer says of it.
    package struct Entry {
        package var id: ContentID
        package var kind: UInt8
        package var encoding: UInt8
        /// Where the payload was; it stays there where what lies before it has not grown.
        package var offset: UInt64 = 0
        /// Bytes once decoded, by the footer's word.
        package var raw: UInt32
        package var payload: [UInt8]
    }

    package var entries: [Entry]

    /// - Throws: `corrupt` where the bytes are no pack.
    package init(_ bytes: [UInt8]) throws {
        let size = UInt64(bytes.count)
        let length = try PackContents.footerLength(
            trailer: Array(bytes.suffix(PackContents.trailerLength)), packSize: size)
        let contents = try PackContents(
            name: Self.id(bytes.suffix(ContentID.byteCount)), footer: Array(bytes.suffix(length)), packSize: size)
        entries = contents.records.sorted { $0.offset < $1.offset }.map {
            Entry(
                id: $0.id, kind: $0.kind.rawValue, encoding: $0.encoding.rawValue, offset: $0.offset, raw: $0.raw,
                payload: Array(bytes[Int($0.offset)..<Int($0.end)]))
        }
    }

    private static func id(_ bytes: ArraySlice<UInt8>) -> ContentID { ContentID(bytes: Array(bytes)) }

    /// The pack's bytes, and the name that fits them.
    package var sealed: (name: ContentID, bytes: [UInt8]) {
        var bytes = Array("vx pack\n".utf8) + Self.number(1, 4) + Self.number(0, 4)
        var records: [(id: ContentID, bytes: [UInt8])] = []
        for entry in entries {
            bytes += [UInt8](repeating: 0, count: max(0, Int(entry.offset) - bytes.count))
            var record = entry.id.bytes + Self.number(UInt64(bytes.count), 8)
            record += Self.number(UInt64(entry.payload.count), 4) + Self.number(UInt64(entry.raw), 4)
            record += [entry.kind, entry.encoding, 0, 0]
            records.append((entry.id, record))
            bytes += entry.payload
        }
        var footer = records.sorted { $0.id < $1.id }.flatMap(\.bytes)
        footer += Self.number(UInt64(bytes.count), 8) + Self.number(UInt64(entries.count), 4) + Self.number(1, 4)
        let name = ContentHasher.id(of: footer)
        return (name, bytes + footer + name.bytes)
    }

    /// Big-endian.
    package static func number(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }
}

/// What a recipe can say that is not so while every hash in it fits.
package enum RecipeLie: String, CaseIterable, Sendable {
    /// Two chunks have changed places.
    case swapped
    /// One chunk is there twice, in the place of another.
    case repeated
    /// One chunk is left out.
    case dropped
    /// A byte is counted to the chunk before.
    case lengths
    /// The first chunk is there once more at the end.
    case longer

    /// The lie's recipe, its sum and its closing hash set right; `nil` where the chunks do not allow the lie.
    package func told(of recipe: [UInt8]) -> [UInt8]? {
        var chunks = stride(from: 24, to: recipe.count - 32, by: 36).map { Array(recipe[$0..<$0 + 36]) }
        func length(_ chunk: [UInt8]) -> UInt64 { chunk[32...].reduce(0) { $0 << 8 | UInt64($1) } }
        switch self {
        case .swapped: chunks.swapAt(0, 1)
        case .repeated: chunks[1] = chunks[0]
        case .dropped:
            guard chunks.count > 2 else { return nil }
            chunks.remove(at: 1)
        case .lengths:
            guard let taker = chunks.indices.dropLast().first(where: { length(chunks[$0]) < 256 << 10 }) else {
                return nil
            }
            for (position, change) in [(taker, 1), (taker + 1, -1)] {
                let changed = UInt64(Int64(length(chunks[position])) + Int64(change))
                chunks[position] = chunks[position][..<32] + ForgedPack.number(changed, 4)
            }
        case .longer: chunks.append(chunks[0])
        }
        let size = chunks.reduce(0) { $0 + length($1) }
        let told =
            Array(recipe[..<12]) + ForgedPack.number(UInt64(chunks.count), 4) + ForgedPack.number(size, 8)
            + chunks.flatMap(\.self)
        return told == Array(recipe.dropLast(32)) ? nil : told + ContentHasher.id(of: told).bytes
    }
}

extension ForgedPack {
    /// Tells a lie in the recipes of some contents; says whether there was one to tell.
    package mutating func tell(_ lie: RecipeLie, of contents: Set<ContentID>) -> Bool {
        var isTold = false
        for position in entries.indices where entries[position].kind == 1 && contents.contains(entries[position].id) {
            guard let told = lie.told(of: entries[position].payload) else { continue }
            entries[position].payload = told
            entries[position].raw = UInt32(told.count)
            isTold = true
        }
        return isTold
    }

    /// Adds a chunk, by which the pack gets another name.
    package mutating func add(chunk bytes: [UInt8]) {
        let id = ContentHasher.id(of: bytes)
        entries.append(Entry(id: id, kind: 0, encoding: 0, raw: UInt32(bytes.count), payload: bytes))
    }

    /// Says that a content is one short chunk, where it had a recipe.
    package mutating func claimChunk(_ content: ContentID) {
        for position in entries.indices where entries[position].id == content {
            entries[position] = Entry(id: content, kind: 0, encoding: 0, raw: 5, payload: Array("false".utf8))
        }
    }
}

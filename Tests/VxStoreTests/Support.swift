import SystemPackage
import Testing
import VxModel
import VxStore
import VxSystem

/// The generator of the documents' test vectors (Steele, Lea and Flood, 2014); numbers become bytes big-endian.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// `count` pseudo-random bytes, which nothing compresses.
    static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SplitMix64(seed: seed)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            var position = 0
            while position + 8 <= count {
                raw.storeBytes(of: generator.next().bigEndian, toByteOffset: position, as: UInt64.self)
                position += 8
            }
            withUnsafeBytes(of: generator.next().bigEndian) { last in
                for index in 0..<count - position { raw[position + index] = last[index] }
            }
            filled = count
        }
    }
}

/// Bytes that compress well and are still not the same everywhere.
func text(_ count: Int, seed: UInt64) -> [UInt8] {
    let words = SplitMix64.bytes(count / 8 + 1, seed: seed)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        for index in 0..<count { buffer[index] = index & 7 == 0 ? words[index / 8] : 0x20 }
        filled = count
    }
}

/// A folder of its own for one test, removed with the value.
final class Scratch: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp").appending("vx-store-test" + Files.temporaryName())
        try Files.createDirectories(path)
    }

    deinit { try? Files.removeTree(path) }

    func store(_ name: String = "vx") throws -> Store { try Store.open(path.appending(name)) }
}

extension Store {
    /// Adds contents one after the other in one session of two threads; gives their ids.
    @discardableResult
    func add(_ contents: [[UInt8]]) throws -> [ContentID] {
        let session = try session(pool: WorkerPool(width: 2), cancellation: Cancellation())
        let lane = try session.lane()
        let ids = try contents.map { try lane.add(all: $0) }
        try session.finish()
        return ids
    }

    func read(_ id: ContentID, _ size: Int) throws -> [UInt8] {
        try contents(of: id, size: UInt64(size), limit: .max)
    }

    var quiet: Cancellation { Cancellation() }
}

extension StoreLane {
    /// Adds bytes through the reading interface, giving at most `step` bytes a call.
    func add(all bytes: [UInt8], step: Int = .max) throws -> ContentID {
        var position = 0
        let result = try add { buffer in
            let count = min(buffer.count, bytes.count - position, step)
            bytes.withUnsafeBytes { source in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + count]))
            }
            position += count
            return count
        }
        #expect(result.size == UInt64(bytes.count))
        return result.id
    }
}

/// The only pack of a store.
func onlyPack(_ store: Store) throws -> PackID {
    try #require(store.packs.count == 1)
    return store.packs[0]
}

/// The text of one of the documents under docs/formats.
func document(_ name: String) throws -> String {
    let folder = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let bytes = try #require(try Files.read(folder.appending("docs").appending("formats").appending(name)))
    return String(decoding: bytes, as: UTF8.self)
}

/// The lines of the fenced block that begins with "```" and `tag`.
func vectors(_ tag: String, in document: String) throws -> [String] {
    var lines: [String]?
    for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
        if let found = lines {
            if line == "```" { return found }
            lines = found + [String(line)]
        } else if line == "```\(tag)" {
            lines = []
        }
    }
    throw VxError("the document has no block \(tag)")
}

/// The file at `path` below Tests/VxStoreTests/Golden: hex digits, white space ignored.
func golden(_ name: String) throws -> [UInt8] {
    let path = FilePath(#filePath).removingLastComponent().appending("Golden").appending(name)
    let text = try #require(try Files.read(path))
    return try #require(Hex.decode(text.filter { $0 != UInt8(ascii: "\n") }))
}

/// What an error says, for expectations about messages.
func failure(_ body: () throws -> Void) -> VxError? {
    do {
        try body()
        return nil
    } catch {
        return error as? VxError
    }
}

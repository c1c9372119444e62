import VxModel
import VxSystem

/// Reads packs from front to back and proves everything in them. One thread.
final class PackChecker {
    struct Found {
        var chunks = 0
        var recipes = 0
        var bytes: UInt64 = 0
        var recipeList: [(record: PackRecord, recipe: Recipe)] = []
        var damage: StoreReport.DamagedPack?
    }

    private let codec = Codec()
    private let payload = Buffer(Chunker.maximum)
    private let decoded = Buffer(Chunker.maximum)

    /// - Throws: where the work was interrupted, or the system kept the pack from being read; what is wrong with the pack is
    ///   in the answer.
    func check(_ pack: PackFile, cancellation: Cancellation) throws(VxError) -> Found {
        var found = Found()
        var damaged: [ContentID] = []
        var reason: String?
        do throws(VxError) {
            let table = try pack.checkedFooter().table
            let file = try pack.opened()
            for record in Self.inOrder(table) {
                try cancellation.check()
                do throws(VxError) {
                    try check(record, file, pack, &found)
                } catch {
                    if error.isSystemFailure { throw error }
                    damaged.append(record.id)
                    reason = reason ?? error.causes.last ?? error.message
                }
            }
        } catch {
            if error.code == .interrupted || error.isSystemFailure { throw error }
            found.damage = StoreReport.DamagedPack(
                pack: pack.name, path: pack.path, reason: error.causes.last ?? error.message, ids: Self.ids(pack),
                isUnreadable: true)
            return found
        }
        if let reason {
            found.damage = StoreReport.DamagedPack(
                pack: pack.name, path: pack.path, reason: reason, ids: damaged.sorted(), isUnreadable: false)
        }
        return found
    }

    /// The records as their payloads lie in the file, so that it is read front to back.
    static func inOrder(_ table: PackTable) -> [PackRecord] {
        (0..<table.count).compactMap { try? table.record(at: $0) }.sorted { $0.offset < $1.offset }
    }

    /// What a pack with a damaged footer seems to hold, as far as its fixed numbers still make sense.
    private static func ids(_ pack: PackFile) -> [ContentID] {
        guard let table = pack.footer?.table else { return [] }
        return (0..<table.count).map { table.id(at: $0) }
    }

    /// The stored bytes of a record, valid until the next call; `nil` where they are not what its id says.
    ///
    /// - Throws: where the system keeps them from being read.
    func soundPayload(
        _ record: PackRecord, _ file: borrowing OpenFile, _ pack: PackFile
    ) throws(VxError) -> UnsafeRawBufferPointer? {
        var found = Found()
        do throws(VxError) {
            try check(record, file, pack, &found)
        } catch {
            if error.isSystemFailure { throw error }
            return nil
        }
        return payload.prefix(Int(record.stored))
    }

    private func check(
        _ record: PackRecord, _ file: borrowing OpenFile, _ pack: PackFile, _ found: inout Found
    ) throws(VxError) {
        let length = Int(record.stored)
        payload.reserve(length)
        let stored = UnsafeMutableRawBufferPointer(rebasing: payload.bytes[..<length])
        guard try file.read(at: record.offset, into: stored) == length else {
            throw pack.damage("it ends before \(record.id)")
        }
        found.bytes += UInt64(length)
        switch record.kind {
        case .chunk:
            found.chunks += 1
            if let problem = try problem(of: record, UnsafeRawBufferPointer(stored)) {
                throw pack.damage("the chunk \(record.id): \(problem.text)")
            }
        case .recipe:
            found.recipes += 1
            do throws(FormatProblem) {
                found.recipeList.append((record, try Recipe(Array(stored))))
            } catch {
                throw pack.damage("the recipe of \(record.id): \(error.text)")
            }
        }
    }

    /// Proves chunks that lie in bytes of a pack; those that are stored as they are, several at a time.
    ///
    /// - Parameters:
    ///   - bytes: hold all of `records`.
    ///   - start: where `bytes` begin in the pack.
    /// - Returns: for each record what is wrong with it, or `nil`.
    /// - Throws: where there is no memory to prove them with.
    func problems(
        of records: [PackRecord], in bytes: UnsafeRawBufferPointer, from start: UInt64
    ) throws(VxError) -> [FormatProblem?] {
        var found: [FormatProblem?] = Array(repeating: nil, count: records.count)
        var plain: [Int] = []
        plain.reserveCapacity(records.count)
        for (number, record) in records.enumerated() {
            if record.kind != .chunk {
                found[number] = "it is no chunk"
            } else if record.encoding == .raw {
                plain.append(number)
            } else {
                let offset = Int(record.offset - start)
                found[number] = try problem(
                    of: record, UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(record.stored)]))
            }
        }
        let ids = ContentHasher.ids(
            of: bytes, at: plain.map { Int(records[$0].offset - start) }, lengths: plain.map { Int(records[$0].stored) }
        )
        for (number, id) in zip(plain, ids) where id != records[number].id { found[number] = .wrongHash }
        return found
    }

    /// What keeps the stored bytes of a chunk from being those its id names; `nil` where they are.
    ///
    /// - Throws: where there is no memory to prove them with.
    private func problem(of record: PackRecord, _ stored: UnsafeRawBufferPointer) throws(VxError) -> FormatProblem? {
        try soundChunk(record, stored) == nil ? (record.encoding == .raw ? .wrongHash : .wrongChunk) : nil
    }

    /// The chunk whose bytes are stored so, valid until the next call or as long as `stored`; `nil` where it is not the one
    /// its id names.
    ///
    /// - Throws: where there is no memory to prove it with.
    func soundChunk(
        _ record: PackRecord, _ stored: UnsafeRawBufferPointer
    ) throws(VxError) -> UnsafeRawBufferPointer? {
        var bytes = stored
        if record.encoding != .raw {
            let target = UnsafeMutableRawBufferPointer(rebasing: decoded.bytes[..<Int(record.raw)])
            guard try codec.decompress(stored, record.encoding, into: target) else { return nil }
            bytes = UnsafeRawBufferPointer(target)
        }
        return bytes.count == Int(record.raw) && ContentHasher.id(of: bytes) == record.id ? bytes : nil
    }
}

/// Gives chunks from their stored bytes, wherever those come from. One thread.
package final class ChunkDecoder {
    private let checker = PackChecker()

    package init() {}

    /// Gives a chunk that proves right, in a buffer that is valid during the call; says whether it did.
    ///
    /// - Throws: where there is no memory to prove it with.
    package func withChunk(
        _ record: PackRecord, _ stored: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(VxError) -> Bool {
        guard record.kind == .chunk, let chunk = try checker.soundChunk(record, stored) else { return false }
        body(chunk)
        return true
    }
}

extension FormatProblem {
    fileprivate static let wrongHash: FormatProblem = "its bytes have another hash"
    fileprivate static let wrongChunk: FormatProblem = "it does not decompress to bytes of its hash"
}

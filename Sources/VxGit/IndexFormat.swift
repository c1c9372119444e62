import Crypto
import VxModel

import struct SystemPackage.FilePath

/// git's index file, gitformat-index(5): versions 2, 3 and 4.
///
/// Read and written here and not through libgit2, which cannot add a hundred thousand entries in the middle of others
/// in less than quadratic time, and knows neither `index.skipHash` nor which command mends a sparse or split index.
struct IndexFormat: Sendable {
    var version: UInt32 = 2
    /// The ids of folders git has worked out, so that `git commit` need not; see ``TreeCache``.
    var trees: TreeCache?
    /// What conflicts were resolved to what (`REUC`), for `git checkout -m`.
    var resolved: [ResolvedConflict] = []
    /// Whether the file ended in zeros instead of its hash (`index.skipHash`).
    var skipsHash = false

    /// Whether the file has a part of it only: git wrote out the rest (``FullIndex``).
    var isPartial = false

    struct ResolvedConflict: Sendable, Equatable {
        var path: RepoPath
        /// The record as git writes it, path included.
        var bytes: [UInt8]
    }

    private static let headerLength = 12
    private static let hashLength = 20
    /// Fixed part of an entry, before the path.
    static let entryLength = 62
    /// Where an entry has the file's size, and its flags.
    static let sizeOffset = 36
    static let flagsOffset = 60

    /// Reads a whole index.
    ///
    /// - Throws: `.corrupt` for damage, `.refused` for a sparse or split index, naming the command that mends it.
    static func read(_ storage: IndexBytes, _ file: FilePath) throws(VxError) -> (IndexFormat, IndexEntries) {
        let bytes = storage.bytes
        var reader = IndexReader(storage: storage, end: bytes.count - hashLength, file: file)
        guard bytes.count >= headerLength + hashLength, try reader.take(4).elementsEqual("DIRC".utf8) else {
            throw reader.damage("it does not begin as an index")
        }
        var format = IndexFormat()
        format.version = try reader.word()
        guard (2...4).contains(format.version) else {
            throw VxError(
                "cannot read the index \(file)", because: "it has version \(format.version); vx knows 2, 3 and 4",
                hint: "a newer vx may read it")
        }
        let trailer = bytes[reader.end...]
        format.skipsHash = trailer.allSatisfy { $0 == 0 }
        guard format.skipsHash || trailer.elementsEqual(hash(UnsafeRawBufferPointer(rebasing: bytes[..<reader.end])))
        else {
            throw reader.damage("its hash does not fit its content")
        }
        let entries = try reader.entries(count: Int(try reader.word()), version: format.version)
        try format.readExtensions(&reader)
        return (format, entries)
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Insecure.SHA1.Digest {
        var hash = Insecure.SHA1()
        hash.update(bufferPointer: bytes)
        return hash.finalize()
    }

    private mutating func readExtensions(_ reader: inout IndexReader) throws(VxError) {
        while reader.position < reader.end {
            let name = String(decoding: try reader.take(4), as: UTF8.self)
            let body = Array(try reader.take(Int(try reader.word())))[...]
            switch name {
            case "TREE": trees = TreeCache(body)
            case "REUC": resolved = Self.readResolved(body)
            case "sdir": throw reader.sparse
            case "link": throw reader.split
            default:
                // A capital letter says that it may be left out: caches that git builds again.
                if let first = name.unicodeScalars.first, ("A"..."Z").contains(first) { continue }
                throw VxError(
                    .refused, "cannot read the index \(reader.file)", because: "it needs the extension '\(name)'",
                    hint: "a newer vx may read it")
            }
        }
    }

    /// Path, three octal modes each ended by a zero, and an id for every mode that is not 0.
    private static func readResolved(_ body: ArraySlice<UInt8>) -> [ResolvedConflict] {
        var records: [ResolvedConflict] = []
        var rest = body
        while !rest.isEmpty {
            let start = rest.startIndex
            guard let pathEnd = rest.firstIndex(of: 0) else { return [] }
            let path = RepoPath(bytes: Array(rest[..<pathEnd]))
            rest = rest[(pathEnd + 1)...]
            var ids = 0
            for _ in 0..<3 {
                guard let end = rest.firstIndex(of: 0) else { return [] }
                if !rest[..<end].elementsEqual("0".utf8) { ids += 1 }
                rest = rest[(end + 1)...]
            }
            guard rest.count >= ids * hashLength else { return [] }
            rest = rest.dropFirst(ids * hashLength)
            records.append(ResolvedConflict(path: path, bytes: Array(body[start..<rest.startIndex])))
        }
        return records
    }

    /// The whole file for entries that `write` appends in git's order.
    ///
    /// - Parameters:
    ///   - count: how many those are.
    ///   - isExtended: whether any of them has flags that version 2 has no place for.
    ///   - capacity: their bytes, roughly.
    ///   - newTrees: where the trees of folders that are not known yet are put; nil leaves those to git.
    func encode(
        count: Int, isExtended: Bool, capacity: Int, newTrees: NewTrees?, _ write: (inout IndexWriter) -> Void
    ) -> [UInt8] {
        let version = self.version == 4 ? 4 : isExtended ? 3 : 2 as UInt32
        var writer = IndexWriter(version: version, capacity: capacity + (1 << 16))
        writer.append("DIRC".utf8)
        writer.append(version)
        writer.append(UInt32(count))
        write(&writer)
        if let trees = trees(newTrees, count, writer) { writer.append(extension: "TREE", trees.encoded) }
        if !resolved.isEmpty { writer.append(extension: "REUC", Array(resolved.map(\.bytes).joined())) }
        let hash =
            skipsHash
            ? [UInt8](repeating: 0, count: Self.hashLength) : Array(writer.bytes.withUnsafeBytes { Self.hash($0) })
        writer.append(hash)
        return writer.bytes
    }

    /// The trees of the folders of the entries just written.
    private func trees(
        _ newTrees: NewTrees?, _ count: Int, _ writer: IndexWriter
    ) -> TreeCache? {
        // Version 4 shortens paths by the ones before them; git's own commands work those out.
        guard let newTrees, writer.version < 4 else { return trees }
        let storage = IndexBytes(count: writer.bytes.count)
        writer.bytes.withUnsafeBytes { storage.memory.copyMemory(from: $0) }
        var reader = IndexReader(storage: storage, end: storage.bytes.count, file: "index")
        // It was written a moment ago. Were it not to be read, the cache would lack the folders, which git then works out.
        guard (try? reader.take(Self.headerLength)) != nil,
            let entries = try? reader.entries(count: count, version: writer.version)
        else { return trees }
        return TreeCache.completed(trees, entries, newTrees)
    }
}

import Crypto
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Writes packs and their indexes (gitformat-pack(5), version 2 of both) into a repository.
///
/// libgit2's writer unpacks and hashes each object again to be sure of it, which takes four times as long; here the
/// objects are our own.
enum GitPackWriter {
    /// What one pack holds at most: below 2 GiB, offsets in its index have four bytes.
    private static let limit = 1 << 30

    /// git's own names for what is being written begin so: it takes no such file for a pack or its index, and 'git prune'
    /// removes those that a kill has left.
    private static let prefixes = ["tmp_pack_", "tmp_idx_"]

    /// Makes packs of the objects, each durable before it can be seen.
    ///
    /// - Parameters:
    ///   - parts: the objects; no id twice.
    ///   - folder: `objects/pack`.
    /// - Throws: where they cannot be written; nothing that git could read stays of the one that failed.
    static func write(_ parts: [PackEntries], in folder: FilePath) throws(VxError) {
        try sweep(folder)
        var rest = parts[...]
        while !rest.isEmpty {
            var size = 0
            let fitting = rest.prefix { part in
                size += part.bytes.count
                return size <= limit || size == part.bytes.count
            }
            try writeOne(fitting, in: folder)
            rest = rest.dropFirst(fitting.count)
        }
    }

    /// Removes what processes that were killed were writing; git itself does that after two weeks.
    private static func sweep(_ folder: FilePath) throws(VxError) {
        for name in try Files.unsortedNames(in: folder) ?? [] {
            guard let prefix = prefixes.first(where: { name.starts(with: $0.utf8) }),
                let owner = Files.owner(ofTemporaryName: name.dropFirst(prefix.utf8.count))
            else { continue }
            let path = folder.appending(RepoPath(bytes: name))
            if let status = try Files.status(path) { try Files.sweep(path, modified: status.modified, owner: owner) }
        }
    }

    private static func writeOne(_ parts: ArraySlice<PackEntries>, in folder: FilePath) throws(VxError) {
        try Files.createDirectories(folder)
        let name = Files.temporaryName()
        let pack = folder.appending(prefixes[0] + name)
        let index = folder.appending(prefixes[1] + name)
        let (header, trailer) = frame(parts)
        // The disk writes the pack while its index is put together.
        let writing = BackgroundWork { () throws(VxError) in
            try write([header] + parts.map(\.bytes) + [trailer], to: pack)
        }
        do {
            try write([indexBytes(parts, trailer)], to: index)
            try writing.wait()
            let final = "pack-" + Hex.encode(trailer)
            // A pack without an index is passed over; an index without its pack is an error.
            try Files.rename(pack, to: folder.appending(final + ".pack"))
            try Files.rename(index, to: folder.appending(final + ".idx"))
            try Files.syncDirectory(folder)
        } catch {
            // The first error is the one to report, and nothing may be written after what there is was removed.
            try? writing.wait()
            for file in [pack, index] { try? Files.remove(file) }
            throw error
        }
    }

    /// What comes before a pack's entries, and the hash that comes after them.
    private static func frame(_ parts: ArraySlice<PackEntries>) -> (header: [UInt8], trailer: [UInt8]) {
        var header = Array("PACK".utf8)
        append(2, to: &header)
        append(UInt32(parts.reduce(0) { $0 + $1.entries.count }), to: &header)
        var hash = Insecure.SHA1()
        hash.update(data: header)
        for part in parts { hash.update(data: part.bytes) }
        return (header, Array(hash.finalize()))
    }

    private static func write(_ pieces: [[UInt8]], to path: FilePath) throws(VxError) {
        let file = try OpenFile.creating(path, permissions: 0o444)
        for piece in pieces { try file.write(piece) }
        try file.sync()
        try file.close()
    }

    /// Magic number, version, how many ids begin with each byte or a smaller one, the ids, the entries' checksums, where
    /// each begins, the pack's hash, and the hash of all that.
    private static func indexBytes(_ parts: ArraySlice<PackEntries>, _ trailer: [UInt8]) -> [UInt8] {
        var all: [(id: GitObjectID, crc: UInt32, offset: UInt32)] = []
        all.reserveCapacity(parts.reduce(0) { $0 + $1.entries.count })
        var base = 12
        for part in parts {
            for entry in part.entries { all.append((entry.id, entry.crc, UInt32(base + entry.start))) }
            base += part.bytes.count
        }
        all.sort { $0.id < $1.id }
        var bytes: [UInt8] = [0xff, 0x74, 0x4f, 0x63]
        bytes.reserveCapacity(1100 + all.count * 28)
        append(2, to: &bytes)
        var counts = [UInt32](repeating: 0, count: 256)
        for entry in all { counts[Int(entry.id.firstByte)] += 1 }
        var sum: UInt32 = 0
        for count in counts {
            sum += count
            append(sum, to: &bytes)
        }
        for entry in all {
            withUnsafeTemporaryAllocation(byteCount: GitObjectID.byteCount, alignment: 8) { buffer in
                entry.id.write(to: buffer)
                bytes.append(contentsOf: buffer)
            }
        }
        for entry in all { append(entry.crc, to: &bytes) }
        for entry in all { append(entry.offset, to: &bytes) }
        bytes += trailer
        var hash = Insecure.SHA1()
        hash.update(data: bytes)
        bytes += Array(hash.finalize())
        return bytes
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

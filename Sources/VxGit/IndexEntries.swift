import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The entries of an index in git's order, kept as the bytes git wrote (gitformat-index(5), version 3): a hundred thousand
/// of them cost no more than reading the file, and an entry becomes a value only when it is asked for.
package struct IndexEntries: Sendable, RandomAccessCollection {
    /// Where entries begin; they end where the next begins, and the last at `end`.
    private let starts: [UInt32]
    private let end: Int
    let storage: IndexBytes

    /// No entries.
    init() {
        starts = []
        end = 0
        storage = IndexBytes(count: 0)
    }

    /// - Parameters:
    ///   - starts: one for each entry, ascending; what is there has been checked by ``IndexReader``.
    ///   - end: where the last entry ends.
    init(storage: IndexBytes, starts: [UInt32], end: Int) {
        self.storage = storage
        self.starts = starts
        self.end = end
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { starts.count }

    package subscript(position: Int) -> IndexEntry {
        let flags = flags(position)
        let extended = flags & Flag.extended != 0 ? half(position, IndexFormat.entryLength) : 0
        return IndexEntry(
            path: RepoPath(bytes: Array(pathBytes(position))), mode: mode(position), id: id(position),
            stage: stage(position), stat: stat(position), assumeValid: flags & Flag.assumeValid != 0,
            skipWorktree: extended & Flag.skipWorktree != 0, intentToAdd: extended & Flag.intentToAdd != 0)
    }

    // MARK: - One field at a time

    private func word(_ position: Int, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: storage.bytes.loadUnaligned(fromByteOffset: Int(starts[position]) + offset, as: UInt32.self))
    }

    private func half(_ position: Int, _ offset: Int) -> UInt16 {
        UInt16(bigEndian: storage.bytes.loadUnaligned(fromByteOffset: Int(starts[position]) + offset, as: UInt16.self))
    }

    private func flags(_ position: Int) -> UInt16 { half(position, IndexFormat.flagsOffset) }

    /// The bytes of an entry's path; valid as long as the index is.
    package func pathBytes(_ position: Int) -> UnsafeRawBufferPointer {
        let flags = flags(position)
        let start = Int(starts[position]) + IndexFormat.entryLength + (flags & Flag.extended != 0 ? 2 : 0)
        var length = Int(flags & Flag.nameMask)
        if length == Int(Flag.nameMask), let base = storage.bytes.baseAddress {
            length = strlen(base.assumingMemoryBound(to: CChar.self) + start)
        }
        return UnsafeRawBufferPointer(rebasing: storage.bytes[start..<start + length])
    }

    package func mode(_ position: Int) -> FileMode { FileMode(rawValue: rawMode(position)) ?? .regular }

    func rawMode(_ position: Int) -> UInt32 { word(position, 24) }

    package func id(_ position: Int) -> GitObjectID {
        let start = Int(starts[position]) + 40
        return GitObjectID(UnsafeRawBufferPointer(rebasing: storage.bytes[start..<start + GitObjectID.byteCount]))
    }

    package func stage(_ position: Int) -> Int { Int(flags(position) >> Flag.stageShift & 3) }

    /// Whether `git update-index --assume-unchanged` was said of any file.
    package var haveAssumedValid: Bool { indices.contains { flags($0) & Flag.assumeValid != 0 } }

    package func isSkipped(_ position: Int) -> Bool {
        flags(position) & Flag.extended != 0 && half(position, IndexFormat.entryLength) & Flag.skipWorktree != 0
    }

    package func isIntentToAdd(_ position: Int) -> Bool {
        flags(position) & Flag.extended != 0 && half(position, IndexFormat.entryLength) & Flag.intentToAdd != 0
    }

    package func modifiedSeconds(_ position: Int) -> UInt32 { word(position, 8) }

    package func stat(_ position: Int) -> IndexEntry.Stat {
        var stat = IndexEntry.Stat()
        stat.changedSeconds = word(position, 0)
        stat.changedNanoseconds = word(position, 4)
        stat.modifiedSeconds = word(position, 8)
        stat.modifiedNanoseconds = word(position, 12)
        stat.device = word(position, 16)
        stat.inode = word(position, 20)
        stat.user = word(position, 28)
        stat.group = word(position, 32)
        stat.size = word(position, 36)
        return stat
    }

    // MARK: - Whole entries

    /// The bytes of the entries in `range`, padding included.
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage.bytes[start(range.lowerBound)..<start(range.upperBound)])
    }

    private func start(_ position: Int) -> Int { position < starts.count ? Int(starts[position]) : end }

    /// How far an entry's bytes lie from the start of the entries.
    func offset(_ position: Int) -> Int { start(position) - start(0) }

    /// The first position from `low` on whose path is not before `path`: near ones are found first.
    func firstPosition(of path: UnsafeRawBufferPointer, from low: Int = 0) -> Int {
        var low = low
        var step = 1
        var high = low
        while high < starts.count, PathBytes.isBefore(pathBytes(high), path) {
            low = high + 1
            high += step
            step *= 2
        }
        high = Swift.min(high, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if PathBytes.isBefore(pathBytes(middle), path) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Memory that is filled once and then only read.
///
/// `@unchecked Sendable`: whoever makes it fills it before anyone else has it.
final class IndexBytes: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer

    init(count: Int) {
        memory = .allocate(byteCount: count, alignment: 16)
    }

    deinit { memory.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }
}

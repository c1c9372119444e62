import VxModel

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Flag bits of an index entry, gitformat-index(5).
enum Flag {
    static let assumeValid: UInt16 = 0x8000
    static let extended: UInt16 = 0x4000
    static let stageShift = 12
    static let nameMask: UInt16 = 0x0fff
    static let skipWorktree: UInt16 = 0x4000
    static let intentToAdd: UInt16 = 0x2000
}

/// Takes an index apart; every length is checked before it is used.
struct IndexReader {
    let storage: IndexBytes
    /// Where the hash begins.
    let end: Int
    let file: FilePath
    var position = 0
    /// The folder of the path before, with a slash at its end: the next path is mostly in it too, and only its name is to be
    /// checked then.
    private var folder: [UInt8] = []

    init(storage: IndexBytes, end: Int, file: FilePath) {
        self.storage = storage
        self.end = end
        self.file = file
    }

    func damage(_ what: String) -> VxError {
        VxError(
            .corrupt, "cannot read the index \(file)", because: what,
            hint: "move that file away and run 'git reset': git rebuilds it from the last commit")
    }

    var sparse: VxError {
        VxError(
            .refused, "cannot read the index \(file)", because: "it is a sparse index",
            hint: "git sparse-checkout reapply --no-sparse-index")
    }

    var split: VxError {
        VxError(
            .refused, "cannot read the index \(file)", because: "it is a split index",
            hint: "git update-index --no-split-index (and git config core.splitIndex false)")
    }

    mutating func take(_ count: Int) throws(VxError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= end - position else { throw damage("it ends too early") }
        position += count
        return UnsafeRawBufferPointer(rebasing: storage.bytes[(position - count)..<position])
    }

    mutating func word() throws(VxError) -> UInt32 {
        UInt32(bigEndian: try take(4).loadUnaligned(as: UInt32.self))
    }

    /// Checks `count` entries and says where each is. Version 4, whose paths are told by their difference from the one
    /// before, is written out as version 3.
    mutating func entries(count: Int, version: UInt32) throws(VxError) -> IndexEntries {
        guard count <= (end - position) / IndexFormat.entryLength, end <= Int(UInt32.max) else {
            throw damage("it says it has \(count) entries")
        }
        if version == 4 { return try compressedEntries(count: count) }
        var starts: [UInt32] = []
        starts.reserveCapacity(count)
        for _ in 0..<count {
            let start = position
            let (mode, flags) = try fixedPart()
            let length = flags & Flag.nameMask
            let path = try length < Flag.nameMask ? take(Int(length)) : pathToZero()
            try checkPath(path, mode)
            // 1 to 8 zeros round the entry up to a multiple of eight bytes.
            let padding = try take(8 - (position - start) % 8)
            guard padding.first == 0 else { throw damage("a path is longer than it says") }
            starts.append(UInt32(start))
        }
        return IndexEntries(storage: storage, starts: starts, end: position)
    }

    /// Everything before the path.
    private mutating func fixedPart() throws(VxError) -> (mode: FileMode, flags: UInt16) {
        let fixed = try take(IndexFormat.entryLength)
        let rawMode = UInt32(bigEndian: fixed.loadUnaligned(fromByteOffset: 24, as: UInt32.self))
        // Only a sparse index has folders, and its extension that says so comes after them.
        if rawMode == FileMode.tree.rawValue { throw sparse }
        guard let mode = FileMode(rawValue: rawMode) else {
            throw damage("an entry has the mode \(String(rawMode, radix: 8))")
        }
        let flags = UInt16(
            bigEndian: fixed.loadUnaligned(fromByteOffset: IndexFormat.flagsOffset, as: UInt16.self))
        if flags & Flag.extended != 0 { _ = try take(2) }
        return (mode, flags)
    }

    /// - Throws: for a path at which nothing may be written (``PathFault``). git never puts one into an index, so somebody
    ///   has written this one by hand.
    private mutating func checkPath(_ path: UnsafeRawBufferPointer, _ mode: FileMode) throws(VxError) {
        // The extension that says so comes after the entries: those a split index has in place of the shared one's have no
        // path (gitformat-index(5), "Split index").
        if path.isEmpty { throw split }
        // For a symlink, every part counts.
        let isInFolder = mode != .symlink && folder.withUnsafeBytes { PathBytes.hasPrefix(path, $0) }
        let rest = UnsafeRawBufferPointer(rebasing: path[(isInFolder ? folder.count : 0)...])
        if PathFault.of(rest, isSymlink: mode == .symlink) != nil || path.count > PathFault.longestPath,
            let fault = PathFault.of(path, isSymlink: mode == .symlink)
        {
            throw damage("it names the path \(RepoPath(bytes: Array(path)).printable): \(fault.reason)")
        }
        if isInFolder, !rest.contains(UInt8(ascii: "/")) { return }
        folder = path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[...$0]) } ?? []
    }

    private mutating func pathToZero() throws(VxError) -> UnsafeRawBufferPointer {
        guard let zero = Self.firstZero(UnsafeRawBufferPointer(rebasing: storage.bytes[position..<end])) else {
            throw damage("a path has no end")
        }
        return try take(zero)
    }

    private static func firstZero(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base, 0, bytes.count) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Version 4: how many bytes to drop from the path before, and what to put there.
    private mutating func compressedEntries(count: Int) throws(VxError) -> IndexEntries {
        var written: [UInt8] = []
        written.reserveCapacity((end - position) * 2)
        var starts: [UInt32] = []
        var path: [UInt8] = []
        for _ in 0..<count {
            let fixedStart = position
            let (mode, flags) = try fixedPart()
            let fixed = UnsafeRawBufferPointer(rebasing: storage.bytes[fixedStart..<position])
            let drop = try varint()
            guard drop <= path.count else { throw damage("a path is shortened too far") }
            path.removeLast(drop)
            path += try pathToZero()
            _ = try take(1)
            try path.withUnsafeBytes { bytes in Result { () throws(VxError) in try checkPath(bytes, mode) } }.get()
            let start = written.count
            guard start <= Int(UInt32.max) else { throw damage("it is too large") }
            starts.append(UInt32(start))
            written += fixed
            let length = UInt16(min(path.count, Int(Flag.nameMask)))
            let field = (flags & ~Flag.nameMask) | length
            written[start + IndexFormat.flagsOffset] = UInt8(field >> 8)
            written[start + IndexFormat.flagsOffset + 1] = UInt8(field & 0xff)
            written += path
            for _ in 0..<(8 - (written.count - start) % 8) { written.append(0) }
        }
        let copy = IndexBytes(count: written.count)
        copy.memory.copyBytes(from: written)
        return IndexEntries(storage: copy, starts: starts, end: written.count)
    }

    private mutating func varint() throws(VxError) -> Int {
        var byte = try take(1)[0]
        var value = Int(byte & 0x7f)
        while byte & 0x80 != 0 {
            byte = try take(1)[0]
            guard value < 1 << 24 else { throw damage("a path is shortened too far") }
            value = (value + 1) << 7 | Int(byte & 0x7f)
        }
        return value
    }
}

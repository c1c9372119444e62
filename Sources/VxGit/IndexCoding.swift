import VxModel

import struct SystemPackage.FilePath

/// Flag bits of an index entry, gitformat-index(5).
private enum Flag {
    static let assumeValid: UInt16 = 0x8000
    static let extended: UInt16 = 0x4000
    static let stageShift = 12
    static let nameMask: UInt16 = 0x0fff
    static let skipWorktree: UInt16 = 0x4000
    static let intentToAdd: UInt16 = 0x2000
}

/// Takes an index apart; every length is checked before it is used.
struct IndexReader {
    let bytes: [UInt8]
    /// Where the hash begins.
    let end: Int
    let file: FilePath
    var position = 0

    init(bytes: [UInt8], end: Int, file: FilePath) {
        self.bytes = bytes
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

    mutating func take(_ count: Int) throws(VxError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= end - position else { throw damage("it ends too early") }
        position += count
        return bytes[(position - count)..<position]
    }

    mutating func word() throws(VxError) -> UInt32 {
        guard end - position >= 4 else { throw damage("it ends too early") }
        position += 4
        return UInt32(bytes[position - 4]) << 24 | UInt32(bytes[position - 3]) << 16 | UInt32(bytes[position - 2]) << 8
            | UInt32(bytes[position - 1])
    }

    private mutating func half() throws(VxError) -> UInt16 {
        guard end - position >= 2 else { throw damage("it ends too early") }
        position += 2
        return UInt16(bytes[position - 2]) << 8 | UInt16(bytes[position - 1])
    }

    mutating func entries(count: Int, version: UInt32) throws(VxError) -> [IndexEntry] {
        guard count <= (end - position) / IndexFormat.entryLength else {
            throw damage("it says it has \(count) entries")
        }
        var entries: [IndexEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count { try entries.append(entry(version, after: entries.last)) }
        return entries
    }

    private mutating func entry(_ version: UInt32, after previous: IndexEntry?) throws(VxError) -> IndexEntry {
        let start = position
        var stat = IndexEntry.Stat()
        stat.changedSeconds = try word()
        stat.changedNanoseconds = try word()
        stat.modifiedSeconds = try word()
        stat.modifiedNanoseconds = try word()
        stat.device = try word()
        stat.inode = try word()
        let rawMode = try word()
        stat.user = try word()
        stat.group = try word()
        stat.size = try word()
        let id = GitObjectID(bytes: try take(GitObjectID.byteCount))
        let flags = try half()
        let extended = flags & Flag.extended != 0 ? try half() : 0
        let path = try version == 4 ? compressedPath(after: previous?.path) : paddedPath(start, flags)
        if path.isRoot { throw damage("an entry has no path") }
        // Only a sparse index has folders, and its extension that says so comes after them.
        if rawMode == FileMode.tree.rawValue { throw sparse }
        guard let mode = FileMode(rawValue: rawMode) else {
            throw damage("'\(path)' has the mode \(String(rawMode, radix: 8))")
        }
        return IndexEntry(
            path: path, mode: mode, id: id, stage: Int(flags >> Flag.stageShift & 3), stat: stat,
            assumeValid: flags & Flag.assumeValid != 0, skipWorktree: extended & Flag.skipWorktree != 0,
            intentToAdd: extended & Flag.intentToAdd != 0)
    }

    private mutating func pathToZero() throws(VxError) -> ArraySlice<UInt8> {
        guard let zero = bytes[position..<end].firstIndex(of: 0) else { throw damage("a path has no end") }
        defer { position = zero + 1 }
        return bytes[position..<zero]
    }

    /// Versions 2 and 3: 1 to 8 zeros round the entry up to a multiple of eight bytes.
    private mutating func paddedPath(_ start: Int, _ flags: UInt16) throws(VxError) -> RepoPath {
        let length = flags & Flag.nameMask
        let path = try length < Flag.nameMask ? take(Int(length)) : pathToZero()
        position = path.endIndex
        _ = try take(8 - (position - start) % 8)
        return RepoPath(bytes: Array(path))
    }

    /// Version 4: how many bytes to drop from the path before, and what to put there.
    private mutating func compressedPath(after previous: RepoPath?) throws(VxError) -> RepoPath {
        var byte = try take(1).first ?? 0
        var drop = Int(byte & 0x7f)
        while byte & 0x80 != 0 {
            byte = try take(1).first ?? 0
            guard drop < 1 << 24 else { throw damage("a path is shortened too far") }
            drop = (drop + 1) << 7 | Int(byte & 0x7f)
        }
        let before = previous?.bytes ?? []
        guard drop <= before.count else { throw damage("a path is shortened too far") }
        return RepoPath(bytes: before.dropLast(drop) + (try pathToZero()))
    }
}

/// Puts an index together.
struct IndexWriter {
    let version: UInt32
    var bytes: [UInt8] = []
    private var previous: [UInt8] = []

    init(version: UInt32) {
        self.version = version
    }

    mutating func append(_ value: UInt32) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 24))
        bytes.append(UInt8(truncatingIfNeeded: value >> 16))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    private mutating func append(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(value & 0xff))
    }

    mutating func append(extension name: String, _ body: [UInt8]) {
        bytes += Array(name.utf8)
        append(UInt32(body.count))
        bytes += body
    }

    mutating func append(_ entry: IndexEntry) {
        let start = bytes.count
        let stat = entry.stat
        for word in [
            stat.changedSeconds, stat.changedNanoseconds, stat.modifiedSeconds, stat.modifiedNanoseconds, stat.device,
            stat.inode, entry.mode.rawValue, stat.user, stat.group, stat.size,
        ] { append(word) }
        bytes += entry.id.bytes
        let path = entry.path.bytes
        let isExtended = entry.skipWorktree || entry.intentToAdd
        var flags = UInt16(min(path.count, Int(Flag.nameMask))) | UInt16(entry.stage & 3) << Flag.stageShift
        if entry.assumeValid { flags |= Flag.assumeValid }
        if isExtended { flags |= Flag.extended }
        append(flags)
        if isExtended {
            append((entry.skipWorktree ? Flag.skipWorktree : 0) | (entry.intentToAdd ? Flag.intentToAdd : 0))
        }
        if version == 4 {
            let common = zip(previous, path).prefix { $0 == $1 }.count
            append(varint: previous.count - common)
            bytes += path[common...]
            bytes.append(0)
            previous = path
        } else {
            bytes += path
            for _ in 0..<(8 - (bytes.count - start) % 8) { bytes.append(0) }
        }
    }

    /// git's offset encoding: seven bits a byte, most significant first, each continued byte counting one more.
    private mutating func append(varint value: Int) {
        var digits = [UInt8(value & 0x7f)]
        var rest = value >> 7
        while rest > 0 {
            rest -= 1
            digits.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes += digits.reversed()
    }
}

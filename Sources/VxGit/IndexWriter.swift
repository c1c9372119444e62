import VxModel

/// Puts an index together in one piece of memory.
struct IndexWriter {
    let version: UInt32
    private(set) var bytes: [UInt8] = []
    private var previous: [UInt8] = []

    /// - Parameter capacity: how many bytes will be written, roughly.
    init(version: UInt32, capacity: Int) {
        self.version = version
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ value: UInt32) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: some Collection<UInt8>) { bytes.append(contentsOf: text) }

    mutating func append(extension name: String, _ body: [UInt8]) {
        append(name.utf8)
        append(UInt32(body.count))
        append(body)
    }

    /// Copies entries as they are. Their padding counts from the start of each, so it stays right wherever they go.
    mutating func append(_ entries: IndexEntries, _ range: Range<Int>) {
        if version == 4 {
            for position in range { append(entries[position]) }
        } else {
            append(entries.bytes(range))
        }
    }

    mutating func append(_ entry: IndexEntry) {
        let start = bytes.count
        let stat = entry.stat
        withUnsafeTemporaryAllocation(byteCount: IndexFormat.entryLength, alignment: 8) { fixed in
            func put(_ value: UInt32, _ offset: Int) {
                fixed.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
            }
            put(stat.changedSeconds, 0)
            put(stat.changedNanoseconds, 4)
            put(stat.modifiedSeconds, 8)
            put(stat.modifiedNanoseconds, 12)
            put(stat.device, 16)
            put(stat.inode, 20)
            put(entry.mode.rawValue, 24)
            put(stat.user, 28)
            put(stat.group, 32)
            put(stat.size, IndexFormat.sizeOffset)
            entry.id.write(to: UnsafeMutableRawBufferPointer(rebasing: fixed[40...]))
            fixed.storeBytes(of: flags(entry).bigEndian, toByteOffset: IndexFormat.flagsOffset, as: UInt16.self)
            bytes.append(contentsOf: fixed)
        }
        if entry.isExtended {
            let flags = (entry.skipWorktree ? Flag.skipWorktree : 0) | (entry.intentToAdd ? Flag.intentToAdd : 0)
            withUnsafeBytes(of: flags.bigEndian) { bytes.append(contentsOf: $0) }
        }
        let path = entry.path.bytes
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

    private func flags(_ entry: IndexEntry) -> UInt16 {
        var flags = UInt16(min(entry.path.bytes.count, Int(Flag.nameMask))) | UInt16(entry.stage & 3) << Flag.stageShift
        if entry.assumeValid { flags |= Flag.assumeValid }
        if entry.isExtended { flags |= Flag.extended }
        return flags
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

extension IndexEntry {
    fileprivate var isExtended: Bool { skipWorktree || intentToAdd }
}

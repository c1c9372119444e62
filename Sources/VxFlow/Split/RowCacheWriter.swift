import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Keeps what is known of the rows of the sides' files for the next division.
///
/// The rows of a file that is about to be written are known before its content has an id: entries get their names in the end.
final class RowCacheWriter {
    private let cache: RowCache
    private let path: FilePath
    private let file: OpenFile
    private var hasher = ContentHasher()
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
    private var filled = 0
    private var offset = 0
    private var entries: [RowCache.Entry] = []
    /// Where an entry begins that has no name yet.
    private var unnamed: [(start: Int, length: Int, digest: ContentID)] = []

    /// Of the file in its folder as long as it is written.
    static let name = "rows"

    /// So many files are kept beside each other, and what divisions of so many rules have left.
    private static let (mostParts, mostRules) = (8, 4)
    /// What no file of the sides needs any more takes no more than what they need, and so many bytes.
    private static let slack = 16 << 20

    /// - Parameter folder: on the same disk; what is in it goes if this is not finished.
    init(_ cache: RowCache, in folder: FilePath) throws {
        self.cache = cache
        path = folder.appending(Self.name)
        file = try OpenFile.creating(path, sharing: FolderSharing(of: cache.folder))
        put(RowCache.magic.count) { $0.copyBytes(from: RowCache.magic) }
        try flush()
    }

    deinit { buffer.deallocate() }

    // MARK: - Bytes

    private func put(_ count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        fill(UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<(filled + count)]))
        filled += count
    }

    private func flush() throws {
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        hasher.update(bytes)
        try file.write(bytes)
        offset += filled
        filled = 0
    }

    private func append<Value: BitwiseCopyable>(_ count: Int, _ value: (Int) -> Value) throws {
        let size = MemoryLayout<Value>.stride
        for number in 0..<count {
            if filled + size > buffer.count { try flush() }
            buffer.storeBytes(of: value(number), toByteOffset: filled, as: Value.self)
            filled += size
        }
        while filled % 8 != 0 { put(1) { $0[0] = 0 } }
    }

    private func append(texts: [some Collection<UInt8>]) throws {
        var end = 0
        let ends = texts.map { text in
            end += text.count
            return UInt32(clamping: end)
        }
        try append(ends.count) { ends[$0] }
        let bytes = texts.flatMap { $0 }
        try append(bytes.count) { bytes[$0] }
    }

    private func entry(_ body: () throws -> Void) throws -> (start: Int, length: Int, digest: ContentID) {
        try flush()
        hasher = ContentHasher()
        let start = offset
        try body()
        try flush()
        return (start, offset - start, hasher.finish())
    }

    // MARK: - Entries

    /// Takes the rows of a file that has been read.
    func add(_ file: DataFile, _ rows: Range<Int>, _ examples: ExampleTable, _ columns: Columns) throws {
        guard let key = RowCache.key(file.pointer.id, at: file.path), !cache.has(key) else { return }
        let written = try entry {
            try write(Array(rows.lazy.map(UInt32.init)), of: file, examples, columns, firstLine: nil)
        }
        entries.append(.init(key: key, offset: written.start, length: written.length, digest: written.digest))
    }

    /// Takes the rows of a file that is about to be written.
    ///
    /// - Parameters:
    ///   - source: the table that the rows are of.
    ///   - firstLine: that of its first row; each is on a line of its own.
    /// - Returns: its number, by which it gets a name.
    func add(
        _ rows: [UInt32], of source: DataFile, _ examples: ExampleTable, _ columns: Columns, firstLine: Int
    ) throws -> Int {
        unnamed.append(try entry { try write(rows, of: source, examples, columns, firstLine: firstLine) })
        return unnamed.count - 1
    }

    func name(_ number: Int, at path: RepoPath, _ id: ContentID) {
        guard let key = RowCache.key(id, at: path) else { return }
        let found = unnamed[number]
        entries.append(.init(key: key, offset: found.start, length: found.length, digest: found.digest))
    }

    /// What of the rows is said by columns, and not by a path.
    struct Columns {
        var group: Bool
        var stratum: Bool
    }

    /// The numbers that names have in an entry, by those they have among all.
    private struct Names {
        private var numbers: [Int: UInt32] = [:]
        private(set) var all: [Int] = []

        mutating func number(_ name: Int?) -> UInt32 {
            guard let name else { return .max }
            if let number = numbers[name] { return number }
            numbers[name] = UInt32(all.count)
            all.append(name)
            return UInt32(all.count - 1)
        }
    }

    private func write(
        _ rows: [UInt32], of file: DataFile, _ examples: ExampleTable, _ columns: Columns, firstLine: Int?
    ) throws {
        let names = cache.columns(of: file) ?? []
        func row(_ number: Int) -> Int { Int(rows[number]) }
        let numbers = rows.indices
        var (groups, strata, times) = (Names(), Names(), Names())
        let groupNumbers = columns.group ? numbers.map { groups.number(examples.writtenGroup(row($0))) } : []
        let stratumNumbers = columns.stratum ? numbers.map { strata.number(examples.stratum(row($0))) } : []
        let timeNumbers = numbers.map { times.number(examples.time(row($0))) }
        let first = numbers.first.map { examples.line(row($0)) } ?? 1
        let isInLine = firstLine != nil || numbers.allSatisfy { examples.line(row($0)) == first + $0 }
        var bits = 0
        func has(_ column: KeptRows.Column, _ isThere: Bool) -> Int {
            if isThere { bits |= column.bit }
            return isThere ? rows.count : 0
        }
        let near = has(.near, numbers.contains { examples.near(row($0)) != 0 })
        let key = has(.key, numbers.contains { examples.key(row($0)) != 0 })
        let spelling = has(.spelling, numbers.contains { examples.spelling(row($0)) != 0 })
        let line = has(.line, !isInLine)
        let group = has(.group, !groups.all.isEmpty)
        let stratum = has(.stratum, !strata.all.isEmpty)
        let time = has(.time, !times.all.isEmpty)
        let head = [
            rows.count, isInLine ? firstLine ?? first : 0, bits, groups.all.count, strata.all.count, times.all.count,
            names.count,
        ]
        try append(head.count) { UInt64(head[$0]) }
        try append(rows.count) { examples.content(row($0)) }
        try append(near) { examples.near(row($0)) }
        try append(key) { examples.key(row($0)) }
        try append(spelling) { examples.spelling(row($0)) }
        try append(line) { UInt32(clamping: examples.line(row($0))) }
        try append(group) { groupNumbers[$0] }
        try append(stratum) { stratumNumbers[$0] }
        try append(time) { timeNumbers[$0] }
        try append(texts: groups.all.map { examples.groups.bytes($0) })
        try append(texts: strata.all.map { examples.strata.bytes($0) })
        try append(texts: times.all.map { examples.text(ofTime: $0).utf8 })
        try append(texts: names.map(\.utf8))
    }

    // MARK: - The end

    /// Puts what was taken where the next division looks for it, and takes away what no file of the sides needs.
    ///
    /// - Parameter live: the files of the sides as they are now.
    func finish(live: [(path: RepoPath, id: ContentID)]) throws {
        let gone = try takeOver(Set(live.compactMap { RowCache.key($0.id, at: $0.path) }))
        if entries.isEmpty, gone.isEmpty, cache.unreadable.isEmpty { return }
        // Before there is a new one: that of the same entries has the same name.
        for path in gone.map({ cache.parts[$0].file.path }) + cache.unreadable { try Files.remove(path) }
        if !entries.isEmpty {
            try flush()
            let start = offset
            let digest = try entry { for item in entries { try append(index: item) } }.digest
            try append(2) { UInt64([start, entries.count][$0]) }
            try append(4) { [digest.word0, digest.word1, digest.word2, digest.word3][$0].bigEndian }
            put(RowCache.magic.count) { $0.copyBytes(from: RowCache.magic) }
            try flush()
            try Files.createDirectories(cache.folder, sharing: FolderSharing(of: cache.folder))
            try Files.rename(path, to: cache.folder.appending("\(String(digest.word0, radix: 16)).rows"))
        }
        try forgetRules()
    }

    private func append(index item: RowCache.Entry) throws {
        func id(_ id: ContentID) throws {
            try append(4) { [id.word0, id.word1, id.word2, id.word3][$0].bigEndian }
        }
        try id(item.key.id)
        try append(3) { UInt64([Int(item.key.form), item.offset, item.length][$0]) }
        try id(item.digest)
    }

    /// Copies what is still needed out of files that are not worth to be kept.
    ///
    /// - Returns: these files.
    private func takeOver(_ live: Set<RowCache.Key>) throws -> [Int] {
        let needed = cache.parts.map { part in part.entries.filter { live.contains($0.key) } }
        func size(_ entries: [RowCache.Entry]) -> Int { entries.reduce(0) { $0 + $1.length } }
        let sizes = needed.map(size)
        let dead = zip(cache.parts, sizes).reduce(0) { $0 + size($1.0.entries) - $1.1 }
        let broken = cache.brokenParts
        var gone = cache.parts.indices.filter { needed[$0].isEmpty || broken.contains($0) }
        if dead > sizes.reduce(0, +) + Self.slack {
            gone = Array(cache.parts.indices)
        } else if cache.parts.count - gone.count >= Self.mostParts {
            // All but the largest, so that each byte is copied a few times only.
            let largest = sizes.indices.max { sizes[$0] < sizes[$1] }
            gone = cache.parts.indices.filter { $0 != largest || gone.contains($0) }
        }
        var taken = Set(entries.map(\.key))
        for part in gone {
            for item in needed[part] where !taken.contains(item.key) {
                guard let bytes = RowCache.proven(item, in: cache.parts[part]) else { continue }
                let written = try entry {
                    try flush()
                    hasher.update(bytes)
                    try file.write(bytes)
                    offset += bytes.count
                }
                entries.append(.init(key: item.key, offset: written.start, length: written.length, digest: item.digest))
                taken.insert(item.key)
            }
        }
        return gone
    }

    /// Takes away what rules have left that nobody has divided by for long.
    private func forgetRules() throws {
        let place = cache.folder.removingLastComponent()
        let rules = try Files.names(in: place).map { place.appending($0) }.compactMap { folder in
            try Files.status(folder).map { (folder, $0.modified) }
        }
        for (folder, _) in rules.sorted(by: { $1.1 < $0.1 }).dropFirst(Self.mostRules) { try Files.removeTree(folder) }
    }
}

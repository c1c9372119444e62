import Synchronization
import VxConfig
import VxGit
import VxModel
import VxSystem
import VxTable
import VxWorkspace

import struct SystemPackage.FilePath

/// What is known of the rows of the sides' files, kept beside git from one division to the next (docs/formats/split-cache.md).
///
/// It is worked out from nothing but the files' content and the columns that the rule names, so that it never says anything
/// else than reading them does; what is damaged, of another version or not there is read.
final class RowCache: Sendable {
    /// What it is that rows are known of: a content, read as a table of one form.
    struct Key: Hashable {
        var id: ContentID
        var form: UInt8
    }

    /// Where the rows of one content are, and the hash that proves them.
    struct Entry {
        var key: Key
        var offset: Int
        var length: Int
        var digest: ContentID
    }

    /// One file of it.
    struct Part {
        let file: MappedFile
        var entries: [Entry]
    }

    static let magic = Array("vxrows2\n".utf8)
    /// What an index says of one entry, in bytes; and what the end of a file says of its index.
    static let entrySize = 88
    static let endSize = 56

    /// The place of its files.
    let folder: FilePath
    let parts: [Part]
    /// Files that are damaged or of another version.
    let unreadable: [FilePath]
    /// A file that was written again may be known twice.
    private let places: [Key: [(part: Int, entry: Int)]]
    /// What was found to be damaged.
    private let broken = Mutex<Set<Key>>([])
    /// The names of the columns of CSV and TSV, as far as a table was read or its rows are known.
    private let columns = Mutex<[Key: [String]]>([:])

    init(_ workspace: Workspace, _ split: Configuration.Split) {
        folder = workspace.repository.cacheFolder.appending("split-\(Self.name(split))")
        // Where there is no folder, or none that can be read, nothing is known, and the division reads all.
        let names = (try? Files.names(in: folder)) ?? []
        var (parts, unreadable): ([Part], [FilePath]) = ([], [])
        for name in names where name.extension == "rows" {
            let path = folder.appending(name)
            // What cannot be opened may have been taken away by another division.
            guard let file = try? MappedFile(path) else { continue }
            if let entries = Self.entries(of: file.bytes) {
                parts.append(Part(file: file, entries: entries))
            } else {
                unreadable.append(path)
            }
        }
        (self.parts, self.unreadable) = (parts, unreadable)
        var places: [Key: [(part: Int, entry: Int)]] = [:]
        for (part, found) in parts.enumerated() {
            for (number, entry) in found.entries.enumerated() { places[entry.key, default: []].append((part, number)) }
        }
        self.places = places
    }

    /// What rows are known by depends on these parts of a rule.
    private static func name(_ split: Configuration.Split) -> String {
        let rule = SplitManifest.rule(split)
        let members = ["key", "group", "stratify", "time", "normalise"].map { rule[$0]?.compact ?? "" }
        let near = split.nearDuplicates == false ? "none" : split.nearWordOrder.rawValue
        let text = members.joined(separator: "\n") + "\n\(near)\n\(SplitManifest.revision)"
        return String(RowHash.key(Array(text.utf8)).high, radix: 16)
    }

    static func key(_ id: ContentID, at path: RepoPath) -> Key? {
        TableForm(name: path).flatMap { TableForm.allCases.firstIndex(of: $0) }.map { Key(id: id, form: UInt8($0)) }
    }

    /// Whether rows are known, as far as anybody has looked.
    func has(_ key: Key) -> Bool { places[key] != nil && !broken.withLock { $0.contains(key) } }

    /// The parts in which something was found to be damaged.
    var brokenParts: Set<Int> { Set(broken.withLock { $0 }.flatMap { places[$0] ?? [] }.map(\.part)) }

    func has(_ file: DataFile) -> Bool { Self.key(file.pointer.id, at: file.path).map(has) ?? false }

    /// The rows of a file; `nil` where they are not known.
    func rows(of file: DataFile) -> KeptRows? {
        guard let key = Self.key(file.pointer.id, at: file.path), let places = places[key] else { return nil }
        for place in places {
            let part = parts[place.part]
            if let bytes = Self.proven(part.entries[place.entry], in: part), let rows = KeptRows(bytes, in: part.file) {
                note(rows.columnNames, of: file)
                return rows
            }
        }
        broken.withLock { _ = $0.insert(key) }
        return nil
    }

    /// The names of a table's columns; `nil` where nobody has read it. Each row of JSONL has its own.
    func columns(of file: DataFile) -> [String]? {
        Self.key(file.pointer.id, at: file.path).flatMap { key in columns.withLock { $0[key] } }
    }

    func note(_ names: [String], of file: DataFile) {
        guard !names.isEmpty, TableForm(name: file.path) != .jsonl, let key = Self.key(file.pointer.id, at: file.path)
        else { return }
        columns.withLock { $0[key] = names }
    }

    /// The bytes of an entry; `nil` where they are not those that were written.
    static func proven(_ entry: Entry, in part: Part) -> UnsafeRawBufferPointer? {
        let bytes = UnsafeRawBufferPointer(rebasing: part.file.bytes[entry.offset..<(entry.offset + entry.length)])
        defer { part.file.drop(bytes) }
        return RowHash.digest(bytes) == entry.digest ? bytes : nil
    }

    /// What a file's index says; `nil` for one that is damaged or of another version.
    private static func entries(of bytes: UnsafeRawBufferPointer) -> [Entry]? {
        guard bytes.count >= magic.count + endSize else { return nil }
        let end = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - endSize)...])
        func number(_ place: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
            Int(clamping: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        }
        let (start, count) = (number(0, end), number(8, end))
        let digest = ContentID(UnsafeRawBufferPointer(rebasing: end[16..<48]))
        guard bytes.prefix(magic.count).elementsEqual(magic), end[48...].elementsEqual(magic), start <= bytes.count,
            count <= bytes.count / entrySize, start + count * entrySize == bytes.count - endSize
        else { return nil }
        let index = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count * entrySize)])
        guard RowHash.digest(index) == digest else { return nil }
        var entries: [Entry] = []
        for place in stride(from: 0, to: index.count, by: entrySize) {
            let item = UnsafeRawBufferPointer(rebasing: index[place..<(place + entrySize)])
            let (offset, length) = (number(40, item), number(48, item))
            guard offset <= start, length <= start - offset, offset % 8 == 0 else { return nil }
            entries.append(
                Entry(
                    key: Key(id: ContentID(item), form: UInt8(truncatingIfNeeded: number(32, item))), offset: offset,
                    length: length, digest: ContentID(UnsafeRawBufferPointer(rebasing: item[56...]))))
        }
        return entries
    }
}

import VxModel
import VxSystem
import VxTestSupport

/// What a power loss leaves of what was not synced. Of what was synced, everything is there in each of them: the bytes of
/// a file whose descriptor was synced, and the names of a folder that was.
enum PowerLoss: CaseIterable {
    /// All that was done is there: what a kill leaves.
    case nothing
    /// All names are there, and bytes only where they were synced: a new file is empty, another one has its old bytes.
    case bytes
    /// Nothing is there but what was synced.
    case everything
    /// Nothing is there of vx's stores and remotes but what was synced, and all of the rest: git knows more than it should.
    case stores
    /// A random number of names, in their order; of each file's bytes some, none, the first ones, or pieces here and there.
    case some
}

/// A folder on a disk, while calls are made.
struct PowerDisk {
    /// A file, folder or symlink, whatever names it has.
    private struct Item {
        enum Kind: Equatable { case file, folder, symlink }
        var kind: Kind
        /// Where its first bytes are to be read; `nil` for one that was made since.
        var origin: String?
        /// Bytes that a power loss leaves, and those that programs see; `nil` while they are the first ones.
        var durable: [UInt8]?
        var seen: [UInt8]?
        /// What was done since the last sync.
        var pending: [Change] = []
        var mode: UInt32?
        var modified: FileTime?
    }

    private struct Change {
        var position: Int
        /// `nil` where the file got the length ``position``.
        var bytes: [UInt8]?

        func apply(to content: inout [UInt8]) {
            let end = position + (bytes?.count ?? 0)
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            if let bytes {
                content.replaceSubrange(position..<end, with: bytes)
            } else {
                content.removeSubrange(position...)
            }
        }
    }

    private enum Naming {
        case add(String, Int)
        case remove(String, Int)
        case move(String, String, Int)

        var paths: [String] {
            switch self {
            case .add(let path, _), .remove(let path, _): [path]
            case .move(let old, let new, _): [old, new]
            }
        }
    }

    /// What stands at a path after a power loss.
    struct Entry {
        enum Content { case folder, file([UInt8]), symlink([UInt8]), unchanged }
        /// Names of one item are names of one file.
        var item: Int
        var content: Content
        var mode: UInt32?
        var modified: FileTime?
    }

    private var items: [Item] = []
    private let first: [String: Int]
    private var names: [(naming: Naming, isDurable: Bool)] = []
    private var inodes: [UInt64: Int] = [:]
    private var folders: [Int: String] = [:]
    private let read: (String) throws -> [UInt8]

    /// - Parameters:
    ///   - entries: what is there: each path with its number and kind (`f`, `d`, `l`).
    ///   - read: gives the first bytes of a file.
    init(
        _ entries: [(path: String, inode: UInt64, kind: Character)], reading read: @escaping (String) throws -> [UInt8]
    ) {
        var first: [String: Int] = [:]
        for entry in entries {
            let item = inodes[entry.inode] ?? items.count
            if item == items.count {
                items.append(
                    Item(kind: entry.kind == "d" ? .folder : entry.kind == "l" ? .symlink : .file, origin: entry.path))
                inodes[entry.inode] = item
            }
            first[entry.path] = item
            if entry.kind == "d" { folders[item] = entry.path }
        }
        self.first = first
        self.read = read
    }

    // MARK: - Calls

    /// - Throws: where a file cannot be read.
    mutating func take(_ record: PowerRecord) throws {
        switch record.operation {
        case .create: make(.file, record)
        case .folder:
            make(.folder, record)
            folders[items.count - 1] = record.path
        case .symlink:
            make(.symlink, record)
            items[items.count - 1].durable = record.bytes
            items[items.count - 1].seen = record.bytes
        case .link:
            if inodes[record.inode] == nil { make(.file, record) } else { name(.add(record.path, item(record))) }
        case .unlink, .removeFolder: name(.remove(record.path, item(record)))
        case .rename:
            name(.move(record.path, record.otherPath, item(record)))
            if let item = inodes[record.inode], folders[item] != nil { folders[item] = record.otherPath }
        case .write: try change(record, Change(position: record.number, bytes: record.bytes))
        case .length: try change(record, Change(position: record.number, bytes: nil))
        case .whole:
            guard let item = inodes[record.inode] else { return }
            // What a program's own buffer held is seen when it is written out.
            if try seen(item) != record.bytes {
                try change(record, Change(position: 0, bytes: nil))
                try change(record, Change(position: 0, bytes: record.bytes))
            }
        case .attributes:
            guard let item = inodes[record.inode] else { return }
            let time = record.path.split(separator: " ").compactMap { Int64($0) }
            items[item].mode = UInt32(record.number)
            items[item].modified = FileTime(seconds: time[0], nanoseconds: UInt32(time[1]))
        case .sync:
            guard let item = inodes[record.inode] else { return }
            if let folder = folders[item] { sync(folder: folder) } else { sync(item) }
        case .syncAll:
            for item in items.indices { sync(item) }
            for position in names.indices { names[position].isDurable = true }
        }
    }

    private mutating func make(_ kind: Item.Kind, _ record: PowerRecord) {
        inodes[record.inode] = items.count
        items.append(Item(kind: kind, durable: [], seen: []))
        name(.add(record.path, items.count - 1))
    }

    private func item(_ record: PowerRecord) -> Int { inodes[record.inode] ?? -1 }

    private mutating func name(_ naming: Naming) { names.append((naming, false)) }

    private func seen(_ item: Int) throws -> [UInt8] {
        if let seen = items[item].seen { return seen }
        return try items[item].origin.map(read) ?? []
    }

    private mutating func change(_ record: PowerRecord, _ change: Change) throws {
        guard let item = inodes[record.inode] else { return }
        var bytes = try seen(item)
        if items[item].seen == nil { items[item].durable = bytes }
        items[item].seen = nil
        change.apply(to: &bytes)
        items[item].seen = bytes
        items[item].pending.append(change)
    }

    private mutating func sync(_ item: Int) {
        items[item].durable = items[item].seen
        items[item].pending = []
    }

    /// The names in a folder; and its own, and those of the folders above it: the file systems in use (ext4, XFS, btrfs) see
    /// to it that what is synced can be reached.
    private mutating func sync(folder: String) {
        var above = folder
        while !above.isEmpty {
            for position in names.indices {
                if case .add(above, let item) = names[position].naming, items[item].kind == .folder {
                    names[position].isDurable = true
                }
            }
            above = Self.folder(of: above)
        }
        for position in names.indices where !names[position].isDurable {
            if names[position].naming.paths.contains(where: { Self.folder(of: $0) == folder }) {
                names[position].isDurable = true
            }
        }
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// Whether a path is in a store of vx's, or in a remote.
    private static func isOurs(_ path: String) -> Bool { path.contains("/.git/vx/") || path.hasPrefix("remote/") }

    // MARK: - Power loss

    /// What is there when the power comes back.
    ///
    /// - Throws: where a file cannot be read.
    func entries(after loss: PowerLoss, _ random: inout SeededGenerator) throws -> [String: Entry] {
        var paths = first
        let kept = loss == .some ? Int.random(in: 0...names.count, using: &random) : 0
        for (position, (naming, isDurable)) in names.enumerated() {
            let isThere =
                switch loss {
                case .nothing, .bytes: true
                case .everything: isDurable
                case .stores: isDurable || !naming.paths.contains(where: Self.isOurs)
                case .some: isDurable || position < kept
                }
            if isThere { Self.apply(naming, to: &paths) }
        }
        var contents: [Int: Entry.Content] = [:]
        var entries: [String: Entry] = [:]
        for (path, number) in paths.sorted(by: { $0.key < $1.key }) {
            guard number >= 0, Self.isReachable(path, in: paths, items) else { continue }
            let item = items[number]
            let content: Entry.Content
            if let known = contents[number] {
                content = known
            } else {
                let isKept = loss == .nothing || loss == .stores && !Self.isOurs(path)
                content = Self.content(item, loss, isKept: isKept, &random)
                contents[number] = content
            }
            entries[path] = Entry(item: number, content: content, mode: item.mode, modified: item.modified)
        }
        return entries
    }

    private static func content(
        _ item: Item, _ loss: PowerLoss, isKept: Bool, _ random: inout SeededGenerator
    ) -> Entry.Content {
        if item.kind == .folder { return .folder }
        guard let seen = item.seen, var bytes = item.durable else { return .unchanged }
        if item.kind == .symlink { return .symlink(seen) }
        if isKept || item.pending.isEmpty { return .file(seen) }
        guard loss == .some else { return .file(bytes) }
        var changes = item.pending
        switch Int.random(in: 0..<4, using: &random) {
        case 0: changes = []
        case 1: break
        case 2:
            changes = Array(changes.prefix(Int.random(in: 1...changes.count, using: &random)))
            if let last = changes.indices.last, let torn = changes[last].bytes {
                changes[last].bytes = Array(torn.prefix(Int.random(in: 0...torn.count, using: &random)))
            }
        default: changes.removeAll { _ in Bool.random(using: &random) }
        }
        for change in changes { change.apply(to: &bytes) }
        return .file(bytes)
    }

    private static func apply(_ naming: Naming, to paths: inout [String: Int]) {
        switch naming {
        case .add(let path, let item): paths[path] = item
        case .remove(let path, let item): if paths[path] == item { paths[path] = nil }
        case .move(let old, let new, let item):
            if paths[old] == item { paths[old] = nil }
            paths[new] = item
            for (path, below) in paths where path.hasPrefix(old + "/") {
                paths[path] = nil
                paths[new + path.dropFirst(old.count)] = below
            }
        }
    }

    /// Whether every folder above a path is there.
    private static func isReachable(_ path: String, in paths: [String: Int], _ items: [Item]) -> Bool {
        var folder = folder(of: path)
        while !folder.isEmpty {
            guard let item = paths[folder], item >= 0, items[item].kind == .folder else { return false }
            folder = Self.folder(of: folder)
        }
        return true
    }
}

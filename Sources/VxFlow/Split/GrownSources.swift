import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// What a source began with before it grew at its end: these rows stand, and need not be looked at again.
struct GrownSources: Sendable {
    /// The first rows of a source that are on the sides already, in the files that were made from it, and nothing else is in these.
    struct Beginning: Sendable {
        var rows: Int
        var size: UInt64
    }

    private struct Enough: Error {}

    /// By their paths, how sources begin of which that is known.
    private(set) var beginnings: [RepoPath: Beginning] = [:]

    init() {}

    /// - Parameter oldTables: what stands, as it was read.
    init(_ split: RowSplit, _ standing: Standing, _ oldTables: [RowSplit.Table], _ previous: SplitManifest.Previous?)
        throws
    {
        guard !standing.isAll, split.split.duplicates == .keep, let previous, let commit = previous.commit,
            split.workspace.repository.hasObject(commit)
        else { return }
        let tree = try split.workspace.repository.tree(ofCommit: commit)
        var found: [(file: DataFile, was: Beginning, id: ContentID, columns: [String])] = []
        for file in standing.fresh {
            guard let was = previous.divided[file.path], let parts = standing.parts[file.path],
                let columns = Self.columns(was, of: file, parts.map { oldTables[$0] }, standing, split.cache),
                let size = try Self.size(of: was.id, at: file.path, tree, split.workspace.repository),
                size > 0, size < file.pointer.size
            else { continue }
            found.append((file, Beginning(rows: was.rows, size: size), was.id, columns))
        }
        let store = split.workspace.store
        let areSo = try split.workspace.pool.map(
            count: found.count, batch: 1, cancellation: split.workspace.cancellation
        ) { [found] number in
            let (file, was, id, columns) = found[number]
            guard try Self.begins(file, with: id, was.size, store), let form = TableForm(name: file.path) else {
                return false
            }
            return try TableStream.columns(of: file.pointer, form, store) == columns
        }
        for (item, isSo) in zip(found, areSo) where isSo { beginnings[item.file.path] = item.was }
    }

    /// The columns of a source whose rows are all in the files that were made from it, with nothing else; `nil` for another. Each row of
    /// JSONL has columns of its own: such files are read as a whole.
    private static func columns(
        _ was: SplitManifest.Division, of file: DataFile, _ parts: [RowSplit.Table], _ standing: Standing,
        _ cache: RowCache
    ) -> [String]? {
        guard was.repeated == 0, was.leftOut == 0, standing.remainingBefore[file.path] == nil,
            !standing.moved.values.contains(file.path), let form = TableForm(name: file.path), form != .jsonl,
            let first = parts.first, let columns = cache.columns(of: first.file)
        else { return nil }
        let isAll =
            parts.reduce(0) { $0 + $1.rows.count } == was.rows
            && parts.allSatisfy { TableForm(name: $0.file.path) == form && cache.columns(of: $0.file) == columns }
        return isAll ? columns : nil
    }

    /// How large a content was that the commit of the division before had.
    private static func size(
        of id: ContentID, at path: RepoPath, _ tree: GitObjectID, _ repository: Repository
    ) throws -> UInt64? {
        guard let entry = try repository.entry(at: path, inTree: tree), entry.mode.isFile,
            let pointer = try repository.pointer(inBlob: entry.id, at: path), pointer.id == id
        else { return nil }
        return pointer.size
    }

    /// Whether a file begins with a content, and that ends with a line.
    private static func begins(_ file: DataFile, with id: ContentID, _ size: UInt64, _ store: Store) throws -> Bool {
        var hasher = ContentHasher()
        var left = Int(clamping: size)
        var last: UInt8?
        do {
            try store.reader().stream(file.pointer.id, size: file.pointer.size) { piece in
                let own = UnsafeRawBufferPointer(rebasing: piece.prefix(left))
                hasher.update(own)
                left -= own.count
                last = own.last ?? last
                if left == 0 { throw Enough() }
            }
        } catch is Enough {
            // No more was asked for.
        }
        return left == 0 && last == UInt8(ascii: "\n") && hasher.finish() == id
    }
}

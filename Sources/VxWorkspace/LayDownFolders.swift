import Synchronization
import VxModel
import VxSystem

/// The folders that files are laid down in.
///
/// A new folder that holds files only is filled under a temporary name and takes its own when it is complete: then none of
/// its files needs a temporary name, which would double the work of the file system.
final class LayDownFolders: Sendable {
    let files: WorkTree
    /// The names of folders nobody else sees yet.
    private let staged: [RepoPath: [CChar]]
    /// Files still to come for each staged folder.
    private let open: Mutex<[RepoPath: Int]>

    /// Makes what is missing.
    ///
    /// - Parameter counts: the folders, and how many files each will get.
    /// - Throws: where one of them is a symlink: writing through it would reach outside the workspace.
    init(_ counts: [RepoPath: Int], in files: WorkTree) throws {
        self.files = files
        var maker = Maker(files: files, folders: counts.keys)
        for folder in counts.keys.sorted() { try maker.make(folder) }
        staged = maker.staged
        open = Mutex(counts.filter { maker.staged[$0.key] != nil })
    }

    /// Whether nobody else sees the folder yet.
    func isStaged(_ folder: RepoPath) -> Bool { staged[folder] != nil }

    /// Opens a folder under the name it has now.
    func folder(_ path: RepoPath) throws(VxError) -> WorkTree.Folder {
        if let name = staged[path] { return try files.staged(name, for: path) }
        return try files.folder(path)
    }

    /// Notes that `count` files of a folder are done with; the last ones put a staged folder into its place.
    ///
    /// - Throws: where somebody has made a folder or file of that name meanwhile.
    func finish(_ count: Int, in folder: RepoPath) throws {
        let isComplete = open.withLock { open in
            guard let left = open[folder] else { return false }
            open[folder] = left > count ? left - count : nil
            return left <= count
        }
        guard isComplete, let name = staged[folder] else { return }
        guard try files.finishStaged(name, as: folder) else { throw LayDown.changed(folder) }
    }

    /// Removes the staged folders that were not completed.
    func discard() throws {
        let left = open.withLock { Array($0.keys) }
        for folder in left { if let name = staged[folder] { try files.discardStaged(name, for: folder) } }
    }

    private struct Maker {
        let files: WorkTree
        /// Every folder above one that gets files.
        let parents: Set<RepoPath>
        var staged: [RepoPath: [CChar]] = [:]
        private var known: Set<RepoPath> = []

        init(files: WorkTree, folders: some Sequence<RepoPath>) {
            self.files = files
            var parents: Set<RepoPath> = []
            for folder in folders {
                var above = folder.parent
                while parents.insert(above).inserted, !above.isRoot { above = above.parent }
            }
            self.parents = parents
        }

        mutating func make(_ folder: RepoPath) throws {
            if folder.isRoot || !known.insert(folder).inserted { return }
            try make(folder.parent)
            if !parents.contains(folder), try files.status(folder) == nil {
                staged[folder] = try files.makeStaged(beside: folder)
            } else {
                try files.makeFolders(folder)
            }
        }
    }
}

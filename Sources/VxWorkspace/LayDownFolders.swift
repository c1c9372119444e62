import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The folders that files are laid down in.
///
/// A new folder that holds files only is filled under a temporary name and takes its own when it is complete: then none of
/// its files needs a temporary name, which would double the work of the file system.
final class LayDownFolders: Sendable {
    /// Where the files of a folder are written.
    struct Place: Sendable {
        var location: FilePath
        /// Whether nobody else sees the folder yet.
        var isStaged: Bool
    }

    private let root: FilePath
    private let places: [RepoPath: Place]
    /// Files still to come for each staged folder.
    private let open: Mutex<[RepoPath: Int]>

    /// Makes what is missing.
    ///
    /// - Parameter counts: the folders, and how many files each will get.
    /// - Throws: where one of them is a symlink: writing through it would reach outside the workspace.
    init(_ counts: [RepoPath: Int], below root: FilePath) throws {
        self.root = root
        var maker = Maker(root: root, folders: counts.keys)
        for folder in counts.keys.sorted() { try maker.make(folder) }
        places = maker.places
        open = Mutex(counts.filter { maker.places[$0.key]?.isStaged == true })
    }

    func place(of folder: RepoPath) -> Place { places[folder] ?? Place(location: root, isStaged: false) }

    /// Notes that `count` files of a folder are done with; the last ones put a staged folder into its place.
    ///
    /// - Throws: where somebody has made a folder or file of that name meanwhile.
    func finish(_ count: Int, in folder: RepoPath) throws {
        let isComplete = open.withLock { open in
            guard let left = open[folder] else { return false }
            open[folder] = left > count ? left - count : nil
            return left <= count
        }
        guard isComplete, let place = places[folder] else { return }
        guard try Files.renameFolder(place.location, to: root.appending(folder)) else {
            try Files.removeTree(place.location)
            throw LayDown.changed(folder)
        }
    }

    /// Removes the staged folders that were not completed.
    func discard() throws {
        let left = open.withLock { Array($0.keys) }
        for folder in left { if let place = places[folder] { try Files.removeTree(place.location) } }
    }

    private struct Maker {
        let root: FilePath
        /// Every folder above one that gets files.
        let parents: Set<RepoPath>
        var places: [RepoPath: Place] = [:]

        init(root: FilePath, folders: some Sequence<RepoPath>) {
            self.root = root
            var parents: Set<RepoPath> = []
            for folder in folders {
                var above = folder.parent
                while parents.insert(above).inserted, !above.isRoot { above = above.parent }
            }
            self.parents = parents
        }

        mutating func make(_ folder: RepoPath) throws {
            if folder.isRoot || places[folder] != nil { return }
            try make(folder.parent)
            let location = root.appending(folder)
            switch try Files.status(location)?.kind {
            case .directory: places[folder] = Place(location: location, isStaged: false)
            case nil where parents.contains(folder):
                try Files.createDirectories(location)
                places[folder] = Place(location: location, isStaged: false)
            case nil:
                let staged = Files.temporarySibling(of: location)
                try Files.createDirectories(staged)
                places[folder] = Place(location: staged, isStaged: true)
            case .symlink:
                throw VxError(
                    .refused, "cannot write below \(folder)",
                    because: "it is a symlink, and the files would land outside the workspace",
                    hint: "remove the symlink with 'rm \(folder)', then repeat the command")
            default:
                throw VxError(
                    .refused, "cannot write below \(folder)", because: "a file of that name is in the way",
                    hint: "move it away, then repeat the command")
            }
        }
    }
}

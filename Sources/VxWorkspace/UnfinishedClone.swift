import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A clone in which git has laid down everything but data.
///
/// Data then goes into new folders at once, and replaces no pointer's text file by file (docs/decisions/0026). Until it
/// is there, git's index names data files that do not stand in the workspace. A file in git's folder says that they are
/// still to come and not deleted: whoever kills the clone finds it unfinished, and `vx hydrate` goes on.
struct UnfinishedClone {
    private let mark: FilePath

    init(_ repository: Repository) {
        mark = repository.gitDirectory.appending("vx").appending("cloning")
    }

    var isPresent: Bool { get throws(VxError) { try Files.status(mark) != nil } }

    /// Says that data is still to come.
    func begin() throws(VxError) {
        try Files.createDirectories(mark.removingLastComponent())
        try Files.replace(mark, with: [])
    }

    /// Says that what is missing from now on was deleted by somebody.
    func end() throws(VxError) { try Files.remove(mark) }
}

extension Workspace {
    /// Has git lay down the commit that a clone without checkout is at, but for the data files inside some paths.
    ///
    /// - Parameters:
    ///   - place: the clone, in which nothing of vx is set up: what git lays down is text.
    ///   - paths: where data is left out; everywhere where it is empty.
    /// - Throws: where git cannot write the files.
    package static func checkOutCode(
        at place: FilePath, leavingDataIn paths: [RepoPath], cancellation: Cancellation
    ) async throws {
        let repository = try Repository(discovering: place)
        guard let commit = try repository.head().commit else { return }  // nothing was committed yet
        do {
            _ = try await GitProcess().check(
                "git could not read \(commit.short)", ["read-tree", commit.hex], in: place)
        } catch {
            // git refuses a path that nothing may be written at, and says less of it.
            try TreePaths(repository).require(repository.tree(ofCommit: commit), of: "commit \(commit.short)")
            throw error
        }
        let index = try repository.readIndex()
        try requireEntries(of: index, at: paths)
        // What says which files are data, and how git writes the others.
        let rules = index.entries.map(\.path).filter { $0.name == attributesPath || $0 == Configuration.path }
        try await layDownByGit(rules, at: place)
        let workspace = try Workspace(at: place, cancellation: cancellation, ignoringConfiguration: true)
        let filters = try FilterRules(workspace, index)
        var code: [RepoPath] = []
        for entry in index.entries {
            let isWanted = paths.isEmpty || paths.contains { entry.path.isInside($0) }
            if isWanted, try filters.isTracked(entry.path), try workspace.soundPointer(of: entry.item) != nil {
                continue
            }
            code.append(entry.path)
        }
        try await layDownByGit(code, at: place)
        if code.count < index.count { try UnfinishedClone(repository).begin() }
        // As after 'git clone'; how it ends says nothing of the clone.
        _ = try UserHook.run(
            "post-checkout", [String(repeating: "0", count: 40), commit.hex, "1"], of: repository, in: place)
    }

    private static func layDownByGit(_ paths: [RepoPath], at place: FilePath) async throws {
        if paths.isEmpty { return }
        _ = try await GitProcess().check(
            "git could not check out the files of the clone", ["checkout-index", "-q", "-u", "-z", "--stdin"],
            in: place, input: paths.flatMap { $0.bytes + [0] })
    }

    /// The data files that an unfinished clone is still to lay down.
    func stillToCome(_ scan: WorkspaceScan, _ index: GitIndex, _ filters: FilterRules) throws -> [LayDown.Job] {
        guard try UnfinishedClone(repository).isPresent else { return [] }
        var jobs: [LayDown.Job] = []
        for position in scan.missing where index.entries.stage(position) == 0 {
            let entry = index.entries[position]
            guard let pointer = try soundPointer(of: entry.item), try filters.isTracked(entry.path) else { continue }
            jobs.append(
                LayDown.Job(
                    file: DataFile(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable),
                    standing: nil))
        }
        return jobs
    }

    /// Lays down the pointers' text of data files whose content cannot be had, as git would.
    ///
    /// A place that is taken is somebody's own.
    func layDownText(_ files: [DataFile]) throws {
        let places = Places(root)
        var written: [(DataFile, FileStat)] = []
        for file in files {
            guard try places.blocker(above: file.path) == nil, try places.status(file.path) == nil else { continue }
            written.append((file, try writePointerText(file)))
        }
        try refreshIndex(written)
    }

    /// - Throws: `refused` where data of a clone is still to come: to git it looks deleted.
    package func requireWholeClone() throws(VxError) {
        guard try UnfinishedClone(repository).isPresent else { return }
        throw VxError(
            .refused, "this clone is not complete", because: "data files that git knows are not laid down yet",
            hint: "'vx hydrate' goes on where it was")
    }
}

import struct SystemPackage.FilePath
import VxGit
import VxModel
import VxStore
import VxSystem

/// What hydrating did.
package struct HydrateResult: Sendable {
    package var files: [DataFile] = []
    /// Files that stay pointer text, and why.
    package var failures: [(file: DataFile, error: VxError)] = []

    package var bytes: UInt64 { files.reduce(0) { $0 + $1.pointer.size } }
}

extension Workspace {
    /// Puts the real bytes where pointer text stands, below `paths` (everywhere where it is empty).
    ///
    /// Files that are missing, or hold anything but their pointer's text, are the user's own doing and stay as they are.
    package func hydrate(_ paths: [RepoPath] = [], dryRun: Bool = false) throws -> HydrateResult {
        let index = try repository.readIndex()
        var candidates: [DataFile] = []
        let places = Places(root)
        for entry in index.entries where entry.mode.isFile && entry.stage == 0 {
            guard paths.isEmpty || paths.contains(where: { entry.path.isInside($0) }) else { continue }
            if let file = try standingPointer(at: entry, in: places) { candidates.append(file) }
        }
        if dryRun { return HydrateResult(files: candidates) }
        return try hydrate(candidates)
    }

    /// Hydrates what git's filter has left to the hooks.
    package func hydratePending() throws -> HydrateResult {
        let pending = PendingFiles(gitDirectory: repository.gitDirectory)
        let paths = try pending.take()
        if paths.isEmpty { return HydrateResult() }
        do {
            let index = try repository.readIndex()
            let places = Places(root)
            let files = try paths.compactMap { path in
                try index.find(path).flatMap { try standingPointer(at: $0, in: places) }
            }
            return try hydrate(files)
        } catch {
            for path in paths { try pending.append(path) }
            throw error
        }
    }

    private func hydrate(_ files: [DataFile]) throws -> HydrateResult {
        var result = HydrateResult()
        if files.isEmpty { return result }
        if files.contains(where: { !store.contains($0.pointer.id) }) { _ = try fetchFromLocalOrigins() }
        let outcomes = try LayDown(self).write(files)
        var written: [(DataFile, FileStat)] = []
        for (file, outcome) in zip(files, outcomes) {
            switch outcome {
            case .written(let status):
                written.append((file, status))
                result.files.append(file)
            case .failed(let error): result.failures.append((file, error))
            }
        }
        try refreshIndex(written)
        return result
    }

    /// Tells git that the files it knows as pointers are up to date, so that it does not read them again.
    private func refreshIndex(_ written: [(file: DataFile, status: FileStat)]) throws {
        if written.isEmpty { return }
        let transaction = try IndexTransaction(repository)
        for (file, status) in written {
            guard var entry = transaction.find(file.path), entry.stage == 0 else { continue }
            entry.stat = IndexEntry.Stat(status)
            try transaction.add(entry)
        }
        try transaction.commit()
    }

    /// The data file whose pointer text stands at an entry's place in the workspace, unchanged.
    func standingPointer(at entry: IndexEntry, in places: Places) throws -> DataFile? {
        let location = root.appending(entry.path)
        guard let status = try places.status(entry.path), status.kind == .regular, Pointer.couldBeText(ofLength: status.size),
            let text = try Files.read(location, limit: Pointer.maximumLength), let pointer = Pointer(text),
            try repository.attribute("filter", of: entry.path) == "vx",
            try soundPointer(of: TreeItem(mode: entry.mode, id: entry.id)) == pointer
        else { return nil }
        return DataFile(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable)
    }
}

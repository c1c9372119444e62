import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

extension Workspace {
    /// Uploads everything that some commits name and a remote does not have.
    ///
    /// - Parameters:
    ///   - tips: commits with all their history.
    ///   - known: commits whose history is on the remote already.
    /// - Throws: `missing` where a content is neither here nor there, naming commit, path and author; everything else has
    ///   been sent by then.
    package func push(
        _ tips: [GitObjectID], without known: [GitObjectID], to entry: RemoteList.Entry, _ access: RemoteAccess,
        dryRun: Bool = false
    ) async throws -> Push.Result {
        let contents = try await self.contents(namedBy: tips, without: known)
        if contents.isEmpty { return Push.Result() }
        return try await push(contents, of: tips, to: entry, access, dryRun: dryRun)
    }

    func push(
        _ contents: [NamedContent], of tips: [GitObjectID], to entry: RemoteList.Entry, _ access: RemoteAccess,
        dryRun: Bool = false
    ) async throws -> Push.Result {
        var backend = try connect(entry, access)
        if dryRun { backend = DryRunBackend(backend, clock: { FileTime.now().seconds }) }
        let result = try Push(from: store, to: backend, progress: access.progress, cancellation: cancellation)
            .run(contents.map(\.pointer), noting: try await firstCommits(of: tips))
        if !result.missing.isEmpty {
            let missing = Set(result.missing)
            throw try missingContents(
                contents.filter { missing.contains($0.pointer.id) }, on: "the remote '\(entry.name)'")
        }
        return result
    }

    /// Proves, without reading any content, that everything some commits name is on a remote.
    ///
    /// - Returns: how many contents were looked for, and those that are not there.
    package func checkRemote(
        _ tips: [GitObjectID], without known: [GitObjectID], on entry: RemoteList.Entry, _ access: RemoteAccess
    ) async throws -> (checked: Int, missing: [NamedContent], problems: [VxError]) {
        let contents = try await self.contents(namedBy: tips, without: known)
        let backend = try connect(entry, access)
        let remote = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        let missing = try remote.missing(
            contents.map(\.pointer), on: backend, local: store, cancellation: cancellation)
        return (contents.count, contents.filter { missing.contains($0.pointer.id) }, remote.problems)
    }
}

extension Workspace {
    /// The commits of all branches and tags.
    package func allTips() throws -> [GitObjectID] {
        var tips: [GitObjectID] = []
        for name in try repository.references(withPrefix: "refs/heads/")
            + repository.references(withPrefix: "refs/tags/")
        {
            // A tag of a tree or a blob names no files of a commit.
            if let commit = try attempting({ try repository.findCommit(name) }) ?? nil { tips.append(commit) }
        }
        return tips
    }

    /// The files whose contents a fetch could not bring, each with why.
    package func failures(
        _ result: Fetch.Result, _ files: [DataFile], on remote: String
    ) -> [(file: DataFile, error: VxError)] {
        if result.missing.isEmpty, result.damaged.isEmpty { return [] }
        let missing = Set(result.missing)
        var seen: Set<DataFile> = []
        return files.filter { seen.insert($0).inserted }.compactMap { file in
            if let error = result.damaged[file.pointer.id] { return (file, error.wrapped("cannot fetch \(file.path)")) }
            guard missing.contains(file.pointer.id) else { return nil }
            return (
                file,
                VxError(
                    .missing, "the content of \(file.path) is not on the remote '\(remote)'",
                    hint: "'vx push' from a clone that has it")
            )
        }
    }
}

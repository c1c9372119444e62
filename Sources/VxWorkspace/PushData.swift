import SystemPackage
import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

/// What git says to its pre-push hook of one ref.
package struct PushedRef: Sendable, Equatable {
    /// `nil` for a ref that is deleted.
    package var local: GitObjectID?
    /// What the other side has under that name; `nil` where it has none.
    package var remote: GitObjectID?

    /// Reads the hook's standard input (githooks(5), pre-push): `<local ref> <local id> <remote ref> <remote id>`.
    ///
    /// - Throws: where a line is none of these.
    package static func read(_ bytes: [UInt8]) throws(VxError) -> [PushedRef] {
        var refs: [PushedRef] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 4, let local = GitObjectID(hex: String(words[1])),
                let remote = GitObjectID(hex: String(words[3]))
            else { throw VxError("git's pre-push hook got a line that vx does not know: \(line)") }
            func existing(_ id: GitObjectID) -> GitObjectID? { id.hex.allSatisfy { $0 == "0" } ? nil : id }
            refs.append(PushedRef(local: existing(local), remote: existing(remote)))
        }
        return refs
    }
}

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

    private func push(
        _ contents: [NamedContent], of tips: [GitObjectID], to entry: RemoteList.Entry, _ access: RemoteAccess,
        dryRun: Bool = false
    ) async throws -> Push.Result {
        var backend = try connect(entry, access)
        if dryRun { backend = DryRunBackend(backend, clock: { FileTime.now().seconds }) }
        try await noteProject(of: tips, on: backend)
        let result = try Push(from: store, to: backend, progress: access.progress, cancellation: cancellation)
            .run(contents.map(\.pointer))
        if !result.missing.isEmpty {
            let missing = Set(result.missing)
            throw try missingContents(
                contents.filter { missing.contains($0.pointer.id) }, on: "the remote '\(entry.name)'")
        }
        return result
    }

    /// Does what the pre-push hook is for: nothing is pushed by git whose data is not on the remote.
    ///
    /// - Parameter gitRemote: the name of git's remote, whose branches tell what was pushed before.
    package func pushHook(
        _ refs: [PushedRef], gitRemote: String, _ access: RemoteAccess
    ) async throws -> Push.Result {
        var tips: [GitObjectID] = []
        for ref in refs {
            // A tag of a tree or a blob names no files of a commit.
            if let local = ref.local, let commit = try? repository.findCommit("\(local.hex)^{commit}") {
                tips.append(commit)
            }
        }
        let known = try sentWhereDataGoesNow(refs.compactMap(\.remote) + (try remoteTips(of: gitRemote)))
        var contents = try await self.contents(namedBy: tips, without: known)
        if contents.isEmpty { return Push.Result() }
        guard let entry = remotes.default else {
            throw VxError(
                .refused, "the data of these commits has nowhere to go: vx.yaml names no remote",
                because: "\(contents[0].path) of commit \(contents[0].commit.short)"
                    + (contents.count > 1 ? " and \(contents.count - 1) more files" : "") + " would point to nothing",
                hint: "\(try remoteSuggestion(gitRemote)); 'git push --no-verify' pushes the pointers alone")
        }
        // What an earlier push has left out ('--no-verify') is sent with the first that has data of its own.
        var named = Set(contents.map(\.pointer.id))
        for tip in tips {
            try repository.walkTree(try repository.tree(ofCommit: tip)) { entry in
                guard let pointer = try soundPointer(of: TreeItem(mode: entry.mode, id: entry.id)), pointer.size > 0,
                    named.insert(pointer.id).inserted
                else { return }
                contents.append(NamedContent(pointer: pointer, commit: tip, path: entry.path))
            }
        }
        return try await push(contents, of: tips, to: entry, access)
    }

    /// Those of some commits that were pushed whose data went to the remote that is the default now, as their own `vx.yaml`
    /// says. A commit that names no remote says nothing against it.
    private func sentWhereDataGoesNow(_ commits: [GitObjectID]) throws -> [GitObjectID] {
        let now = remotes.default?.url
        // Many branches have the same file.
        var answers: [GitObjectID: Bool] = [:]
        return try Set(commits).filter { object in
            // What was there under a tag's name may be the tag's own object.
            guard let commit = try repository.peeledCommit(object),
                let entry = try repository.entry(at: Configuration.path, inTree: repository.tree(ofCommit: commit)),
                let bytes = try repository.blob(entry.id, limit: 1 << 20)
            else { return true }
            if let answer = answers[entry.id] { return answer }
            // A file that was wrong then names no remote either.
            let then = try? Configuration.parse(bytes).remotes.default
            let answer = then == nil || then?.url == now
            answers[entry.id] = answer
            return answer
        }
    }

    /// A command that gives the data a place. Where git's remote is a folder of this machine, or of a mounted disk, whoever can
    /// reach that can reach another beside it.
    private func remoteSuggestion(_ gitRemote: String) throws -> String {
        // git gives the hook a path or URL where it was pushed to without a name.
        let url = try repository.remotes().first { $0.name == gitRemote }?.url ?? gitRemote
        guard let path = LocalOrigins.localPath(of: url, relativeTo: root), let name = path.lastComponent else {
            return "'vx remote add NAME URL' adds one"
        }
        let beside = path.removingLastComponent().appending("\(name.stem)-data")
        return
            "'vx remote add store \(beside)' makes a folder beside git's the remote; commit vx.yaml, and push again"
    }

    /// What git knows a remote to have: whatever was pushed there passed this hook, or another clone's.
    private func remoteTips(of name: String) throws(VxError) -> [GitObjectID] {
        var tips: [GitObjectID] = []
        for reference in try repository.references(withPrefix: "refs/remotes/\(name)/") {
            if let id = try repository.reference(reference) { tips.append(id) }
        }
        return tips
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
            if let commit = try? repository.findCommit(name) { tips.append(commit) }
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

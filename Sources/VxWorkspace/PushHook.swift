import SystemPackage
import VxConfig
import VxGit
import VxModel
import VxRemote
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

/// Where git is about to push to, as it tells its pre-push hook.
package struct GitServer: Sendable {
    /// Of one of git's remotes; the same as ``url`` where it has none.
    package var name: String
    package var url: String

    /// Reads the hook's arguments (githooks(5), pre-push): a name and a URL.
    package init(arguments: [String]) {
        name = arguments.first ?? "origin"
        url = arguments.dropFirst().first ?? name
    }
}

extension Workspace {
    /// Does what the pre-push hook is for: nothing is pushed by git whose data is not on the remote.
    ///
    /// - Parameter server: where git is about to push to.
    package func pushHook(
        _ refs: [PushedRef], to server: GitServer, _ access: RemoteAccess
    ) async throws -> Push.Result {
        var tips: [GitObjectID] = []
        for ref in refs {
            // A tag of a tree or a blob names no files of a commit.
            if let local = ref.local, let commit = try? repository.findCommit("\(local.hex)^{commit}") {
                tips.append(commit)
            }
        }
        let commits = try await unproven(tips, told: refs.compactMap(\.remote), server)
        var contents = try contents(namedBy: commits)
        if contents.isEmpty { return Push.Result() }
        guard let entry = remotes.default else {
            throw VxError(
                .refused, "the data of these commits has nowhere to go: vx.yaml names no remote",
                because: "\(contents[0].path) of commit \(contents[0].commit.short)"
                    + (contents.count > 1 ? " and \(contents.count - 1) more files" : "") + " would point to nothing",
                hint: "\(try remoteSuggestion(server)); 'git push --no-verify' pushes the pointers alone")
        }
        // What an earlier push has left out ('--no-verify') is sent with the first that has data of its own.
        var named = Set(contents.map(\.pointer.id))
        var seen: Set<GitObjectID> = []
        let texts = AttributeTexts()
        for tip in tips {
            let tree = try repository.tree(ofCommit: tip)
            let owner = TreeAttributes(repository, tree, texts)
            try repository.walkTree(tree, seen: &seen) { entry in
                let item = TreeItem(mode: entry.mode, id: entry.id)
                guard let pointer = try repository.soundPointer(of: item, at: entry.path, owner: owner),
                    pointer.size > 0, named.insert(pointer.id).inserted
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
    private func remoteSuggestion(_ server: GitServer) throws -> String {
        guard let path = LocalOrigins.localPath(of: server.url, relativeTo: root), let name = path.lastComponent else {
            return "'vx remote add NAME URL' adds one"
        }
        let beside = path.removingLastComponent().appending("\(name.stem)-data")
        return
            "'vx remote add store \(typed: beside)' makes a folder beside git's the remote; commit vx.yaml, and push again"
    }

    /// The commits whose data is not known to be where it goes.
    ///
    /// What the server's references name now is needed, and no collection has taken it. What this clone remembers of the
    /// server proves nothing: a branch may have been deleted there, and its data collected. So the server is asked, once,
    /// where that makes a difference; where it does not answer, what is in doubt is looked for on the remote of the data.
    ///
    /// - Parameter told: what the server names now, as far as git has said it.
    private func unproven(
        _ tips: [GitObjectID], told: [GitObjectID], _ server: GitServer
    ) async throws -> [GitObjectID] {
        let told = try sentWhereDataGoesNow(told)
        let untold = try await commits(tips, without: told)
        if untold.isEmpty { return [] }
        let remembered = try sentWhereDataGoesNow(try tracked(server))
        if remembered.isEmpty { return untold }
        let hopeful = try await commits(tips, without: told + remembered)
        if hopeful.count == untold.count { return untold }
        let answer = try ServerReferences.asked(
            try address(of: server), "--heads --tags", for: repository, timeout: 20, cancellation: cancellation)
        guard case .known(let references) = answer else { return untold }
        return try await commits(
            tips, without: told + sentWhereDataGoesNow(references.map(\.id).filter { repository.hasObject($0) }))
    }

    /// What git asks to reach a server: a remote's name where that leads to the same place, for its other settings.
    private func address(of server: GitServer) throws(VxError) -> String {
        try repository.remotes().contains { $0.name == server.name && $0.url == server.url } ? server.name : server.url
    }

    /// What this clone remembers a server to have had when it last saw it.
    private func tracked(_ server: GitServer) throws(VxError) -> [GitObjectID] {
        var tips: [GitObjectID] = []
        for reference in try repository.references(withPrefix: "refs/remotes/\(server.name)/") {
            if let id = try repository.reference(reference) { tips.append(id) }
        }
        return tips
    }
}

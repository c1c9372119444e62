import VxConfig
import VxGit
import VxModel
import VxRemote

extension Workspace {
    /// Where the main lines of some commits begin, in hex.
    ///
    /// In a shallow clone their history seems to begin where it was cut off: every whole clone of the project has that commit too.
    func firstCommits(of tips: [GitObjectID]) async throws -> [String] {
        if tips.isEmpty { return [] }
        let output = try await GitProcess().check(
            "git could not find the first commit", ["rev-list", "--first-parent", "--max-parents=0", "--stdin"],
            in: root, input: Array(tips.map { "\($0.hex)\n" }.joined().utf8))
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
    }

    /// Refuses where a remote holds data of a history that no reference here leads to: nobody here can tell what that names.
    func requireOwnProjects(on backend: any RemoteBackend, named name: String) async throws {
        for first in try RemoteProjects(backend).all() where try await !isReferred(first) {
            throw VxError(
                .refused,
                "nothing was collected: '\(name)' also has data of a history that begins with \(first.prefix(10))",
                because:
                    "no branch or tag here contains that commit, and what its history names would be taken for garbage",
                hint:
                    "run 'git fetch --all --tags'; another project's needs a remote of its own, or its repository as a git remote here; 'vx gc --remote --forget \(typed: first.prefix(10))' if that history is no more"
            )
        }
    }

    private func isReferred(_ commit: String) async throws -> Bool {
        guard let id = GitObjectID(hex: commit), repository.hasObject(id) else { return false }
        let output = try await GitProcess().check(
            "git could not look for branches", ["for-each-ref", "--count=1", "--contains", commit], in: root)
        return !output.isEmpty
    }

    /// Takes a remote's note of a history away.
    ///
    /// - Parameter start: how its first commit's id begins.
    /// - Returns: the whole id.
    /// - Throws: `usage` where there is not just one.
    package func forgetProject(
        _ start: String, on entry: RemoteList.Entry, _ access: RemoteAccess
    ) throws -> String {
        let projects = RemoteProjects(try connect(entry, access))
        let all = try projects.all()
        let found = all.filter { $0.hasPrefix(start) }
        guard start.utf8.count >= 4, found.count == 1 else {
            throw VxError(
                .usage, "'\(entry.name)' has no note of one history that begins with '\(start)'",
                hint: all.isEmpty
                    ? "it has none at all" : "it has: \(all.map { String($0.prefix(10)) }.joined(separator: ", "))")
        }
        try projects.remove(found[0])
        return found[0]
    }
}

import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// What a command that works in a worktree of its own is to leave alone, as it was seen at one time.
struct Surroundings: Sendable, Equatable {
    /// What is seen of one file from outside.
    struct Seen: Sendable, Equatable {
        /// git's two letters.
        var letters: [UInt8]
        var status: FileStat?
    }

    private var files: [RepoPath: Seen]
    private var head: String
    /// What stands beside the command's worktree and is not another one: `../out` leads there.
    private var beside: Set<[UInt8]>
    private var parent: FilePath

    /// Looks at the user's work tree, with the files that git ignores, and at what `worktree` stands beside.
    static func look(
        around worktree: FilePath, _ workspace: Workspace, _ git: GitProcess
    ) async throws -> Surroundings {
        let parent = worktree.removingLastComponent()
        let worktrees = Set(try workspace.repository.worktrees().map(\.path))
        let names = try Files.unsortedNames(in: parent) ?? []
        return Surroundings(
            files: try await changes(in: workspace.root, ignored: true, git),
            head: "\(try workspace.repository.head())",
            beside: Set(
                names.filter {
                    Files.owner(ofTemporaryName: $0) == nil
                        && !worktrees.contains(parent.appending(RepoPath(bytes: $0)))
                }),
            parent: parent)
    }

    /// What stands in a work tree and is not as its commit has it.
    static func changes(in root: FilePath, ignored: Bool, _ git: GitProcess) async throws -> [RepoPath: Seen] {
        let status = try await git.check(
            "git could not look at \(root)",
            ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"]
                + (ignored ? ["--ignored"] : []), in: root)
        var found: [RepoPath: Seen] = [:]
        for line in status.split(separator: 0) {
            let path = RepoPath(bytes: Array(line.dropFirst(3)))
            found[path] = Seen(letters: Array(line.prefix(2)), status: try Files.status(root.appending(path)))
        }
        return found
    }

    /// What is not as it was, by name.
    func changed(since earlier: Surroundings) -> [String] {
        (head == earlier.head ? [] : ["HEAD"])
            + Set(files.keys).union(earlier.files.keys).filter { files[$0] != earlier.files[$0] }.sorted()
            .map(\.description)
            + beside.symmetricDifference(earlier.beside).map { "\(parent.appending(RepoPath(bytes: $0)))" }.sorted()
    }
}

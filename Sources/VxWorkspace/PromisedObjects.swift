import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Objects that a partial clone leaves out until something needs them. Brought here many at once: git by itself would make
/// one request for each.
struct PromisedObjects {
    let repository: Repository
    /// Where git is run.
    let directory: FilePath
    /// The git remotes that have promised them; none where the clone is whole.
    let remotes: [String]

    init(_ repository: Repository, in directory: FilePath) throws(VxError) {
        self.repository = repository
        self.directory = directory
        remotes = try repository.promisorRemotes()
    }

    /// Gets objects from the remotes that have promised them.
    ///
    /// - Throws: `refused` where one of them cannot be had.
    func fetch(_ ids: [GitObjectID]) async throws {
        var absent = ids
        var reasons: [String] = []
        var before = Int.max
        // A folder that has arrived may be what git needed to be given the rest.
        while absent.count < before {
            before = absent.count
            let answer = try repository.fetchPromised(absent, from: remotes)
            absent = answer.absent
            reasons += answer.reasons
            if absent.isEmpty { return }
        }
        throw Self.refusal(absent, reasons.first, remotes.first)
    }

    private static func refusal(_ absent: [GitObjectID], _ reason: String?, _ remote: String?) -> VxError {
        VxError(
            .refused,
            "this partial clone lacks \(absent.count == 1 ? "an object" : "\(absent.count) objects") of git's, the first \(absent[0])",
            because: reason ?? "no git remote has promised them",
            hint: remote.map {
                "see that the git remote '\($0)' answers, then repeat; 'git fetch --refetch --no-filter \(typed: $0)' makes the clone whole"
            })
    }

    /// Gets what some commits lead to, and those of `known` do not, as far as it was left out.
    ///
    /// - Throws: `refused` where some of it cannot be had.
    func fetch(reachableFrom tips: [GitObjectID], without known: [GitObjectID]) async throws {
        if remotes.isEmpty { return }
        let range = tips.map(\.hex) + known.map { "^\($0.hex)" }
        try await fetchMissing(["--objects"], range)
        // What a commit brings is told from its parent's folders, also where that parent is known.
        let boundary = try await list(["--boundary"], range).filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) }
        if !boundary.isEmpty { try await fetchMissing(["--objects", "--filter=blob:none", "--no-walk"], boundary) }
    }

    private func fetchMissing(_ options: [String], _ commits: [String]) async throws {
        // Folders first, then what they name.
        while true {
            let missing = try await list(options + ["--missing=print"], commits).filter { $0.hasPrefix("?") }
                .compactMap { GitObjectID(hex: String($0.dropFirst().prefix(40))) }
            if missing.isEmpty { return }
            try await fetch(missing)
        }
    }

    private func list(_ options: [String], _ commits: [String]) async throws -> [String] {
        let output = try await GitProcess().check(
            "git could not list what is not here", ["rev-list"] + options + ["--stdin"], in: directory,
            input: Array(commits.map { "\($0)\n" }.joined().utf8))
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

extension ContentRoots {
    /// Adds what the repositories name now, getting what a partial clone has left out.
    ///
    /// - Parameters:
    ///   - workspace: whose repository may be added to; what another lacks is not for us to get.
    ///   - repositories: gives each with its git folder.
    ///   - more: objects that something else names, looked for in all of them.
    /// - Throws: `refused` where something was left out and cannot be had: nobody knows what it names.
    func addWhole(
        _ paths: [FilePath], of workspace: Workspace, and more: [RootObject] = []
    ) async throws {
        for path in paths { try add(try workspace.open(path), at: path) }
        try add(more)
        let ours = workspace.repository.commonDirectory
        while let objects = absent[ours] {
            try await PromisedObjects(workspace.repository, in: workspace.root).fetch(objects)
            try addArrived()
        }
        try requireWhole()
    }

    /// - Throws: `refused` where a partial clone has left something out that leads on: nobody knows what it names.
    func requireWhole() throws {
        guard let (path, objects) = absent.min(by: { $0.key.string < $1.key.string }) else { return }
        throw VxError(
            .refused, "nothing was collected: the partial clone \(path) lacks \(objects.count) of its objects",
            because: "what they name would be taken for garbage",
            hint: "run 'vx gc --dry-run' there, which gets them, then repeat")
    }
}

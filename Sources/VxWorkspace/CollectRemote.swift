import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

extension Workspace {
    /// Takes off a remote what nothing names: neither this repository nor git's remotes as they are now. See
    /// ``VxRemote/RemoteCollection``.
    ///
    /// - Throws: `refused` where a git remote has something this clone has not fetched, or the remote has data of a history
    ///   that is not here: nobody here can tell what those name.
    package func collectRemote(
        _ options: GarbageOptions, on entry: RemoteList.Entry, _ access: RemoteAccess
    ) async throws -> RemoteCollectionReport {
        let grace = try options.grace ?? configuredGrace() ?? CollectionOptions.usualGrace
        let backend = try connect(entry, access)
        // Before anything is changed there: a wrong address may lead to a folder of somebody's.
        try RemoteMarker.require(backend)
        try requireWholeHistory()
        // Twice: what is pushed between the two is seen by the second, and stops it.
        try await requireFetched(try await advertisedObjects())
        try await requireOwnProjects(on: backend, named: entry.name)
        let collection = RemoteCollection(backend, store: store, cancellation: cancellation)
        let now = FileTime.now().seconds
        let roots = ContentRoots(
            notedAfter: now - max(grace, RemoteTrash.window), cancellation: cancellation)
        let path = repository.commonDirectory
        let advertised = try await advertisedObjects()
        try await roots.addWhole([path], of: self, and: advertised)
        // First: the collection's own puts would remove them and say nothing.
        let leftovers = try onRemote { () throws(RemoteError) in
            try backend.sweep(
                before: FileTime.now().seconds - max(grace, RemoteTrash.window), dryRun: options.dryRun)
        }
        var report = try collection.run(
            grace: grace, isExact: options.isExact, dryRun: options.dryRun, now: now
        ) {
            try roots.add(self.repository, at: path)
            try roots.add(advertised)
            try roots.requireWhole()
            return roots.contents
        }
        report.leftovers = leftovers
        return report
    }

    /// - Throws: `refused` where the history here ends before its beginning: what lies beyond names contents as well.
    private func requireWholeHistory() throws {
        if try repository.shallowCommits().isEmpty { return }
        let remotes = try repository.remotes().map(\.name)
        let commands = remotes.map { "'git fetch --unshallow \(typed: $0)'" }.joined(separator: " or ")
        throw VxError(
            .refused, "nothing was collected: this is a shallow clone, and its history is not whole",
            because: "what the commits that are not here name would be taken for garbage",
            hint: "run \(remotes.isEmpty ? "it in a whole clone" : commands), then repeat; or run it in a whole clone")
    }

    /// - Throws: `refused` where something that git's remotes have is not here.
    private func requireFetched(_ advertised: [RootObject]) async throws {
        let absent = advertised.filter { !repository.hasObject($0.id) }
        guard let first = absent.first else { return }
        throw VxError(
            .refused, "\(first.place) has something that is not here: \(first.id.short)",
            because: "what it names would be taken for garbage",
            hint: "run \(try await commandsFetching(absent).joined(separator: " and ")), then repeat")
    }

    /// What brings the objects here: git's usual fetch, as far as it is set to fetch the references that lead to them.
    private func commandsFetching(_ absent: [RootObject]) async throws -> [String] {
        var commands: [String] = []
        for remote in try repository.remotes() {
            let suffix = " of \(remote.name)"
            let names = absent.map(\.place).filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
            for name in names {
                let isUsual =
                    name == "HEAD" || name.hasPrefix("refs/tags/")
                    || remote.fetchesAll
                        && name.hasPrefix("refs/heads/")
                // 'refs/pull/7/head', say: all of them, for where there is one there are many.
                let folder = name.split(separator: "/").dropFirst().first.map(String.init) ?? name
                let target = folder == "heads" ? remote.name : "\(remote.name)/\(folder)"
                let command =
                    isUsual
                    ? "'git fetch --all --tags'"
                    : "\"git fetch \(remote.name) 'refs/\(folder)/*:refs/remotes/\(target)/*'\""
                if !commands.contains(command) { commands.append(command) }
            }
        }
        for url in try await servers().map(\.server) where absent.contains(where: { $0.place.hasSuffix(" of \(url)") })
        {
            let command = "\"git fetch '\(url)' 'refs/*:refs/pushed/*'\""
            if !url.isEmpty, try !repository.remotes().contains(where: { $0.name == url }) { commands.append(command) }
        }
        return commands
    }

    /// What the references of git's remotes lead to, as those say now.
    func advertisedObjects() async throws -> [RootObject] {
        var roots: [RootObject] = []
        for (server, name) in try await servers() {
            roots += try await GitProcess().stream(
                "cannot ask the git remote '\(name)' for its references",
                ["ls-remote", "--quiet", "--", server].map { Array($0.utf8) }, in: root,
                hint: "what it names must be known; 'git ls-remote \(typed: server)' shows what is wrong", into: []
            ) { (roots: inout [RootObject], line) in
                let words = String(decoding: line, as: UTF8.self).split(separator: "\t")
                // The commit of an annotated tag follows from the tag.
                guard words.count == 2, !words[1].hasSuffix("^{}"), let id = GitObjectID(hex: String(words[0])) else {
                    return
                }
                roots.append(RootObject(id: id, place: "\(words[1]) of \(name)", isRequired: true))
            }
        }
        return roots
    }

    /// Where git's remotes are: each by its name, and by its URL where it also pushes to another place than it fetches from.
    private func servers() async throws -> [(server: String, name: String)] {
        var servers: [(String, String)] = []
        for remote in try repository.remotes() {
            servers.append((remote.name, remote.name))
            func urls(_ kinds: [String]) async throws -> [String] {
                let output = try await GitProcess().check(
                    "cannot read where the git remote '\(remote.name)' is",
                    ["remote", "get-url"] + kinds + ["--all", "--", remote.name], in: root)
                return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
            }
            // git fetches from the first of them, and pushes to each.
            let fetched = try await urls([]).first
            for url in try await urls(["--push"]) where url != fetched { servers.append((url, url)) }
        }
        return servers
    }
}

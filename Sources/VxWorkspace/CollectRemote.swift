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
        // Twice: what is pushed between the two is seen by the second, and stops it.
        try await requireFetched()
        try await requireOwnProjects(on: backend, named: entry.name)
        let collection = RemoteCollection(backend, store: store, cancellation: cancellation)
        let advertised = try await advertisedObjects()
        // First: the collection's own puts would remove them and say nothing.
        let leftovers = try onRemote { () throws(RemoteError) in
            try backend.sweep(
                before: FileTime.now().seconds - max(grace, RemoteTrash.window), dryRun: options.dryRun)
        }
        var report = try collection.run(grace: grace, dryRun: options.dryRun, now: FileTime.now().seconds) {
            let roots = ContentRoots(cancellation: self.cancellation)
            let path = self.repository.commonDirectory
            try roots.add(try Repository(reading: path), at: path)
            try roots.add(advertised)
            return roots.contents
        }
        report.leftovers = leftovers
        return report
    }

    /// - Throws: `refused` where something that git's remotes have is not here.
    private func requireFetched() async throws {
        let absent = try await advertisedObjects().filter { !repository.hasObject($0.id) }
        if let first = absent.first {
            throw VxError(
                .refused, "\(first.place) has something that is not here: \(first.id.short)",
                because: "what it names would be taken for garbage", hint: "run 'git fetch --all --tags', then repeat")
        }
    }

    /// What the references of git's remotes lead to, as those say now.
    func advertisedObjects() async throws -> [RootObject] {
        var roots: [RootObject] = []
        for remote in try repository.remotes() {
            let output = try await GitProcess().check(
                "cannot ask the git remote '\(remote.name)' for its references", ["ls-remote", "--quiet", "--", remote.name],
                in: root, hint: "what it names must be known; 'git ls-remote \(remote.name)' shows what is wrong")
            for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
                let words = line.split(separator: "\t")
                // The commit of an annotated tag follows from the tag.
                guard words.count == 2, !words[1].hasSuffix("^{}"), let id = GitObjectID(hex: String(words[0])) else {
                    continue
                }
                roots.append(RootObject(id: id, place: "\(words[1]) of \(remote.name)", isRequired: true))
            }
        }
        return roots
    }
}

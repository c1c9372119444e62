import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

extension Workspace {
    /// Proves every pack of the store, and finds the files of every commit, of every reference, reflog and index, that damage
    /// hits.
    ///
    /// - Parameters:
    ///   - repair: whether to put damaged packs aside and look for good copies: in the store's quarantine and trash, in the
    ///     stores this one was cloned from, in the workspace, and on the remotes. Nothing is deleted.
    ///   - others: more repositories, or stores, to take good copies from.
    package func fsck(repair: Bool, from others: [FilePath] = []) throws -> FsckResult {
        let sources = try others.map { try otherStore($0) }
        repository.fetchesMissing = false
        defer { repository.fetchesMissing = true }
        var absent: Set<GitObjectID> = []
        let files = try namedFiles(&absent)
        var result = FsckResult(report: try store.verify(pool: pool, cancellation: cancellation))
        result.badPaths = try badPaths(&absent)
        result.absentObjects = absent
        result.isShallow = try !repository.shallowCommits().isEmpty
        result.files = files.count
        let damaged = store.contents(affectedBy: result.report.damagedIDs)
        let incomplete = Set(result.report.incomplete)
        let hasRemote = !configuration.remotes.entries.isEmpty
        let known = hasRemote ? try rememberedRemotes() : []
        let wasAsked = known.contains { $0.indexCount > 0 }
        var elsewhere: Set<ContentID> = []
        for (place, file, isHistory) in files {
            let id = file.pointer.id
            // A clone fetches what it lays down, and not what older commits name: that is the remote's matter. What damage
            // or a lost pack has taken is another.
            if hasRemote, !store.contains(id), !damaged.contains(id), !result.report.lost.contains(id) {
                let isRemembered = known.contains { $0.locate(id) != nil }
                if isRemembered { result.claimed.insert(id) }
                if isHistory, isRemembered || !wasAsked {
                    result.notFetched += 1
                    continue
                }
                if isRemembered {
                    if elsewhere.insert(id).inserted { result.elsewhereBytes.add(size: file.pointer.size) }
                    continue
                }
            }
            let isMissing = !store.contains(id) || incomplete.contains(id)
            guard isMissing || damaged.contains(id) else { continue }
            result.hits.append(.init(place: place, path: file.path, pointer: file.pointer, isMissing: isMissing))
        }
        result.elsewhere = elsewhere.count
        if repair { try self.repair(&result, from: sources) }
        return result
    }

    /// The store of the repository at `path`, or the store that is there itself.
    func otherStore(_ path: FilePath) throws -> FilePath {
        if try Files.isDirectory(path.appending("packs")) { return path }
        if let other = try attempting({ try Repository(discovering: path) }) {
            let found = try Self.storePath(of: other)
            if try Files.isDirectory(found.appending("packs")) { return found }
        }
        throw VxError(
            .usage, "there is no store at \(path)", hint: "name a repository with vx, or its folder '.git/vx'")
    }

    /// What the remotes held when this machine last asked them.
    private func rememberedRemotes() throws -> [RemoteCatalog] {
        guard let access else { return [] }
        return remotes.entries.compactMap { entry in
            // One whose options make no sense is the matter of the commands that use it.
            guard let backend = try? connect(entry, access) else { return nil }
            return RemoteCatalog.remembered(RemoteCatalog.cache(in: store, for: backend))
        }
    }
}

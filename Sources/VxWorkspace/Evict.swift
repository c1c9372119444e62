import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// How `vx evict` is to work.
package struct EvictOptions: Sendable {
    /// Only what commits have below these; everything where it is empty.
    package var paths: [RepoPath] = []
    /// Keep what the index and the commit of any worktree name.
    package var keepsCurrent = false
    package var dryRun = false
    /// What has to show that a pack on the remote is as it should be, as far as that can be had.
    package var proof = RemoteInspection.Proof.checksum

    package init() {}
}

/// What `vx evict` did.
package struct EvictResult: Sendable {
    /// Why a content stays.
    package enum Reason: String, Sendable, CaseIterable {
        /// No commit that git's remotes have names it: a collection on the remote would not know that it is needed.
        case notPublished = "not-published"
        /// The remote does not hold it, or what it holds does not prove right.
        case notOnRemote = "not-on-remote"
        /// A collection on the remote wants it gone.
        case marked
        /// The index or the commit of a worktree names it, and that was to stay.
        case current
        /// What is here does not prove to be the content, so that nothing on the remote can be held against it.
        case unproven
        /// A content that stays is made of the same chunks, or its pack cannot be written anew.
        case shared
    }

    /// Contents that went, and their bytes as files.
    package var evicted = 0
    package var evictedBytes: UInt64 = 0
    /// Bytes that the store is smaller by.
    package var freedBytes: UInt64 = 0
    /// Packs of the remote that were looked at and found right, by what showed it.
    package var packs: [RemoteInspection.Proof: Int] = [:]
    package var stays: [(reason: Reason, pointer: Pointer, path: RepoPath)] = []

    package init() {}
}

extension Workspace {
    /// Drops from the store what a remote is proven to hold: an index of the remote names every part of it, in a pack that is
    /// there, that proves right and that no collection has marked to go; and a commit that git's remotes have now names it, so
    /// that no collection will. Files of the workspace are left alone.
    ///
    /// - Throws: `refused` where other repositories use the store; where the remote or a git remote cannot be asked.
    package func evict(
        _ options: EvictOptions, to entry: RemoteList.Entry, _ access: RemoteAccess
    ) async throws -> EvictResult {
        try requireOwnStore()
        var result = EvictResult()
        let candidates = try provable(try await evictable(options, &result), options, &result)
        if candidates.isEmpty { return result }
        let backend = try connect(entry, access)
        var inspection = try RemoteInspection(
            backend, store: store, progress: access.progress, cancellation: cancellation)
        try inspection.prove(inspection.packs(holding: candidates.map(\.pointer.id)), by: options.proof)
        for proof in inspection.proofs.values { result.packs[proof, default: 0] += 1 }
        let pointers = candidates.map(\.pointer)
        let absent = try inspection.missing(pointers, takingMarked: true)
        let shaky = try inspection.missing(pointers, takingMarked: false)
        for content in candidates where shaky.contains(content.pointer.id) {
            let reason = absent.contains(content.pointer.id) ? EvictResult.Reason.notOnRemote : .marked
            result.stays.append((reason, content.pointer, content.path))
        }
        let going = candidates.filter { !shaky.contains($0.pointer.id) }
        if !going.isEmpty { try await drop(going, options, &result) }
        return result
    }

    /// Those whose recipe here is proven: the one on the remote is held against it. It was, when the content was added or
    /// fetched; where it came with a pack of another store, or every byte is to be read, it is proven now.
    private func provable(
        _ contents: [NamedContent], _ options: EvictOptions, _ result: inout EvictResult
    ) throws -> [NamedContent] {
        let unproven = try store.unproven(
            among: contents.map(\.pointer.id), trustingOwn: options.proof != .bytes, pool: pool,
            cancellation: cancellation)
        for content in contents where unproven.contains(content.pointer.id) {
            result.stays.append((.unproven, content.pointer, content.path))
        }
        return contents.filter { !unproven.contains($0.pointer.id) }
    }

    private func drop(_ going: [NamedContent], _ options: EvictOptions, _ result: inout EvictResult) async throws {
        let roots = ContentRoots(cancellation: cancellation)
        try await roots.addWhole([repository.commonDirectory], of: self)
        let report = try store.evict(
            Set(going.map(\.pointer.id)), dryRun: options.dryRun, cancellation: cancellation,
            named: {
                let path = self.repository.commonDirectory
                try roots.add(try self.open(path), at: path)
                return roots.contents
            })
        for content in going {
            if !options.dryRun, store.contains(content.pointer.id) {
                result.stays.append((.shared, content.pointer, content.path))
            } else {
                result.evicted += 1
                result.evictedBytes.add(size: content.pointer.size)
            }
        }
        result.freedBytes = report.freedBytes
    }

    /// What another clone has not fetched, and has no remote for, must not go with this one's wish.
    private func requireOwnStore() throws {
        let ours = try Self.entry(of: repository)
        let others = try StoreRegistry(store.root).entries().filter { $0 != ours }.map(\.path)
        let all = Set(others + (try repositoriesToRead()).filter { $0 != repository.commonDirectory })
        guard let other = all.min(by: { $0.string < $1.string }) else { return }
        throw VxError(
            .refused, "nothing was evicted: other repositories use the store \(store.root)",
            because: all.count == 1 ? "\(other) does" : "\(other) and \(all.count - 1) more do",
            hint:
                "'vx gc' takes out what none of them names; 'vx gc --forget PATH' takes one that is no more off the list"
        )
    }

    /// The contents in question that are here and that git's remotes know of.
    private func evictable(_ options: EvictOptions, _ result: inout EvictResult) async throws -> [NamedContent] {
        let published = try await publishedCommits()
        var tips = try allTips()
        if let head = try attempting({ try repository.findCommit("HEAD") }) ?? nil { tips.append(head) }  // a branch without a commit
        let current = options.keepsCurrent ? try currentContents() : []
        var candidates: [NamedContent] = []
        var seen: Set<ContentID> = []
        let known = try await contents(namedBy: published, without: [], inside: options.paths)
        let unpublished = try await contents(namedBy: tips, without: published, inside: options.paths)
        let staged = try dataFiles(nil, inside: options.paths)
        if known.isEmpty, unpublished.isEmpty, staged.isEmpty, !options.paths.isEmpty {
            throw Self.noDataFile(at: options.paths)
        }
        for content in known where store.contains(content.pointer.id) {
            seen.insert(content.pointer.id)
            if current.contains(content.pointer.id) {
                result.stays.append((.current, content.pointer, content.path))
            } else {
                candidates.append(content)
            }
        }
        func stays(_ pointer: Pointer, _ path: RepoPath) {
            guard store.contains(pointer.id), seen.insert(pointer.id).inserted else { return }
            result.stays.append((.notPublished, pointer, path))
        }
        for content in unpublished { stays(content.pointer, content.path) }
        for file in staged { stays(file.pointer, file.path) }
        return candidates
    }

    /// The commits that git's remotes have now, as far as they are here. Without any git remote, those of all branches and
    /// tags: whoever clones this repository gets them.
    private func publishedCommits() async throws -> [GitObjectID] {
        if try repository.remotes().isEmpty { return try allTips() }
        return try await advertisedObjects().compactMap { object in
            guard repository.hasObject(object.id) else { return nil }
            // A tag of a tree or a blob names no files of a commit.
            return try attempting { try repository.findCommit("\(object.id.hex)^{commit}") } ?? nil
        }
    }

    /// What the index and the commit of any worktree name.
    private func currentContents() throws -> Set<ContentID> {
        var files = try dataFiles(nil)
        for tree in try repository.worktrees() {
            if let commit = tree.commit { files += try dataFiles(commit) }
        }
        return Set(files.map(\.pointer.id))
    }
}

import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What `vx fsck` found, and what it healed.
package struct FsckResult: Sendable {
    /// A data file whose content cannot be had as it should be.
    package struct Hit: Sendable {
        /// Where it is named: a reference, `HEAD`, `index`, or, where only an older commit or a reflog leads there, a commit.
        package var place: String
        package var path: RepoPath
        package var pointer: Pointer
        /// `false` where the content is here and wrong.
        package var isMissing: Bool
    }

    /// A path that a reference's tree names and that nothing may be written at.
    package struct BadPath: Sendable {
        /// The reference.
        package var place: String
        package var path: RepoPath
        package var fault: PathFault
    }

    package var report: StoreReport
    package var badPaths: [BadPath] = []
    /// Files that are hit, before any repair; each path of each place once.
    package var hits: [Hit] = []
    /// Where damaged packs were moved to.
    package var quarantined: [FilePath] = []
    /// Data files looked at, in all commits.
    package var files = 0
    /// Contents that only older commits or reflogs name, and that are not here, where a remote had them when it was last
    /// asked, or has never been asked.
    package var notFetched = 0
    /// Contents that a branch, a tag or the index names and that are not here, where a remote had them when it was last
    /// asked; each once, with their bytes.
    package var elsewhere = 0
    package var elsewhereBytes: UInt64 = 0
    /// Contents that are not here, and that a remote had when it was last asked: nobody's word is enough to leave them be where
    /// a repair finds them on this machine.
    var claimed: Set<ContentID> = []
    /// Of those, the ones that a repair found on this machine.
    package var reclaimed = 0
    /// Packs that came back from the store's trash.
    package var restoredPacks = 0
    /// Packs that came back from the store's quarantine, or gave what proved right.
    package var returnedPacks = 0
    /// Packs taken from other stores: those of the repositories this one was cloned from, and those that were named.
    package var linkedPacks = 0
    /// Contents added again from files of the workspace.
    package var rescued: [RepoPath] = []
    /// Contents fetched from remotes.
    package var fetched = 0
    /// Remotes that could not be asked.
    package var problems: [VxError] = []
    /// Objects of git's that a partial clone has left out: what they name was not looked at.
    package var absentObjects: Set<GitObjectID> = []
    /// Whether the history here ends before its beginning: what lies beyond was not looked at.
    package var isShallow = false
    /// Contents that were hit and are whole again.
    package var healed: Set<ContentID> = []

    /// What is still hit after the repair, if there was one.
    package var remaining: [Hit] { hits.filter { !healed.contains($0.pointer.id) } }
}

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
                    if elsewhere.insert(id).inserted { result.elsewhereBytes += file.pointer.size }
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

    /// The paths of every reference's tree, remote ones too, that nothing may be written at: each with the first that has it.
    ///
    /// - Parameter absent: gets the trees that a partial clone has not got whole, and that are not looked at.
    private func badPaths(_ absent: inout Set<GitObjectID>) throws -> [FsckResult.BadPath] {
        let paths = TreePaths(repository)
        let isPartial = try !repository.promisorRemotes().isEmpty
        var found: [FsckResult.BadPath] = []
        var seen: Set<GitObjectID> = []
        for name in try ["HEAD"] + repository.references(withPrefix: "refs/") {
            try cancellation.check()
            // A tag of a tree or a blob is nothing to check out.
            guard let commit = try? repository.findCommit(name) else { continue }
            let tree = try repository.tree(ofCommit: commit)
            guard seen.insert(tree).inserted else { continue }
            do throws(VxError) {
                found += try paths.findings(in: tree).map { .init(place: name, path: $0.path, fault: $0.fault) }
            } catch {
                guard isPartial else { throw error }
                absent.insert(tree)
            }
        }
        return found
    }

    /// The data files of all tips, under the name of each, then those that only history or a reflog still has, each content
    /// once.
    ///
    /// - Parameter absent: gets what a partial clone has left out.
    private func namedFiles(
        _ absent: inout Set<GitObjectID>
    ) throws -> [(place: String, file: DataFile, isHistory: Bool)] {
        var files = try filesOfAllTips(&absent).map { ($0.place, $0.file, false) }
        var known = Set(files.map(\.1.pointer.id))
        let walk = try ObjectWalk(repository)
        let texts = AttributeTexts()
        for root in try repository.rootObjects() {
            try walk.walk(from: root, cancellation: cancellation) { file in
                // What no commit leads to and has LFS's form is LFS's.
                let tree = try file.commit.map { try repository.tree(ofCommit: $0) }
                let owner: any PathOwner = tree.map { TreeAttributes(repository, $0, texts) } ?? NoAttributes()
                let item = TreeItem(mode: .regular, id: file.id)
                guard let pointer = try repository.soundPointer(of: item, at: file.path, owner: owner),
                    known.insert(pointer.id).inserted
                else { return }
                let place = file.commit?.short ?? root.place
                files.append((place, DataFile(path: file.path, pointer: pointer, isExecutable: false), true))
            }
        }
        absent.formUnion(walk.absent)
        return files
    }

    /// The data files of all the tips, under the name of each.
    private func filesOfAllTips(_ absent: inout Set<GitObjectID>) throws -> [(place: String, file: DataFile)] {
        let isPartial = try !repository.promisorRemotes().isEmpty
        func isHere(_ id: GitObjectID) -> Bool {
            if !isPartial || repository.hasObject(id) { return true }
            absent.insert(id)
            return false
        }
        var tips: [(name: String, commit: GitObjectID)] = []
        for name in try repository.branches() {
            if let commit = try repository.reference("refs/heads/\(name)") { tips.append((name, commit)) }
        }
        for name in try repository.tags() {
            // A tag of a tree or a blob names no files of a commit.
            if let commit = try attempting({ try repository.findCommit("refs/tags/\(name)") }) ?? nil { tips.append((name, commit)) }
        }
        if case .detached(let commit) = try repository.head() { tips.append(("HEAD", commit)) }
        var files: [(String, DataFile)] = []
        let texts = AttributeTexts()
        for tip in tips {
            try cancellation.check()
            let tree = try repository.tree(ofCommit: tip.commit)
            let owner = TreeAttributes(repository, tree, texts)
            try repository.walkTree(tree, where: isHere) { entry in
                let item = TreeItem(mode: entry.mode, id: entry.id)
                guard entry.mode.isFile, isHere(entry.id),
                    let pointer = try repository.soundPointer(of: item, at: entry.path, owner: owner)
                else { return }
                files.append((tip.name, DataFile(path: entry.path, pointer: pointer, isExecutable: false)))
            }
        }
        let index = try repository.readIndex()
        let owner = try FilterRules(self, index)
        for entry in index.entries where entry.stage == 0 && entry.mode.isFile {
            guard isHere(entry.id),
                let pointer = try repository.soundPointer(of: entry.item, at: entry.path, owner: owner)
            else { continue }
            files.append(("index", DataFile(path: entry.path, pointer: pointer, isExecutable: false)))
        }
        return files
    }

    // MARK: - Repair

    private func repair(_ result: inout FsckResult, from others: [FilePath]) throws {
        let wanted = Set(result.hits.map(\.pointer.id))
        let sought = wanted.union(result.claimed)
        try setAside(&result)
        result.returnedPacks = try store.takeBack(sought, pool: pool, cancellation: cancellation)
        if !sought.isEmpty {
            result.restoredPacks = try store.restoreFromTrash(sought)
            if try sought.contains(where: { try !store.isComplete($0) }) {
                for other in others { result.linkedPacks += try store.link(from: other) }
            }
            if try wanted.contains(where: { try !store.isComplete($0) }) {
                result.linkedPacks += try LocalOrigins(repository, root: root).link(into: store)
            }
            // What came along is believed no more than what was here.
            try store.expelLies(about: sought, cancellation: cancellation)
            try rescue(wanted.filter { try !store.isComplete($0) }, &result)
            try fetchHits(&result)
        }
        try store.refresh()
        result.healed = try wanted.filter { try store.isComplete($0) }
        result.reclaimed = try result.claimed.count { try store.isComplete($0) }
    }

    private func fetchHits(_ result: inout FsckResult) throws {
        guard let access else { return }
        var seen: Set<ContentID> = []
        let absent = try result.hits.map(\.pointer).filter {
            try seen.insert($0.id).inserted && !store.isComplete($0.id)
        }
        if absent.isEmpty { return }
        result.problems = try fetchFromRemotes(absent, access)
        result.fetched = try absent.count { try store.isComplete($0.id) }
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

    /// Alone: a collector must not count on a pack that is put aside meanwhile.
    private func setAside(_ result: inout FsckResult) throws {
        if result.report.damaged.isEmpty, result.report.catalogProblem == nil { return }
        let lock = try store.maintenance()
        defer { withExtendedLifetime(lock) {} }
        for pack in result.report.damaged {
            if let aside = try store.salvage(
                pack.pack, wrongRecipes: pack.wrongRecipes, cancellation: cancellation)
            {
                result.quarantined.append(aside)
            }
        }
        if result.report.catalogProblem != nil { try store.rebuildCatalog() }
    }

    /// Adds contents again from files of the workspace that still hold them: often the only other copy there is.
    private func rescue(_ wanted: Set<ContentID>, _ result: inout FsckResult) throws {
        var wanted = wanted
        let session = try store.session(pool: pool, cancellation: cancellation)
        do {
            let lane = try session.lane()
            let places = Places(root)
            for hit in result.hits.sorted(by: { $0.path < $1.path }) where wanted.contains(hit.pointer.id) && hit.path.fault() == nil {
                let location = root.appending(hit.path)
                guard let status = try places.status(hit.path), status.kind == .regular,
                    status.size == hit.pointer.size,
                    // Proven before it is stored, so that nothing useless lands in the store.
                    try ContentHasher.id(of: OpenFile.reading(location), cancellation: cancellation) == hit.pointer.id
                else { continue }
                guard try store(location, lane) == hit.pointer.id else { continue }
                wanted.remove(hit.pointer.id)
                result.rescued.append(hit.path)
            }
            try session.finish()
        } catch {
            session.abandon()
            throw error
        }
    }

    private func store(_ location: FilePath, _ lane: StoreLane) throws -> ContentID {
        let file = try OpenFile.reading(location, followSymlinks: false)
        let (id, _) = try lane.add { try file.read(into: $0) }
        return id
    }
}

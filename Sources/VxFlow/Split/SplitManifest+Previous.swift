import VxGit
import VxModel

/// The division before, as its manifest tells of it.
extension SplitManifest {
    /// What the next division, and a check, needs of the one before.
    struct Previous {
        var rule: JSONValue
        var commit: GitObjectID?
        /// The folder of the sides; missing in older manifests.
        var into: RepoPath?
        var cuts: [String]?
        var sources: Set<Source>
        var revision: Int
        var divided: [RepoPath: Division] = [:]
        var remaining: [RepoPath: [String: Int]] = [:]
        var replaced: [Replaced] = []
        var equalAcross: Set<ContentID> = []
        var withdrawn: [String: [UInt64]] = [:]
        /// Whether the sides are not those that it tells of, and every source is to be read once more: it was merged with another,
        /// or put on it, of which nothing but ``withdrawn`` is in it.
        var differs = false
        /// Whether the commit lacks it, and it is from one before.
        var isGone = false
        /// The folder of each side as it was written; missing in older manifests.
        var trees: [String: GitObjectID?] = [:]

        /// Whether the examples are rows.
        var isByRow: Bool { rule["by"] == "row" }

        /// The sides whose files, in a tree, are others than the division wrote.
        func changedSides(in tree: GitObjectID, _ folder: RepoPath, _ repository: Repository) throws -> [String] {
            try trees.keys.sorted().filter {
                try repository.entry(at: folder.appending($0), inTree: tree)?.id != trees[$0].flatMap { $0 }
            }
        }

        /// Whether some sides are those of a division that was put on another: what a commit changes of them is as its manifest
        /// has it, and the rest is as it was there. Where the folder that the manifest names is not here, a manifest of its own
        /// has to do.
        func isRebased(
            _ sides: [String], _ tree: GitObjectID, onto parent: GitObjectID, _ folder: RepoPath,
            _ repository: Repository
        ) throws -> Bool {
            guard let before = try repository.entry(at: FlowFiles.split, inTree: parent)?.id,
                try before != repository.entry(at: FlowFiles.split, inTree: tree)?.id
            else { return false }
            let changes = try repository.diffTrees(parent, tree)
            return try sides.allSatisfy { side in
                let folder = folder.appending(side)
                let written = trees[side].flatMap { $0 }
                if let written, !repository.hasObject(written) { return true }
                return try changes.filter { $0.path.isInside(folder) }.allSatisfy { change in
                    let name = RepoPath(bytes: Array(change.path.bytes.dropFirst(folder.bytes.count + 1)))
                    return try change.new?.id == written.flatMap { try repository.entry(at: name, inTree: $0)?.id }
                }
            }
        }
    }

    /// The division before; `nil` where there is none.
    ///
    /// - Throws: `corrupt` where there is one that cannot be read.
    static func previous(in tree: GitObjectID, _ repository: Repository) throws -> Previous? {
        guard let entry = try repository.entry(at: FlowFiles.split, inTree: tree), entry.mode.isFile,
            let bytes = try repository.blob(entry.id, limit: 1 << 30)
        else { return nil }
        return try previous(decoding: bytes)
    }

    /// The division before, by a branch's commit. Where that has merged divisions, or one was put on another by a rebase, git
    /// has kept one manifest: what the others remember is in it again.
    ///
    /// - Parameter folder: that of the sides.
    /// - Throws: `corrupt` where there is one that cannot be read.
    static func previous(
        at commit: GitObjectID, _ folder: RepoPath, _ repository: Repository
    ) throws -> Previous? {
        let last = try self.last(commit, folder, repository)
        let start = try Origin(of: last, repository)
        guard var previous = try self.previous(in: start.commit.tree, repository) else { return nil }
        previous.isGone = last != commit
        var open = try start.parts(previous, folder, repository)
        previous.differs = !open.isEmpty
        var seen: Set<GitObjectID> = []
        while let parent = open.popLast() {
            let origin = try Origin(of: parent, repository)
            guard seen.insert(origin.commit.id).inserted,
                let other = try self.previous(in: origin.commit.tree, repository)
            else { continue }
            // A merge has the manifest of one that it merges.
            if origin.commit.parents.count < 2 { previous.withdrawn.merge(other.withdrawn) { $0 + $1 } }
            open += try origin.parts(other, folder, repository)
        }
        return previous
    }

    /// The newest commit that has a manifest, where somebody has removed it and left the sides; else the commit itself.
    private static func last(
        _ commit: GitObjectID, _ folder: RepoPath, _ repository: Repository
    ) throws -> GitObjectID {
        var last = commit
        while true {
            let info = try repository.commitInfo(last)
            if try repository.entry(at: FlowFiles.split, inTree: info.tree) != nil { return last }
            guard try repository.entry(at: folder, inTree: info.tree) != nil, let parent = info.parents.first,
                repository.hasObject(parent)
            else { return commit }
            last = parent
        }
    }

    /// The commit that a commit has its manifest from.
    private struct Origin {
        let commit: CommitInfo
        /// The parents that have a manifest, with it.
        private let parents: [(commit: GitObjectID, manifest: GitObjectID)]

        /// Passes over commits that left the manifest as it was, and merges of what has none; what is not here, as in a shallow
        /// clone, ends it.
        init(of start: GitObjectID, _ repository: Repository) throws {
            var info = try repository.commitInfo(start)
            var manifest = try repository.entry(at: FlowFiles.split, inTree: info.tree)?.id
            while true {
                var parents: [(commit: GitObjectID, manifest: GitObjectID)] = []
                if manifest != nil {
                    for parent in info.parents where repository.hasObject(parent) {
                        let tree = try repository.tree(ofCommit: parent)
                        guard let found = try repository.entry(at: FlowFiles.split, inTree: tree) else { continue }
                        parents.append((parent, found.id))
                    }
                }
                guard parents.count == 1, parents[0].manifest == manifest, info.parents.allSatisfy(repository.hasObject)
                else {
                    (commit, self.parents) = (info, parents)
                    return
                }
                info = try repository.commitInfo(parents[0].commit)
                manifest = parents[0].manifest
            }
        }

        /// The parents whose divisions are in it, and of which its manifest does not tell, or tells of one only.
        func parts(_ manifest: Previous, _ folder: RepoPath, _ repository: Repository) throws -> [GitObjectID] {
            if commit.parents.count > 1 { return parents.map(\.commit) }
            guard let parent = parents.first?.commit else { return [] }
            let changed = try manifest.changedSides(in: commit.tree, folder, repository)
            if changed.isEmpty { return [] }
            let before = try repository.tree(ofCommit: parent)
            return try manifest.isRebased(changed, commit.tree, onto: before, folder, repository) ? [parent] : []
        }
    }

    /// The division a manifest tells of.
    ///
    /// - Throws: `corrupt` where it cannot be read.
    static func previous(decoding bytes: [UInt8]) throws -> Previous {
        guard let value = try? JSONValue.parse(bytes), value["format"]?.stringValue == format, let rule = value["rule"],
            case .array(let listed)? = value["sources"]
        else {
            throw VxError(
                .corrupt, "\(FlowFiles.split) cannot be read", because: "it is no \(format)",
                hint: "put a good one back with 'git checkout COMMIT -- \(typed: FlowFiles.split)'")
        }
        var cuts: [String]?
        if case .array(let values)? = value["cuts"] { cuts = values.compactMap(\.stringValue) }
        func number(_ value: JSONValue?) -> Int? {
            if case .integer(let number)? = value { Int(clamping: number) } else { nil }
        }
        func oid(_ value: JSONValue?) -> ContentID? {
            value?.stringValue.flatMap { ContentID(hex: String($0.dropFirst(7))) }
        }
        func path(_ value: JSONValue?) throws(VxError) -> RepoPath? {
            guard let text = value?.stringValue else { return nil }
            let named = RepoPath(printed: text)
            if let fault = named.fault() { throw fault.error(named, in: "\(FlowFiles.split)") }
            return named
        }
        func items(_ name: String) -> [JSONValue] { if case .array(let items)? = value[name] { items } else { [] } }
        var previous = Previous(
            rule: rule, commit: value["source"]?["commit"]?.stringValue.flatMap { GitObjectID(hex: $0) }, cuts: cuts,
            sources: [], revision: number(value["revision"]) ?? 1)
        previous.into = try path(value["into"])
        for item in listed {
            guard let path = try path(item["path"]), let id = oid(item["oid"]) else { continue }
            previous.sources.insert(Source(path: path, id: id))
            guard let rows = number(item["rows"]) else { continue }
            previous.divided[path] = Division(
                id: id, rows: rows, repeated: number(item["repeated"]) ?? 0, leftOut: number(item["leftOut"]) ?? 0)
        }
        for item in items("remaining") {
            guard let path = try path(item["path"]), case .object(let sides)? = item["sides"] else { continue }
            previous.remaining[path] = sides.compactMapValues(number)
        }
        for item in items("replaced") {
            guard let path = try path(item["path"]), let was = oid(item["was"]) else { continue }
            previous.replaced.append(Replaced(path: path, was: was, id: oid(item["oid"])))
        }
        previous.equalAcross = Set(items("equalAcross").compactMap { oid($0) })
        if case .object(let sides)? = value["sides"] {
            for (name, side) in sides {
                guard let tree = side["tree"] else { continue }
                previous.trees.updateValue(tree.stringValue.flatMap { GitObjectID(hex: $0) }, forKey: name)
            }
        }
        if case .object(let sides)? = value["withdrawn"] {
            previous.withdrawn = sides.mapValues { listed in
                guard case .array(let values) = listed else { return [] }
                return values.compactMap { $0.stringValue.flatMap { UInt64($0, radix: 16) } }
            }
        }
        return previous
    }
}

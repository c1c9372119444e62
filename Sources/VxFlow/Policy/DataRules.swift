import VxConfig
import VxGit
import VxModel

/// The rules of main, raw and monitoring, and those of every branch: about large blobs and about paths.
extension PolicyCheck {
    /// Files of vx's own that describe data and grow with it.
    private func isOwnRecord(_ path: RepoPath) -> Bool {
        path.isInside(Self.snapshots) || path.isInside(FlowFiles.folder) || path.isInside(configuration.tracking.path)
    }

    private static let snapshots: RepoPath = "snapshots"

    func checkBlobSizes(_ candidate: Candidate, _ branch: String) throws {
        let limit = configuration.policy.blobLimit
        for change in try reader.ownChanges(candidate) {
            guard let item = change.new, item.mode.isFile, change.old?.id != item.id, !isOwnRecord(change.path) else {
                continue
            }
            let size = try repository.blobSize(item.id)
            guard size > limit else { continue }
            add(
                .blobSize, on: branch, candidate.id, change.path,
                "\(change.path) has \(ByteCount.text(size)) in git itself; the limit is \(ByteCount.text(limit))",
                wayOut: try wayOut(ofLarge: change.path, on: branch))
        }
    }

    /// What leads on, and not into the next rule: where data comes in through raw, it is taken nowhere else but as a batch, and
    /// what a dev branch holds goes to stable as well.
    private func wayOut(ofLarge path: RepoPath, on branch: String) throws -> String {
        let asData = "'git rm --cached \(typed: path)', then 'vx ingest \(typed: path)'"
        switch configuration.role(ofBranch: branch) {
        case .main where try followsRoad(.mainNoData), .dev where try followsRoad(.stableNoData),
            nil where try followsRoad(.stableNoData):
            if path.bytes.suffix(6).elementsEqual(".ipynb".utf8) {
                return
                    "clear its outputs: 'jupyter nbconvert --clear-output --inplace \(typed: path)', then 'git add \(typed: path)'; to keep them here only: 'git rm --cached \(typed: path)', and its name into .gitignore"
            }
            return
                "if nobody else needs it: 'git rm --cached \(typed: path)', and its name into .gitignore; data goes to raw: \(asData)"
        case .stable where try followsRoad(.stableNoData):
            return
                "'git rm --cached \(typed: path)'; 'vx snapshot --model \(typed: path)' commits it as a model, and what else nobody needs goes into .gitignore"
        case .raw: return asData
        default: return "give it to vx: 'git rm --cached \(typed: path)', then 'vx add \(typed: path)'"
        }
    }

    /// git's index never holds such a path, but a tree made by hand does.
    func checkPaths(_ candidate: Candidate, _ branch: String) throws {
        for change in try reader.ownChanges(candidate) {
            guard let new = change.new, let fault = change.path.fault(isSymlink: new.mode == .symlink) else { continue }
            let undo =
                candidate.parents.first.map { "'git reset --hard \(typed: $0.short)' there" } ?? "delete the branch"
            add(
                .pathsSafe, on: branch, candidate.id, change.path,
                "\(change.path.printable) is a path that git and vx write nothing at: \(fault.reason)",
                wayOut: "take the commit off '\(branch)' (\(undo)), and make it anew without that path")
        }
    }

    func checkMain(_ candidate: Candidate, _ branch: String, noData: Bool) throws {
        if noData, candidate.isOnFirstParentLine {
            for change in try reader.changes(candidate) where try reader.newPointer(change, candidate) != nil {
                if try reader.oldPointer(change, candidate) != nil { continue }
                add(
                    .mainNoData, on: branch, candidate.id, change.path, "\(change.path) is a data file",
                    wayOut:
                        "take it out with 'git rm --cached \(typed: change.path)', and name it in .gitignore if nobody else needs it; data goes to raw: 'vx ingest \(typed: change.path)'"
                )
            }
        }
        for position in candidate.parents.indices {
            for change in try reader.changes(candidate, parent: position)
            where change.path.isInside(configuration.tracking.path) && change.old != nil {
                let verb = change.new == nil ? "deleted" : "changed"
                let parent = candidate.parents[position].short
                add(
                    .recordsKept, on: branch, candidate.id, change.path, "\(change.path) is \(verb)",
                    wayOut: "put it back with 'git checkout \(typed: parent) -- \(typed: change.path)'")
            }
        }
    }

    /// No data file of any parent is changed, moved or deleted. Every parent counts, so that no merge drops what one of
    /// its sides had.
    func checkAppendOnly(_ rule: PolicyRule, _ candidate: Candidate, _ branch: String) throws {
        func report(_ change: TreeChange, _ what: String, _ position: Int) {
            let parent = candidate.parents[position].short
            add(
                rule, on: branch, candidate.id, change.path, "\(change.path) is \(what)",
                wayOut:
                    "put it back with 'git checkout \(typed: parent) -- \(typed: change.path)', and add what is new under another name"
            )
        }
        for position in candidate.parents.indices {
            let changes = try reader.changes(candidate, parent: position)
            var added: [ContentID: RepoPath] = [:]
            for change in changes where change.old == nil {
                if let pointer = try reader.newPointer(change, candidate) { added[pointer.id] = change.path }
            }
            for change in changes {
                guard let old = try reader.oldPointer(change, candidate, parent: position) else {
                    if try isFilled(change, candidate) { report(change, "filled: it was empty", position) }
                    continue
                }
                let what: String
                switch try reader.newPointer(change, candidate) {
                case nil where change.new == nil:
                    what = added[old.id].map { "moved to \($0)" } ?? "deleted"
                case nil:
                    if try isEmpty(change.new), try mends(change, in: candidate.parents[position]) { continue }
                    what = "replaced by a file that git itself holds"
                case let new?:
                    if try new.id == old.id || mends(change, in: candidate.parents[position]) { continue }
                    what = "changed"
                }
                report(change, what, position)
            }
        }
    }

    /// Whether a file that was empty, which has no pointer, is a data file now.
    private func isFilled(_ change: TreeChange, _ candidate: Candidate) throws -> Bool {
        try isEmpty(change.old) && reader.newPointer(change, candidate) != nil
    }

    private func isEmpty(_ item: TreeItem?) throws -> Bool {
        guard let item, item.mode.isFile else { return false }
        return try repository.blobSize(item.id) == 0
    }

    /// Whether a change puts back what the parent itself had changed against the rule: that is the way out. Where the
    /// parent had put something back by this, undoing that is a change like any other.
    private func mends(_ change: TreeChange, in parent: GitObjectID) throws -> Bool {
        var mended: [GitObjectID] = [parent]
        // Turn by turn back through a history that goes to and fro between two contents.
        var (put, taken) = (change.new?.id, change.old?.id)
        while let commit = mended.last {
            guard
                let earlier = try repository.commitInfo(commit).parents.first(where: {
                    try repository.entry(at: change.path, inTree: repository.tree(ofCommit: $0))?.id == put
                })
            else { break }
            mended.append(earlier)
            (put, taken) = (taken, put)
        }
        return mended.count.isMultiple(of: 2)
    }

    /// The data files a commit adds by itself.
    private func addedData(_ candidate: Candidate) throws -> [RepoPath] {
        try reader.ownChanges(candidate).filter { try $0.old == nil && reader.newPointer($0, candidate) != nil }.map(
            \.path)
    }

    private static func list(_ paths: [RepoPath]) -> String {
        guard let first = paths.first else { return "nothing" }
        return paths.count == 1 ? "\(first)" : "\(first) and \(paths.count - 1) more"
    }

    func checkSource(_ candidate: Candidate, _ branch: String) throws {
        guard let trailers = candidate.trailers, trailers["Source"].isEmpty else { return }
        let added = try addedData(candidate)
        if added.isEmpty { return }
        add(
            .rawSource, on: branch, candidate.id, nil, "the message does not say where \(Self.list(added)) came from",
            wayOut:
                "end it with a line 'Source: WHERE': 'git commit --trailer \"Source: WHERE\"' ('--amend' to mend it)")
    }

    func checkModel(_ candidate: Candidate, _ branch: String) throws {
        guard let trailers = candidate.trailers else { return }
        let added = try addedData(candidate)
        if added.isEmpty { return }
        let named = trailers[FlowFiles.model]
        if named.isEmpty {
            return add(
                .monitoringModel, on: branch, candidate.id, nil,
                "the message does not name the model of \(Self.list(added))",
                wayOut:
                    "end it with a line 'Model: TAG': 'git commit --trailer \"Model: TAG\"' ('--amend' to mend it); 'vx runs' lists the tags"
            )
        }
        for tag in named where try !isTag(tag) {
            add(
                .monitoringModel, on: branch, candidate.id, nil, "there is no tag '\(tag)'",
                wayOut: repository.isBare
                    ? "push the tag with the branch: 'git push REMOTE \(typed: branch) \(typed: tag)'; 'vx runs' lists the snapshots' tags"
                    : "name a snapshot's tag ('vx runs' lists them); 'git fetch --tags' gets new ones")
        }
    }
}

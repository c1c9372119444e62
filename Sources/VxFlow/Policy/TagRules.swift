import VxConfig
import VxGit
import VxModel

/// The rule of tags. What a tag has to name is said by the run record of its snapshot, on every clone and offline; of
/// other tags, and of a tag that is not here, only the remote knows.
extension PolicyCheck {
    /// Whether there is a tag to look at, here or in a run record.
    package var hasTags: Bool {
        get throws {
            guard configuration.policy.severity(of: .tagKept) != .off else { return false }
            return try !recordedTags.get().isEmpty || !repository.tags().isEmpty
        }
    }

    /// Holds every tag that is here, or that a run record names, against the records and the remote.
    package func checkTags(_ published: PublishedTags) throws -> PolicyReport {
        report = PolicyReport()
        let recorded = try recordedTags.get()
        let names = Set(try repository.tags()).union(recorded.keys).sorted()
        report.tags = names.count
        var absent: [String] = []
        for name in names {
            let id = try repository.reference("refs/tags/\(name)")
            let here = try id.map { try commit(of: $0) }
            let there = published[name]
            guard let kept = recorded[name] else {
                if let id, let there, there.id != id { addTag(name, kept: there.commit, now: here, .intact, published) }
                continue
            }
            if let here, here != kept {
                addTag(name, kept: kept, now: here, there?.commit == kept ? .intact : .gone, published)
            } else if let there, there.commit != kept {
                addTag(name, kept: kept, now: there.commit, here == nil ? .gone : .local, published)
            } else if let id, let there, there.id != id {
                addTag(name, kept: kept, now: here, .intact, published)
            } else if id == nil, published.tellsAll, there == nil {
                addTag(name, kept: kept, now: nil, .gone, published)
            } else if id == nil {
                absent.append(name)
            }
        }
        report.notes = Self.notes(absent, published, isAnyTag: !names.isEmpty)
        return report
    }

    /// Whether there is a tag of that name: here, in what a push brings, or in a run record, the tag of which git sends with its
    /// next push where it was not told to send it with this one.
    func isTag(_ name: String) throws -> Bool {
        if try repository.reference("refs/tags/\(name)") != nil { return true }
        if arriving.contains(where: { $0.name == "refs/tags/\(name)" && $0.new != nil }) { return true }
        return try recordedTags.get()[name].map(repository.hasObject) ?? false
    }

    /// An update of a tag, as a push brings it.
    func checkTag(_ update: ReferenceUpdate, _ remote: String) throws {
        guard update.old != update.new else { return }
        let name = String(update.name.dropFirst(10))
        let recorded = try recordedTags.get()[name]
        let old = try update.old.map { try commit(of: $0) }
        let new = try update.new.map { try commit(of: $0) }
        guard let kept = recorded ?? old else { return }
        // The first push of a snapshot's tag, or the way out: it goes back to where it was.
        if recorded != nil, new == kept, old != kept { return }
        addTag(name, kept: kept, now: new, old == kept ? .intact : .gone, .known(remote: remote, tags: [:]))
    }

    /// The commit an object of a tag leads to; itself for one that is not here or leads to none.
    private func commit(of id: GitObjectID) throws -> GitObjectID { try repository.peeledCommit(id) ?? id }

    /// Where a tag still is what it was.
    private enum Copy {
        /// Where it is published.
        case intact
        /// Here, and not where it is published.
        case local
        case gone
    }

    private func addTag(
        _ name: String, kept: GitObjectID, now: GitObjectID?, _ copy: Copy, _ published: PublishedTags
    ) {
        let remake = "git tag -f -m MESSAGE \(name) \(kept.short)"
        let another = "take another name for what is new: 'git tag -m MESSAGE \(typed: name)-2 COMMIT'"
        guard let now else {
            let push = published.remote.map { " and 'git push \(typed: $0) \(typed: name)' bring" } ?? " brings"
            return add(
                .tagKept, on: name, nil, nil, "the tag '\(name)' is deleted",
                wayOut: "keep it; where it is gone, '\(remake)'\(push) it back")
        }
        let push = published.remote.map { "git push --force \($0) \(name)" }
        let back =
            switch copy {
            case .intact: "git fetch --force \(published.remote ?? "origin") tag \(name)"
            case .local: push ?? remake
            case .gone: push.map { "\(remake)' and '\($0)" } ?? remake
            }
        add(
            .tagKept, on: name, nil, nil,
            now == kept
                ? "the tag '\(name)' is made anew on \(kept.short)" : "the tag '\(name)' moves away from \(kept.short)",
            wayOut: "put it back with '\(back)', and \(another)")
    }

    private static func notes(_ absent: [String], _ published: PublishedTags, isAnyTag: Bool) -> [String] {
        let number = absent.count == 1 ? "the tag '\(absent[0])'" : "\(absent.count) tags of run records"
        switch published {
        case .unknown(let remote, let reason) where isAnyTag:
            let absence = absent.isEmpty ? "" : ", and whether \(number) is gone or only not here"
            return ["what tags '\(remote)' has is not known\(absence): \(reason)"]
        case .known(let remote, _) where !absent.isEmpty:
            return [
                absent.count == 1
                    ? "\(number) is not here; 'git fetch \(typed: remote) tag \(typed: absent[0])' gets it"
                    : "\(number) are not here; 'git fetch --tags \(typed: remote)' gets them"
            ]
        default: return []
        }
    }

    /// Which commit each snapshot's tag names, as the run records say it: those of the tracking branch here, and then
    /// those of its remotes, and last those that a push brings.
    func readRecordedTags() throws -> [String: GitObjectID] {
        var commits: [String: GitObjectID] = [:]
        // A remote's branch has most of what the one here has.
        var seen: Set<GitObjectID> = []
        func isTracking(_ reference: String) -> Bool {
            Self.branch(ofReference: reference) == configuration.tracking.branch
        }
        let here = try repository.references(withPrefix: "refs/").filter(isTracking).map {
            try repository.reference($0)
        }
        let new = arriving.filter { isTracking($0.name) }.map(\.new)
        for tip in here + new {
            guard let tip, repository.hasObject(tip), seen.insert(tip).inserted else { continue }
            try repository.walkTree(try repository.tree(ofCommit: tip), under: configuration.tracking.path) { entry in
                guard entry.mode.isFile, entry.path.bytes.suffix(5).elementsEqual(".json".utf8),
                    seen.insert(entry.id).inserted
                else { return }
                effort += 1
                // What is no record names no tag; 'vx runs' says what is wrong with it.
                guard let bytes = try repository.blob(entry.id, limit: 16 << 20),
                    let record = try? JSONValue.parse(bytes),
                    let tag = record["tag"]?.stringValue,
                    let commit = record["commit"]?.stringValue.flatMap({ GitObjectID(hex: $0) })
                else { return }
                commits[tag] = commits[tag] ?? commit
            }
        }
        return commits
    }
}

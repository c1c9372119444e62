import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// The rules of clean and split.
extension PolicyCheck {
    /// Whether a commit changes data at all.
    private func changesData(_ candidate: Candidate) throws -> Bool {
        try reader.ownChanges(candidate).contains {
            try reader.newPointer($0, candidate) != nil || reader.oldPointer($0, candidate) != nil
        }
    }

    /// The commits a message names as the ones its data was made from.
    private func origins(_ trailers: Trailers) -> [(branch: String, commit: String)] {
        trailers[FlowFiles.derivedFrom].compactMap { value in
            guard let at = value.lastIndex(of: "@") else { return nil }
            return (String(value[..<at]), String(value[value.index(after: at)...]))
        }
    }

    func checkDerived(_ rule: PolicyRule, from role: Role, _ candidate: Candidate, _ branch: String) throws {
        guard let trailers = candidate.trailers, !candidate.isMerge, try changesData(candidate) else { return }
        let source = try FlowFiles.source(
            role == .raw ? configuration.clean.from : configuration.split.from, role, in: configuration)
        let command = role == .raw ? "vx clean" : "vx split"
        func complain(_ message: String, instead: String? = nil) {
            add(
                rule, on: branch, candidate.id, nil, message,
                wayOut: (instead ?? "'\(command)' makes such commits")
                    + "; by hand: \(FlowFiles.committing(from: source))")
        }
        let named = origins(trailers)
        if named.isEmpty { return complain("the message does not name the commit of \(source) its data was made from") }
        for (name, commit) in named {
            guard configuration.role(ofBranch: name) == role else {
                complain("'\(name)' is no branch of the role '\(role.rawValue)'")
                continue
            }
            // A name ('raw', 'HEAD') stands for another commit tomorrow.
            guard (4...40).contains(commit.utf8.count), commit.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                complain("'\(commit)' is no commit's id")
                continue
            }
            guard let id = try commitNamed(commit) else {
                complain(
                    "there is no commit '\(commit)' of \(name)", instead: try afterRebase(branch, command)
                )
                continue
            }
            let tips = try branches.get().tips(ofRoles: role)
            if !tips.isEmpty, try !repository.isAncestor(id, ofAny: tips) {
                complain("\(id.short) is no commit of \(name)", instead: try afterRebase(branch, command))
            }
        }
    }

    /// The way out where commits were made from one that is not there, as a rebase replaces those of one's own: what has come from
    /// others stays, and the rest is made anew. `nil` where nothing is published.
    private func afterRebase(_ branch: String, _ command: String) throws -> String? {
        let published = try publishedName(branch)
        guard try repository.isBare || repository.reference("refs/remotes/\(published)") != nil else { return nil }
        return
            "a rebase may have replaced it: 'git switch \(typed: branch) && git reset --keep \(typed: published)' takes your commits back, and '\(command)' makes them anew"
    }

    /// The commit of an id, full or not; `nil` for one that is not here, and for what is no commit.
    private func commitNamed(_ hex: String) throws -> GitObjectID? {
        if let id = GitObjectID(hex: hex) { return try repository.peeledCommit(id) == id ? id : nil }
        do {
            return try repository.findCommit(hex)
        } catch {
            return nil  // several objects, or one that is no commit
        }
    }

    // MARK: - Clean

    func checkClean(_ candidate: Candidate, _ branch: String) throws {
        guard candidate.isOnFirstParentLine else { return }
        var changed: [(RepoPath, Pointer)] = []
        for change in try reader.changes(candidate) {
            if let pointer = try reader.newPointer(change, candidate) { changed.append((change.path, pointer)) }
        }
        if changed.isEmpty { return }
        let report = try CleanReport.read(in: candidate.tree, repository)
        let raw = try report.flatMap { try content(ofCommit: $0.source) }
        let leftOut = Set(report?.leftOut.map(\.path) ?? [])
        for (path, pointer) in changed {
            guard let report else {
                add(
                    .cleanChecked, on: branch, candidate.id, path, "no report says that \(path) passed the checks",
                    wayOut: "make clean files with 'vx clean', which checks them and writes \(FlowFiles.clean)")
                continue
            }
            let isMade = report.made.contains { $0.path == path && $0.id == pointer.id }
            if let raw, !isMade, raw[pointer.id] == nil {
                add(
                    .cleanOrigin, on: branch, candidate.id, path,
                    "\(path) is no file of \(report.branch)@\(report.source.short), and no transform made it",
                    wayOut:
                        "put it on \(report.branch) with 'vx ingest', or declare the transform in vx.yaml; then 'vx clean'"
                )
            } else if let failed = report.leftOut.first(where: { $0.id == pointer.id && $0.check != "unique" }),
                !isMade,
                // The same content may stand elsewhere on raw, where other checks are asked, or others warn.
                raw?[pointer.id]?.allSatisfy(leftOut.contains) != false
            {
                add(
                    .cleanChecked, on: branch, candidate.id, path, "\(path) did not pass: \(failed.reason)",
                    wayOut: "take it out with 'git rm --cached \(typed: path)'; 'vx clean' decides what is clean")
            }
        }
    }

    /// The contents of a commit's data files, each with its paths; `nil` where the commit is not here, as in a shallow clone.
    private func content(ofCommit commit: GitObjectID) throws -> [ContentID: [RepoPath]]? {
        guard repository.hasObject(commit) else { return nil }
        let files = try reader.dataFiles(try repository.tree(ofCommit: commit))
        return Dictionary(grouping: files, by: \.pointer.id).mapValues { $0.map(\.path) }
    }

    // MARK: - Split

    /// The data files of the sides, below the folder of the split.
    private func sideFiles(_ tree: GitObjectID) throws -> [(side: String, file: DataFile)] {
        let folder = configuration.split.into
        return try reader.dataFiles(tree, under: folder).compactMap { file in
            Self.side(of: file.path, in: folder).map { ($0, file) }
        }
    }

    /// The sides each content is on.
    private func sides(_ files: [(side: String, file: DataFile)]) -> [ContentID: [String: RepoPath]] {
        files.reduce(into: [:]) { $0[$1.file.pointer.id, default: [:]][$1.side] = $1.file.path }
    }

    static func side(of path: RepoPath, in folder: RepoPath) -> String? {
        let components = path.components
        let depth = folder.components.count
        guard components.count > depth + 1 else { return nil }
        return String(decoding: components[depth], as: UTF8.self)
    }

    func checkSplit(_ candidate: Candidate, _ branch: String) throws {
        guard candidate.isOnFirstParentLine,
            try reader.changes(candidate).contains(where: {
                $0.path == FlowFiles.split || $0.path.isInside(configuration.split.into)
            })
        else { return }
        let files = try sideFiles(candidate.tree)
        let now = sides(files)
        // What the manifest says of the division is taken at its word, as the clean report is.
        let manifest = try SplitManifest.previous(in: candidate.tree, repository)
        let source = try FlowFiles.source(configuration.split.from, .clean, in: configuration)
        let committing = "then \(FlowFiles.committing(from: source))"
        let wayOut =
            "let 'vx split' divide the data; to undo a change by hand: 'git revert --no-commit COMMIT' or 'git checkout COMMIT -- PATH', \(committing)"
        for (id, places) in now.sorted(by: { $0.key < $1.key })
        where places.count > 1 && manifest?.equalAcross.contains(id) != true {
            if try isPutRight(candidate, { !$0.isOnTwoSides(id) }) { continue }
            let paths = places.values.sorted()
            add(
                .splitDisjoint, on: branch, candidate.id, paths.first,
                "the same content is \(paths.map(\.description).joined(separator: " and "))", wayOut: wayOut)
        }
        try checkGroups(files, candidate, manifest, branch, wayOut)
        // Whether rows of two files are equal, or of one key, is not seen here: 'vx split' proves it of what it writes.
        let before = try candidate.parents.map { try repository.tree(ofCommit: $0) }
        let folder = configuration.split.into
        try checkManifest(manifest, candidate, before, branch)
        let merged = try MergedSides(candidate.tree, parents: candidate.parents, folder, repository)
        // A merge has the manifest of one side only; where the other's does not tell, it cannot be seen.
        let isTold =
            try !candidate.isMerge
            || before.allSatisfy { try SplitManifest.previous(in: $0, repository)?.trees.isEmpty == false }
        if let manifest, manifest.isByRow, isTold, try merged?.isTaken() != true {
            for side in try manifest.changedSides(in: candidate.tree, folder, repository) {
                if before.count == 1,
                    try manifest.isRebased([side], candidate.tree, onto: before[0], folder, repository)
                {
                    continue
                }
                if try isPutRight(candidate, \.isWritten) { continue }
                let folder = folder.appending(side)
                add(
                    .splitStable, on: branch, candidate.id, folder,
                    "\(folder) is not as 'vx split' wrote it: somebody changed it by hand, and nobody has checked that no row is on two sides",
                    wayOut: wayOut)
            }
        }
        let replaced = Set((manifest?.replaced ?? []).map { SplitManifest.Source(path: $0.path, id: $0.was) })
        for position in candidate.parents.indices {
            let parent = candidate.parents[position].short
            for (id, old) in try sides(sideFiles(before[position])).sorted(by: { $0.key < $1.key }) {
                for (side, path) in old.sorted(by: { $0.key < $1.key }) where now[id]?[side] == nil {
                    if let merged, try merged.isAsMerged(path) { continue }
                    // What had its name, or its place, corrected: the example stays where it is, or goes with its group.
                    if replaced.contains(.init(path: path, id: id)) { continue }
                    if try isPutRight(candidate, { $0.has(id, on: side) }) { continue }
                    if let other = now[id]?.sorted(by: { $0.key < $1.key }).first {
                        add(
                            .splitStable, on: branch, candidate.id, other.value,
                            "\(path) went from \(side) to \(other.key)",
                            wayOut:
                                "put it back with 'git checkout \(typed: parent) -- \(typed: path)' and 'git rm \(typed: other.value)', \(committing)"
                        )
                    } else if side == SplitRule.testSide(configuration.split) {
                        add(
                            .splitTestGrows, on: branch, candidate.id, path, "\(path) is no test example any more",
                            wayOut:
                                "put it back with 'git checkout \(typed: parent) -- \(typed: path)', \(committing)")
                    }
                }
            }
        }
    }

    /// - Parameter before: the trees of the parents.
    private func checkManifest(
        _ manifest: SplitManifest.Previous?, _ candidate: Candidate, _ before: [GitObjectID], _ branch: String
    ) throws {
        guard manifest == nil,
            let position = try before.firstIndex(where: { try repository.entry(at: FlowFiles.split, inTree: $0) != nil }
            ),
            try !isPutRight(candidate, \.hasManifest)
        else { return }
        let parent = candidate.parents[position].short
        add(
            .splitStable, on: branch, candidate.id, FlowFiles.split,
            "\(FlowFiles.split) is gone: nothing says any more how the data was divided",
            wayOut:
                "'vx split' writes it again; by hand: 'git checkout \(typed: parent) -- \(typed: FlowFiles.split)', then 'git commit'"
        )
    }

    /// Whether a later commit, the newest of what is looked at, has put right what one broke.
    private func isPutRight(_ candidate: Candidate, _ isRight: (NewestSides) -> Bool) throws -> Bool {
        guard let newest, newest != candidate.id else { return false }
        let sides = try newestSides ?? readNewestSides(newest)
        newestSides = sides
        return isRight(sides)
    }

    private func readNewestSides(_ commit: GitObjectID) throws -> NewestSides {
        let tree = try repository.tree(ofCommit: commit)
        let files = try sideFiles(tree)
        let manifest = try SplitManifest.previous(in: tree, repository)
        return NewestSides(
            places: sides(files), equalAcross: manifest?.equalAcross ?? [],
            groups: Set(try groupsOnTwoSides(files, manifest).map(\.group)),
            isWritten: try MergedSides.isWritten(commit, configuration.split.into, repository),
            hasManifest: manifest != nil)
    }

    private func checkGroups(
        _ standing: [(side: String, file: DataFile)], _ candidate: Candidate, _ manifest: SplitManifest.Previous?,
        _ branch: String, _ wayOut: String
    ) throws {
        for (group, path, other) in try groupsOnTwoSides(standing, manifest) {
            if try isPutRight(candidate, { !$0.groups.contains(group) }) { continue }
            add(
                .splitDisjoint, on: branch, candidate.id, path,
                "the group '\(group)' is on two sides: \(other) and \(path)", wayOut: wayOut)
        }
    }

    /// The groups that paths name and that are on two sides, each with a file on either. Every file counts, also one whose content
    /// is on its side twice; a companion is of the group of its file.
    private func groupsOnTwoSides(
        _ standing: [(side: String, file: DataFile)], _ manifest: SplitManifest.Previous?
    ) throws -> [(group: String, path: RepoPath, other: RepoPath)] {
        guard case .path(let pattern) = configuration.split.group else { return [] }
        let label = try PathLabel(pattern)
        let spelling = NameSpelling(configuration.split.normalise)
        var files = standing.map { side, file in
            let depth = configuration.split.into.appending(side).bytes.count + 1
            return (side: side, path: file.path, name: RepoPath(bytes: Array(file.path.bytes.dropFirst(depth))))
        }
        let names = Set(files.map(\.name))
        let numbered = Set((manifest?.sources ?? []).map { Splitter.name(of: $0.path, configuration) })
        // What a source has gained is in a file with a number: it is of the source's group.
        for place in files.indices where !numbered.contains(files[place].name) {
            if let plain = Splitter.withoutNumber(files[place].name), names.contains(plain) || numbered.contains(plain)
            {
                files[place].name = plain
            }
        }
        let companions = Companions(configuration.split.companions, among: Set(files.map(\.name)), before: [])
        var seen: [String: (side: String, path: RepoPath)] = [:]
        var told: Set<String> = []
        var found: [(group: String, path: RepoPath, other: RepoPath)] = []
        for (side, path, name) in files.sorted(by: { $0.path < $1.path }) {
            guard let text = label.name(of: companions.leader(of: name)) else { continue }
            let group = spelling.text(text)
            if let other = seen[group], other.side != side, told.insert(group).inserted {
                found.append((group, path, other.path))
            }
            seen[group] = seen[group] ?? (side, path)
        }
        return found
    }
}

import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Divides by file (docs/split.md): pointers move, no byte is read.
struct FileSplit {
    /// A file that is on a side, by the name of its source.
    private struct Placed {
        var file: DataFile
        var side: Int
        var name: RepoPath
        /// Whether clean still has it: it is not to be written again.
        var isWanted = false
        /// Whether clean has it under another name now, which is ``name``.
        var isRenamed = false
    }

    private let splitter: Splitter
    private let split: Configuration.Split

    init(_ splitter: Splitter) {
        self.splitter = splitter
        split = splitter.split
    }

    func divide(
        _ files: [DataFile], _ old: [DataFile], _ start: SplitManifest, _ previous: SplitManifest.Previous?
    ) throws -> Splitter.Outcome {
        let names = files.map { splitter.name(of: $0.path) }
        let known = Set(names).union((previous?.sources ?? []).map { splitter.name(of: $0.path) })
        var placed = place(old, known)
        let labels = try Labels(splitter, names, placed.map(\.name), known)
        let fresh = match(files, names, &placed, labels)
        var assigner = Assigner(split)
        assigner.withdrawn = Withdrawn(previous?.withdrawn ?? [:], split)
        var outcome = Splitter.Outcome(manifest: start)
        outcome.manifest.revision = SplitManifest.revision
        outcome.manifest.cuts = nil
        outcome.manifest.sources = sources(files, known, previous)
        for item in placed { assigner.remember(labels.example(item.file, item.name), on: item.side) }
        try requireDisjoint(placed, assigner, labels, isOtherRule: previous.map { $0.rule != start.rule } ?? false)
        var edits = SideEdits(splitter, placed.map(\.file))
        let gone = try leave(placed, &edits, &outcome.manifest)
        if split.stratify != nil {
            for place in gone { assigner.withdrawn.add(assigner.examples[place].value, on: placed[place].side) }
        }
        try edits.move(placed.enumerated().filter { $0.element.isRenamed }.map { ($0.offset, $0.element.name) })
        try write(fresh, files, names, labels, &assigner, &edits, &outcome.manifest)
        for place in gone { assigner.settle(place, .gone) }
        assigner.withdrawn.removeStanding(assigner.examples)
        outcome.manifest.note(assigner.withdrawn)
        finish(files, labels, assigner, edits, &outcome)
        // What a companion holds says nothing of its example.
        let compared = edits.all.filter { !labels.companions.isFollower(labels.name(ofSideFile: $0.path)) }
        try NearDuplicates(splitter).look(compared, &outcome.manifest.near)
        edits.finish(&outcome)
        return outcome
    }

    // MARK: - What stands

    /// The sources, of now and of before, whose name could be that of another with a number: only of these has anything to be
    /// kept, to tell `p-2.txt` from what `p.txt` has gained.
    private func sources(
        _ files: [DataFile], _ known: Set<RepoPath>, _ previous: SplitManifest.Previous?
    ) -> [SplitManifest.Source] {
        let new = files.filter { file in
            Splitter.withoutNumber(splitter.name(of: file.path)).map(known.contains) ?? false
        }
        let paths = Set(new.map(\.path))
        return (previous?.sources ?? []).filter { !paths.contains($0.path) }
            + new.map { .init(path: $0.path, id: $0.pointer.id) }
    }

    private func place(_ old: [DataFile], _ names: Set<RepoPath>) -> [Placed] {
        old.compactMap { file in
            splitter.side(of: file.path).map {
                Placed(file: file, side: $0, name: splitter.origin(of: file.path, among: names))
            }
        }
    }

    /// Finds the files that stand on the sides already: under their own name, or, where the path is no key, under another.
    ///
    /// - Returns: the places of those that do not.
    private func match(
        _ files: [DataFile], _ names: [RepoPath], _ placed: inout [Placed], _ labels: Labels
    ) -> [Int] {
        struct Version: Hashable {
            var name: RepoPath
            var id: ContentID
        }
        var byVersion: [Version: [Int]] = [:]
        for place in placed.indices.reversed() {
            byVersion[Version(name: placed[place].name, id: placed[place].file.pointer.id), default: []].append(place)
        }
        var fresh: [Int] = []
        for place in files.indices {
            let version = Version(name: names[place], id: files[place].pointer.id)
            if let found = byVersion[version]?.popLast() {
                placed[found].isWanted = true
            } else {
                fresh.append(place)
            }
        }
        if labels.isKeyed { return fresh }
        return matchRenamed(fresh, files, names, &placed, labels)
    }

    /// Finds the files that clean has under another name now, by their content; a companion goes with the file it follows.
    private func matchRenamed(
        _ fresh: [Int], _ files: [DataFile], _ names: [RepoPath], _ placed: inout [Placed], _ labels: Labels
    ) -> [Int] {
        var byContent: [ContentID: [Int]] = [:]
        for place in placed.indices.reversed() where !placed[place].isWanted {
            byContent[placed[place].file.pointer.id, default: []].append(place)
        }
        var renamed: [RepoPath: RepoPath] = [:]
        var found: Set<Int> = []
        for place in fresh.filter({ !labels.companions.isFollower(names[$0]) })
            + fresh.filter({ labels.companions.isFollower(names[$0]) })
        {
            let id = files[place].pointer.id
            guard var places = byContent[id],
                let match = places.lastIndex(where: { labels.agree(placed[$0].name, names[place], renamed) })
            else { continue }
            let standing = places.remove(at: match)
            byContent[id] = places
            renamed[placed[standing].name] = names[place]
            placed[standing].name = names[place]
            placed[standing].isWanted = true
            placed[standing].isRenamed = true
            found.insert(place)
        }
        return fresh.filter { !found.contains($0) }
    }

    private func requireDisjoint(
        _ placed: [Placed], _ assigner: Assigner, _ labels: Labels, isOtherRule: Bool
    ) throws(VxError) {
        if assigner.overlap.keys > 0, isOtherRule {
            let pairs = assigner.overlap.keyRows.map { "\(placed[$0.0].file.path) and \(placed[$0.1].file.path)" }
            throw splitter.begunAnew(
                "\(assigner.overlap.keys) files are on another side than what they belong to",
                because: pairs.joined(separator: "; "))
        }
        if assigner.overlap.isEmpty { return }
        throw splitter.overlaps(
            assigner.overlap,
            placed.map { (labels.example($0.file, $0.name), $0.side, $0.file.path.description) },
            isOtherRule: isOtherRule)
    }

    /// Files that clean does not have any more leave; only the test side keeps what has no key.
    ///
    /// - Returns: the places of those that leave.
    private func leave(_ placed: [Placed], _ edits: inout SideEdits, _ manifest: inout SplitManifest) throws -> [Int] {
        var gone: [Int] = []
        for (place, item) in placed.enumerated() where !item.isWanted {
            if item.side == splitter.testSide, split.key != .path {
                manifest.remaining[item.file.path, default: [:]][splitter.side(item.side)] = 1
            } else {
                edits.replace(place, with: nil, nil)
                manifest.counts.removed += 1
                gone.append(place)
            }
        }
        return gone
    }

    // MARK: - What is new

    private func write(
        _ fresh: [Int], _ files: [DataFile], _ names: [RepoPath], _ labels: Labels, _ assigner: inout Assigner,
        _ edits: inout SideEdits, _ manifest: inout SplitManifest
    ) throws {
        // A companion after what it follows.
        let leaders = fresh.filter { !labels.companions.isFollower(names[$0]) }
        let followers = fresh.filter { labels.companions.isFollower(names[$0]) }
        let order = leaders + followers
        let before = assigner.examples.count
        let decisions = [leaders, followers].flatMap { places in
            assigner.assign(places.map { labels.example(files[$0], names[$0]) })
        }
        var equal: [String] = []
        var equalCount = 0
        let blobs = try splitter.workspace.repository.writeBlobs(order.map { files[$0].pointer.blob })
        let test = splitter.testSide
        for (position, decision) in decisions.enumerated() {
            let (file, name) = (files[order[position]], names[order[position]])
            let first = assigner.first(ofContent: assigner.examples[before + position].content)
            // What had the content may be leaving: a file that was renamed is equal to none.
            let isEqual = first != nil && first != before + position && edits.has(file.pointer.id)
            if isEqual {
                equalCount += 1
                if equal.count < 5 { equal.append("\(file.path)") }
            }
            switch decision {
            case .side(let side):
                let path = edits.put(name, side, file.pointer, blobs[position], isExecutable: file.isExecutable)
                guard isEqual, let first else { break }
                if let other = assigner.examples[first].side, other != side { manifest.equalAcrossCount += 1 }
                guard side == test else { break }
                manifest.equalToTestCount += 1
                if manifest.equalToTest.count < 100 { manifest.equalToTest.append("\(file.path), now \(path)") }
            case .repeated(let side):
                if edits.has(file.pointer.id) {
                    manifest.counts.repeated += 1
                } else {
                    edits.put(name, side, file.pointer, blobs[position], isExecutable: file.isExecutable)
                }
            case .known: break
            case .leftOut(let key, let group):
                manifest.counts.leftOut += 1
                manifest.leftOut.append(
                    "\(file.path): its key is on \(splitter.side(key)), its group on \(splitter.side(group))")
            }
        }
        if split.duplicates == .refuse, equalCount > 0 { throw splitter.refusesEqual(equalCount, "file", equal) }
    }

    private func finish(
        _ files: [DataFile], _ labels: Labels, _ assigner: Assigner, _ edits: SideEdits,
        _ outcome: inout Splitter.Outcome
    ) {
        var sides = [SplitManifest.Side](repeating: .init(), count: split.ratios.count)
        var groups: [String: (size: Int, side: Int)] = [:]
        var contents: Set<ContentID> = []
        for (path, side, pointer) in edits.all {
            let name = labels.name(ofSideFile: path)
            sides[side].files += 1
            contents.insert(pointer.id)
            guard !labels.companions.isFollower(name) else { continue }
            sides[side].examples += 1
            if let stratum = labels.stratum(of: name) { sides[side].strata[stratum, default: 0] += 1 }
            if let group = labels.group(of: name) { groups[group, default: (0, side)].size += 1 }
        }
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.overlap = assigner.overlap
        outcome.manifest.groups = split.group == nil ? nil : groups.count
        outcome.manifest.contents = contents.count
        outcome.manifest.counts.given = files.count
        outcome.manifest.counts.onSides = sides.reduce(0) { $0 + $1.files }
        outcome.manifest.counts.equal = outcome.manifest.counts.onSides - contents.count
        outcome.manifest.counts.remaining = outcome.manifest.remaining.count
        outcome.manifest.warnings += SplitWarnings(split, isKeyed: split.key == .path)
            .ofFiles(
                files.map { splitter.name(of: $0.path) }, labels,
                groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value.size, $0.value.side) }, outcome.manifest)
    }
}

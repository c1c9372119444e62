import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Divides by file (docs/split.md): pointers move, no byte is read.
struct FileSplit {
    /// A file that is on a side, by the name of its source.
    struct Placed {
        let file: DataFile
        let side: Int
        var name: RepoPath
        /// The name that it stands under.
        let before: RepoPath
        /// The number that its name has besides that of its source.
        let number: Int?
        /// Whether clean still has it: it is not to be written again.
        var isWanted = false
        /// Whether clean has it under another name now, which is ``name``.
        var isRenamed: Bool { name != before }
    }

    let splitter: Splitter
    let split: Configuration.Split

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
        // What is new finds its side by the files that stand for examples before it does by their companions.
        placed =
            placed.filter { !labels.companions.isFollower($0.name) }
            + placed.filter { labels.companions.isFollower($0.name) }
        let followers = Followers(placed, labels)
        let leaders = files.indices.filter { !labels.companions.isFollower(names[$0]) }
        if split.duplicates == .refuse {
            var seen: Set<ContentID> = []
            let equal = leaders.filter { !seen.insert(files[$0].pointer.id).inserted }.map { "\(files[$0].path)" }
            if !equal.isEmpty { throw splitter.refusesEqual(equal.count, "file", Array(equal.prefix(5))) }
        }
        let fresh = match(leaders, files, names, &placed, labels)
        var assigner = Assigner(split)
        assigner.withdrawn = Withdrawn(previous?.withdrawn ?? [:], split)
        var outcome = Splitter.Outcome(manifest: start)
        outcome.manifest.revision = SplitManifest.revision
        outcome.manifest.cuts = nil
        outcome.manifest.sources = sources(files, known, previous)
        for item in placed { assigner.remember(labels.example(item.file, item.name), on: item.side) }
        try requireDisjoint(placed, assigner, labels, isOtherRule: previous.map { $0.rule != start.rule } ?? false)
        var edits = SideEdits(splitter, placed.map(\.file))
        let gone = leave(placed, followers, &edits, &outcome.manifest)
        let moved = try edits.move(
            placed.indices.filter { placed[$0].isRenamed }.map { .init(place: $0, name: placed[$0].name) })
        assigner.vacated = Set(gone.map { assigner.examples.content($0) })
        for (place, item) in placed[..<followers.start].enumerated() where edits.has(item.file.pointer.id) {
            assigner.vacated.remove(assigner.examples.content(place))
        }
        let returns = recall(fresh, files, names, labels, &assigner)
        var places = try write(fresh, files, names, labels, &assigner, &edits, &outcome.manifest)
        var goneFollowers: [Int] = []
        if followers.start < placed.count || leaders.count < files.count {
            for (place, item) in placed[..<followers.start].enumerated() where item.isWanted {
                places[item.name] = .side(item.side, moved[place] ?? item.file.path)
            }
            // Companions may follow a file still that clean has under another name now, or not at all.
            for (place, item) in placed[..<followers.start].enumerated()
            where item.isWanted && places[item.before] == nil {
                places[item.before] = .side(item.side, moved[place] ?? item.file.path)
            }
            for item in placed[..<followers.start] where places[item.before] == nil {
                places[item.before] = .left(item.side)
            }
            goneFollowers = try follow(
                files.indices.filter { labels.companions.isFollower(names[$0]) }, files, names, labels, followers,
                places, &placed, &edits, &outcome.manifest)
        }
        for place in gone + goneFollowers { assigner.settle(place, .gone) }
        remember(gone, goneFollowers, placed, labels, returns, edits, &assigner)
        outcome.manifest.note(assigner.withdrawn)
        try finish(files, labels, edits, &outcome)
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
                let name = splitter.origin(of: file.path, among: names)
                return Placed(
                    file: file, side: $0, name: name, before: name,
                    number: splitter.number(of: file.path, from: name))
            }
        }
    }

    /// Finds the files, but for companions, that stand on the sides already: under their own name, or, where the path is no key,
    /// under another.
    ///
    /// - Returns: the places of those that do not.
    private func match(
        _ leaders: [Int], _ files: [DataFile], _ names: [RepoPath], _ placed: inout [Placed], _ labels: Labels
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
        for place in leaders {
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

    /// Finds the files that clean has under another name now, by their content.
    private func matchRenamed(
        _ fresh: [Int], _ files: [DataFile], _ names: [RepoPath], _ placed: inout [Placed], _ labels: Labels
    ) -> [Int] {
        var byContent: [ContentID: [Int]] = [:]
        for place in placed.indices.reversed()
        where !placed[place].isWanted && !labels.companions.isFollower(placed[place].name) {
            byContent[placed[place].file.pointer.id, default: []].append(place)
        }
        var found: Set<Int> = []
        for place in fresh {
            let id = files[place].pointer.id
            guard var places = byContent[id],
                let match = places.lastIndex(where: {
                    labels.group(of: placed[$0].name) == labels.group(of: names[place])
                })
            else { continue }
            let standing = places.remove(at: match)
            byContent[id] = places
            placed[standing].name = names[place]
            placed[standing].isWanted = true
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
        throw try splitter.overlaps(
            assigner.overlap,
            placed.map { (labels.example($0.file, $0.name), $0.side, $0.file.path.description) },
            isOtherRule: isOtherRule)
    }

    /// Files that clean does not have any more leave; only the test side keeps what has no key.
    ///
    /// - Returns: the places of those that leave.
    private func leave(
        _ placed: [Placed], _ followers: Followers, _ edits: inout SideEdits, _ manifest: inout SplitManifest
    ) -> [Int] {
        var gone: [Int] = []
        for (place, item) in placed[..<followers.start].enumerated() where !item.isWanted {
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

    /// Decides over files that are no companions, and puts them on their sides.
    ///
    /// - Returns: what became of each, by its name.
    private func write(
        _ fresh: [Int], _ files: [DataFile], _ names: [RepoPath], _ labels: Labels, _ assigner: inout Assigner,
        _ edits: inout SideEdits, _ manifest: inout SplitManifest
    ) throws -> [RepoPath: Fate] {
        let before = assigner.examples.count
        let decisions = assigner.assign(fresh.map { labels.example(files[$0], names[$0]) })
        var places: [RepoPath: Fate] = [:]
        let blobs = try splitter.workspace.repository.writeBlobs(fresh.map { files[$0].pointer.blob })
        let test = splitter.testSide
        let firsts = fresh.indices.map { assigner.first(ofContent: assigner.examples.content(before + $0)) }
        // What is equal to another comes after that one.
        for position in fresh.indices.filter({ firsts[$0] == before + $0 })
            + fresh.indices.filter({ firsts[$0] != before + $0 })
        {
            let (file, name) = (files[fresh[position]], names[fresh[position]])
            let (decision, first) = (decisions[position], firsts[position])
            // What had the content may be leaving: a file that was renamed is equal to none.
            let isEqual = first != nil && first != before + position && edits.has(file.pointer.id)
            switch decision {
            case .side(let side):
                let path = edits.put(name, side, file.pointer, blobs[position], isExecutable: file.isExecutable)
                places[name] = .side(side, path)
                guard isEqual, let first else { break }
                if let other = assigner.examples.side(first), other != side { manifest.equalAcrossCount += 1 }
                guard side == test else { break }
                manifest.equalToTestCount += 1
                if manifest.equalToTest.count < 100 { manifest.equalToTest.append("\(file.path), now \(path)") }
            case .repeated:
                manifest.counts.repeated += 1
                places[name] = .repeated
            case .known: break
            case .leftOut(let key, let group):
                manifest.counts.leftOut += 1
                places[name] = .leftOut
                manifest.leftOut.append(
                    "\(file.path): its key is on \(splitter.side(key)), its group on \(splitter.side(group))")
            }
        }
        return places
    }
}

import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Divides by file: pointers move, no byte is read.
struct FileSplit {
    private let splitter: Splitter

    init(_ splitter: Splitter) {
        self.splitter = splitter
    }

    func divide(_ files: [DataFile], _ old: [DataFile], _ start: SplitManifest) throws -> Splitter.Outcome {
        let split = splitter.split
        let names = files.map { splitter.name(of: $0.path) }
        let group = try splitter.pathLabel(split.group, key: "group", among: names)
        let stratum = try splitter.pathLabel(split.stratify, key: "stratify", among: names)
        func example(_ file: DataFile, _ name: RepoPath) -> Example {
            Example(
                key: split.key == .path ? name.bytes : Array(file.pointer.id.hex.utf8),
                content: UInt128Key(Hex.decode(file.pointer.id.hex.utf8) ?? []), group: group?.name(of: name),
                stratum: stratum?.name(of: name))
        }
        var assigner = Assigner(split)
        var outcome = Splitter.Outcome(manifest: start)
        var sides = [SplitManifest.Side](repeating: .init(), count: split.ratios.count)
        var taken: Set<RepoPath> = []
        var standing: [ContentID: RepoPath] = [:]
        let wanted = Set(files.map(\.pointer.id))
        var groups: Set<String> = []
        var kept: [Splitter.Standing] = []
        func count(_ example: Example, _ side: Int) {
            sides[side].examples += 1
            sides[side].files += 1
            if let stratum = example.stratum { sides[side].strata[stratum, default: 0] += 1 }
            if let group = example.group { groups.insert(group) }
            outcome.manifest.contents += 1
        }
        for file in old {
            guard let name = PolicyCheck.side(of: file.path, in: split.into),
                let side = splitter.number(ofSide: name)
            else { continue }
            // What is not clean any more is no example; only the test side keeps what it has.
            guard wanted.contains(file.pointer.id) || side == splitter.testSide else {
                outcome.edits.append(.remove(file.path))
                outcome.removed += 1
                continue
            }
            let depth = split.into.appending(name).bytes.count + 1
            let example = example(file, RepoPath(bytes: Array(file.path.bytes.dropFirst(depth))))
            assigner.remember(example, on: side)
            kept.append((example, side, file.path.description))
            taken.insert(file.path)
            standing[file.pointer.id] = file.path
            count(example, side)
        }
        guard assigner.overlap.isEmpty else { throw splitter.overlaps(assigner.overlap, kept) }
        let fresh = Array(zip(files, names))
        let examples = fresh.map { example($0, $1) }
        let isNew = fresh.map { standing[$0.0.pointer.id] == nil }
        let positions = fresh.indices.filter { isNew[$0] }
        for (position, decision) in zip(positions, assigner.assign(positions.map { examples[$0] })) {
            let (file, name) = fresh[position]
            switch decision {
            case .side(let side):
                let path = splitter.free(name, side: side, taken)
                taken.insert(path)
                standing[file.pointer.id] = path
                let blob = try splitter.workspace.repository.writeBlobs([file.pointer.encoded])[0]
                outcome.edits.append(.put(path, file.isExecutable ? .executable : .regular, blob))
                outcome.added += 1
                count(examples[position], side)
            case .known: break
            case .leftOut(let content, let group):
                outcome.manifest.leftOut.append(
                    "\(file.path): its content is on \(splitter.side(content)), its group on \(splitter.side(group))")
            }
        }
        let test = split.into.appending(splitter.side(splitter.testSide))
        for (file, name) in fresh {
            guard let path = standing[file.pointer.id], path.isInside(test), path != test.appending(name.bytes) else {
                continue
            }
            outcome.manifest.equalToTestCount += 1
            if outcome.manifest.equalToTest.count < 100 {
                outcome.manifest.equalToTest.append("\(file.path) equals \(path)")
            }
        }
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.overlap = assigner.overlap
        outcome.manifest.groups = split.group == nil ? nil : groups.count
        try NearDuplicates(splitter).look(standing, files, &outcome.manifest)
        return outcome
    }
}

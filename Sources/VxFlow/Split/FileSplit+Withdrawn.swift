import VxConfig
import VxModel
import VxWorkspace

/// Where files were that come back.
extension FileSplit {
    /// A file that comes back, by its row among the examples, and what it goes by.
    typealias Return = (row: Int, names: ExampleNames)

    /// What a file goes by: its content, the path by which it is followed, and its group.
    private func names(_ id: ContentID, _ name: RepoPath, _ labels: Labels, _ naming: ExampleNaming) -> ExampleNames {
        ExampleNames(
            key: labels.isNamed ? naming.plain(labels.companions.leader(of: name).bytes) : nil,
            group: labels.group(of: name).map { naming.group($0.utf8) }, content: naming.plain(id.hex.utf8))
    }

    /// Finds, among new files, those that the division remembers, and says where they were.
    ///
    /// - Parameter fresh: files about to be decided over, in this order.
    func recall(
        _ fresh: [Int], _ files: [DataFile], _ names: [RepoPath], _ labels: Labels, _ assigner: inout Assigner
    ) -> [Return] {
        if assigner.withdrawn.isEmpty { return [] }
        let naming = ExampleNaming(split)
        var found: [Return] = []
        for (position, place) in fresh.enumerated() {
            let names = self.names(files[place].pointer.id, names[place], labels, naming)
            guard let recalled = assigner.withdrawn.recall(names) else { continue }
            let row = assigner.examples.count + position
            assigner.recalled[row] = recalled
            found.append((row, names))
        }
        return found
    }

    /// Remembers where files were that have left, where nothing of their name, content or group is on a side any more; and
    /// forgets what is on a side again.
    func remember(
        _ gone: [Int], _ goneFollowers: [Int], _ placed: [Placed], _ labels: Labels, _ returns: [Return],
        _ edits: SideEdits, _ assigner: inout Assigner
    ) {
        let examples = assigner.examples
        for item in returns where examples.side(item.row) != nil { assigner.withdrawn.remove(item.names) }
        let naming = ExampleNaming(split)
        if !assigner.withdrawn.isEmpty {
            // Companions are not decided over, and are there again with their files.
            for file in edits.all {
                let name = labels.name(ofSideFile: file.path)
                guard labels.companions.isFollower(name) else { continue }
                assigner.withdrawn.remove(ExampleNames(key: naming.plain(name.bytes)))
            }
        }
        if gone.isEmpty, goneFollowers.isEmpty { return }
        var groups = Set(gone.compactMap { examples.group($0) })
        var keys = Set(gone.map { examples.key($0) })
        for row in 0..<examples.count where examples.side(row) != nil {
            if let group = examples.group(row) { groups.remove(group) }
            keys.remove(examples.key(row))
        }
        var leaving: [Withdrawn.Leaving] = []
        func leave(_ name: ExampleNames.Name, _ place: Int) {
            let decides = examples.value(place)
            leaving.append(
                .init(
                    name: name, side: placed[place].side,
                    isByRule: split.stratify == nil && naming.hash.side(of: decides) == placed[place].side))
        }
        for place in gone {
            let names = names(placed[place].file.pointer.id, placed[place].before, labels, naming)
            if let key = names.key, keys.contains(examples.key(place)) { leave(key, place) }
            if let group = names.group, let number = examples.group(place), groups.remove(number) != nil {
                leave(group, place)
            }
            if let content = names.content, !edits.has(placed[place].file.pointer.id) { leave(content, place) }
        }
        let there = goneFollowers.isEmpty ? [] : Set(edits.all.map { labels.name(ofSideFile: $0.path) })
        for place in goneFollowers where !there.contains(placed[place].before) {
            leave(naming.plain(placed[place].before.bytes), place)
        }
        assigner.withdrawn.add(leaving)
    }
}

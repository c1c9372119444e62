import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// Companions go where the files they follow have gone, whatever they hold.
extension FileSplit {
    /// What became of a file of clean that stands for an example.
    enum Fate {
        case side(Int, RepoPath)
        /// Clean does not have it any more; it is, or was, on that side.
        case left(Int)
        case repeated
        case leftOut
    }

    /// The companions that stand on the sides, each with the file it stands beside.
    struct Followers {
        /// The place of the first of them: all others come before.
        let start: Int
        /// For each companion, the place of the file of its side that it follows.
        private let leaders: [Int?]

        /// - Parameter placed: companions last, and none under another name yet.
        init(_ placed: [Placed], _ labels: Labels) {
            let start = placed.firstIndex { labels.companions.isFollower($0.name) } ?? placed.count
            self.start = start
            var byName: [RepoPath: [Int]] = [:]
            if start < placed.count {
                for place in 0..<start { byName[placed[place].name, default: []].append(place) }
            }
            leaders = placed[start...].map { item in
                let found = (byName[labels.companions.leader(of: item.name)] ?? []).filter {
                    placed[$0].side == item.side
                }
                return found.first { placed[$0].number == item.number } ?? found.first
            }
        }

        func leader(of place: Int) -> Int? { leaders[place - start] }
    }

    /// Puts companions beside the files they follow. One that was corrected takes the place of its old version, on test as well;
    /// an old version of a whole example stays on test with its companions.
    ///
    /// - Parameters:
    ///   - new: the companions that clean has.
    ///   - places: what became of the files that they follow.
    /// - Returns: the places of those that leave.
    func follow(
        _ new: [Int], _ files: [DataFile], _ names: [RepoPath], _ labels: Labels, _ followers: Followers,
        _ places: [RepoPath: Fate], _ placed: inout [Placed], _ edits: inout SideEdits, _ manifest: inout SplitManifest
    ) throws -> [Int] {
        let fresh = match(new, files, names, labels, followers, places, &placed, manifest)
        var moves: [SideEdits.Move] = []
        var gone: [Int] = []
        for place in placed[followers.start...].indices {
            let item = placed[place]
            if item.isWanted {
                guard case .side(_, let path)? = places[labels.companions.leader(of: item.name)] else {
                    if item.isRenamed { moves.append(.init(place: place, name: item.name)) }
                    continue
                }
                let number = splitter.number(of: path, from: labels.companions.leader(of: item.name))
                if item.isRenamed || number != item.number && edits.isFree(item.name, side: item.side, number: number) {
                    moves.append(.init(place: place, name: item.name, number: number))
                }
            } else if let leader = followers.leader(of: place), manifest.remaining[placed[leader].file.path] != nil {
                manifest.remaining[item.file.path, default: [:]][splitter.side(item.side)] = 1
            } else {
                edits.replace(place, with: nil, nil)
                manifest.counts.removed += 1
                gone.append(place)
            }
        }
        try edits.move(moves)
        let blobs = try splitter.workspace.repository.writeBlobs(fresh.map { files[$0].pointer.blob })
        for (place, blob) in zip(fresh, blobs) {
            let (file, name) = (files[place], names[place])
            let leader = labels.companions.leader(of: name)
            switch places[leader] {
            case .side(let side, let path)?:
                edits.put(
                    name, side, file.pointer, blob, isExecutable: file.isExecutable,
                    number: splitter.number(of: path, from: leader))
            case .repeated?: manifest.counts.repeated += 1
            case .left(let side)?: edits.put(name, side, file.pointer, blob, isExecutable: file.isExecutable)
            case .leftOut?, nil:
                manifest.counts.leftOut += 1
                manifest.leftOut.append("\(file.path): what it follows is left out")
            }
        }
        return gone
    }

    /// Finds the companions that stand beside their files already.
    ///
    /// - Returns: the places of those that do not.
    private func match(
        _ new: [Int], _ files: [DataFile], _ names: [RepoPath], _ labels: Labels, _ followers: Followers,
        _ places: [RepoPath: Fate], _ placed: inout [Placed], _ manifest: SplitManifest
    ) -> [Int] {
        struct Beside: Hashable {
            var leader: RepoPath
            var id: ContentID
        }
        var standing: [Beside: [Int]] = [:]
        for place in placed[followers.start...].indices {
            let name = labels.companions.leader(of: placed[place].name)
            // Where the file it stands beside has another name now, clean's companion may follow either name.
            for leader in Set([followers.leader(of: place).map { placed[$0].name } ?? name, name]) {
                standing[Beside(leader: leader, id: placed[place].file.pointer.id), default: []].append(place)
            }
        }
        /// Whether a companion that stands is beside the file that clean's follows.
        func isThere(_ place: Int, _ fate: Fate?) -> Bool {
            guard !placed[place].isWanted, case .side(let side, _)? = fate else { return !placed[place].isWanted }
            let remains = followers.leader(of: place).map { manifest.remaining[placed[$0].file.path] != nil } ?? false
            return placed[place].side == side && !remains
        }
        var fresh = new
        // Under its own name first.
        for isNamed in [true, false] {
            fresh = fresh.filter { place in
                let leader = labels.companions.leader(of: names[place])
                let found = standing[Beside(leader: leader, id: files[place].pointer.id)]?.first {
                    isThere($0, places[leader]) && (!isNamed || placed[$0].name == names[place])
                }
                guard let found else { return true }
                placed[found].isWanted = true
                placed[found].name = names[place]
                return false
            }
        }
        return fresh
    }
}

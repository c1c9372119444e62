import VxConfig
import VxModel
import VxWorkspace

extension FileSplit {
    /// What the paths of files say of them.
    struct Labels {
        let companions: Companions
        private let splitter: Splitter
        private let groups: PathLabel?
        private let strata: PathLabel?
        private let spelling: NameSpelling
        /// The groups of leaders, each found once.
        private var found: [RepoPath: String?] = [:]
        /// The names of sources, of now and of before.
        private let known: Set<RepoPath>

        /// - Throws: `usage` where a pattern fits no file.
        init(_ splitter: Splitter, _ names: [RepoPath], _ before: [RepoPath], _ known: Set<RepoPath>) throws {
            self.splitter = splitter
            self.known = known
            groups = try splitter.pathLabel(splitter.split.group, key: "group", among: names)
            strata = try splitter.pathLabel(splitter.split.stratify, key: "stratify", among: names)
            spelling = NameSpelling(splitter.split.normalise)
            companions = Companions(splitter.split.companions, among: Set(names), before: Set(before))
            if groups == nil { return }
            for name in Set(names).union(before) {
                let leader = companions.leader(of: name)
                if found[leader] == nil { found[leader] = .some(read(leader)) }
            }
        }

        /// Whether files are followed by their path.
        var isKeyed: Bool { splitter.split.key == .path }

        /// Whether an example is named by the path of its file, as companions have to find it.
        var isNamed: Bool { isKeyed || !splitter.split.companions.isEmpty }

        func group(of name: RepoPath) -> String? {
            let leader = companions.leader(of: name)
            return found[leader] ?? read(leader)
        }

        private func read(_ leader: RepoPath) -> String? {
            groups?.name(of: leader).map(spelling.text)
        }

        func stratum(of name: RepoPath) -> String? { strata?.name(of: companions.leader(of: name)) }

        /// The name, below a side, of the source of a side's file.
        func name(ofSideFile path: RepoPath) -> RepoPath {
            splitter.origin(of: path, among: known)
        }

        func example(_ file: DataFile, _ name: RepoPath) -> Example {
            let leader = companions.leader(of: name)
            let follows = companions.isFollower(name)
            return Example(
                key: isKeyed ? leader.bytes : Array(file.pointer.id.hex.utf8),
                // What a companion holds says nothing of its example.
                content: follows ? RowHash.key([0] + file.path.bytes) : UInt128Key(file.pointer.id),
                identity: isNamed ? leader.description : nil, group: group(of: name),
                stratum: follows ? nil : stratum(of: name))
        }
    }
}

import VxConfig
import VxGit
import VxModel
import VxSystem

/// What the commits that are here say, whoever made them.
extension OwnCommands {
    /// What a commit's `vx.yaml` says.
    enum Said {
        case commands(Set<String>)
        /// It cannot be read as what it is: its text, without white space.
        case text(String)
        /// It is not here, or no plain file: it may say anything.
        case anything

        func says(_ command: String) -> Bool {
            switch self {
            case .commands(let commands): commands.contains(command)
            case .text(let text): text.contains("\\") || text.contains(command.filter { !$0.isWhitespace })
            case .anything: true
            }
        }
    }

    /// Every commit here that changes `vx.yaml`, of branches, tags, reflogs, and what was fetched without a name; and all that
    /// nothing names any more: what came with a branch stays when the branch is deleted.
    func commitsWithConfiguration() async throws -> [GitObjectID] {
        var heads: [UInt8] = []
        for place in Set([repository.gitDirectory, repository.commonDirectory]) {
            let bytes = try Files.read(place.appending("FETCH_HEAD"), limit: 1 << 24) ?? []
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                guard let id = GitObjectID(hex: String(line.prefix(40))), repository.hasObject(id) else { continue }
                heads += Array("\(id.hex)\n".utf8)
            }
        }
        let named = ["rev-list", "--all", "--reflog", "--stdin"]
        let changing = try await ids(named + ["--full-history", "--", Configuration.path.description], input: heads)
        let reached = Set(try await ids(named, input: heads))
        let all = try await ids(
            ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)"],
            after: Array("commit ".utf8))
        return changing + all.filter { !reached.contains($0) }
    }

    /// The ids that a git command prints, one on a line, where `start` stands before each.
    private func ids(_ arguments: [String], input: [UInt8] = [], after start: [UInt8] = []) async throws
        -> [GitObjectID]
    {
        try await GitProcess(environment: ["GIT_NO_LAZY_FETCH": "1"]).stream(
            "git could not list the commits that may have changed vx.yaml", arguments.map { Array($0.utf8) },
            in: workspace.root, input: input, into: []
        ) { ids, line in
            guard line.starts(with: start) else { return }
            if let id = GitObjectID(hex: String(decoding: line.dropFirst(start.count), as: UTF8.self)) {
                ids.append(id)
            }
        }
    }

    /// Reads each `vx.yaml` once.
    struct Reader {
        let repository: Repository
        private var read: [GitObjectID: Said] = [:]
        private var commits: [GitObjectID: Said] = [:]

        init(repository: Repository) { self.repository = repository }

        mutating func said(by commit: GitObjectID) -> Said {
            if let known = commits[commit] { return known }
            let said = fresh(commit: commit)
            commits[commit] = said
            return said
        }

        private mutating func fresh(commit: GitObjectID) -> Said {
            do {
                let tree = try repository.tree(ofCommit: commit)
                guard try !repository.hasAlias(of: Configuration.path.description, inTree: tree) else {
                    return .anything
                }
                guard let entry = try repository.entry(at: Configuration.path, inTree: tree) else {
                    return .commands([])
                }
                return entry.mode.isFile ? said(inBlob: entry.id) : .anything
            } catch {
                return .anything
            }
        }

        /// The blob of a commit's `vx.yaml`; `nil` where it has none, or what it has is no plain file.
        func blob(of commit: GitObjectID) -> GitObjectID? {
            let entry = try? repository.entry(at: Configuration.path, inTree: repository.tree(ofCommit: commit))
            return entry.flatMap { $0.mode.isFile ? $0.id : nil }
        }

        mutating func said(inBlob id: GitObjectID) -> Said {
            if let known = read[id] { return known }
            let said = fresh(id)
            read[id] = said
            return said
        }

        private func fresh(_ id: GitObjectID) -> Said {
            do {
                guard let bytes = try repository.blob(id, limit: 1 << 20) else { return .anything }
                do {
                    return .commands(Set(try Configuration.parse(bytes).commands.map(\.text)))
                } catch {
                    return .text(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
                }
            } catch {
                return .anything
            }
        }
    }
}

import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Tells commands of `vx.yaml` that this user wrote in this clone from those that came here: whoever edits the file himself is
/// not asked whether he trusts himself, and whoever pulls, merges or checks out somebody else's work is.
///
/// A command is the user's own where a commit that `git commit` made here brought it in (HEAD's reflog tells, and does not come
/// along with a clone), or where it stands in `vx.yaml` and in no commit that is here (docs/decisions/0029).
struct OwnCommands {
    /// What a commit's `vx.yaml` says.
    private enum Said {
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

    private let workspace: Workspace
    private var repository: Repository { workspace.repository }

    init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// - Throws: where the repository cannot be read.
    func contains(_ command: String) async throws -> Bool {
        var reader = Reader(repository: repository)
        if try wasCommittedHere(command, &reader) { return true }
        guard workspace.configuration.commands.contains(where: { $0.text == command }),
            try isEdited(bringing: command, &reader)
        else { return false }
        for commit in try await commitsWithConfiguration() where reader.said(by: commit).says(command) { return false }
        return true
    }

    /// Whether a commit that was made here has it, and what that commit was made from has not.
    private func wasCommittedHere(_ command: String, _ reader: inout Reader) throws -> Bool {
        let own = ["commit: ", "commit (initial): ", "commit (amend): ", "commit (merge): "]
        for movement in try repository.headMovements() where own.contains(where: movement.words.hasPrefix) {
            guard case .commands(let commands) = reader.said(by: movement.new), commands.contains(command) else { continue }
            let sources = [movement.old].compactMap(\.self) + (try repository.commitInfo(movement.new).parents)
            if sources.allSatisfy({ !reader.said(by: $0).says(command) }) { return true }
        }
        return false
    }

    /// Whether the file in the workspace was edited there since git wrote it, or the edit is staged. Where git converts the
    /// file, or puts another one's text in its place, what stands there can differ from every commit without that.
    private func isEdited(bringing command: String, _ reader: inout Reader) throws -> Bool {
        let path = Configuration.path
        if let operation = repository.operationInProgress(), operation != "bisect" { return false }
        guard let status = try Files.status(workspace.root.appending(path)), status.kind == .regular else { return false }
        for attribute in ["filter", "ident", "working-tree-encoding"] {
            if let value = try repository.attribute(attribute, of: path), value != "unset" { return false }
        }
        if let head = try repository.head().commit,
            try repository.hasAlias(of: path.description, inTree: repository.tree(ofCommit: head))
        {
            return false
        }
        guard let entry = try repository.readIndex().find(path) else { return true }
        guard entry.mode.isFile else { return false }
        return !entry.stat.matches(status) || reader.said(inBlob: entry.id).says(command)
    }

    /// Every commit here that changes `vx.yaml`: of branches, tags, reflogs, and what was fetched without a name.
    private func commitsWithConfiguration() async throws -> [GitObjectID] {
        var heads: [String] = []
        for place in Set([repository.gitDirectory, repository.commonDirectory]) {
            let bytes = try Files.read(place.appending("FETCH_HEAD"), limit: 1 << 24) ?? []
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                guard let id = GitObjectID(hex: String(line.prefix(40))), repository.hasObject(id) else { continue }
                heads.append(id.hex)
            }
        }
        let output = try await GitProcess().check(
            "git could not list the commits that change vx.yaml",
            ["rev-list", "--all", "--reflog", "--full-history", "--stdin", "--", Configuration.path.description],
            in: workspace.root, input: Array(heads.map { "\($0)\n" }.joined().utf8),
            environment: ["GIT_NO_LAZY_FETCH": "1"])
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { GitObjectID(hex: String($0)) }
    }

    /// Reads each `vx.yaml` once.
    private struct Reader {
        let repository: Repository
        private var read: [GitObjectID: Said] = [:]

        init(repository: Repository) { self.repository = repository }

        mutating func said(by commit: GitObjectID) -> Said {
            do {
                let tree = try repository.tree(ofCommit: commit)
                guard try !repository.hasAlias(of: Configuration.path.description, inTree: tree) else { return .anything }
                guard let entry = try repository.entry(at: Configuration.path, inTree: tree) else { return .commands([]) }
                return entry.mode.isFile ? said(inBlob: entry.id) : .anything
            } catch {
                return .anything
            }
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

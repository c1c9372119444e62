import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Puts data onto raw without checking raw out: what is there stays, and the commit says where the new data came from.
package struct Ingest {
    /// What is to be taken in, and how.
    package struct Options: Sendable {
        /// Files and folders, or `REV:PATH` for what another commit has.
        package var sources: [String]
        /// Where the data came from, for the `Source:` trailer.
        package var provenance: String
        /// The folder on raw.
        package var into: RepoPath
        /// What becomes of content that raw has under another name, or that comes twice.
        package var duplicates: Configuration.Duplicates
        /// Seconds since 1970.
        package var now: Int64
        package var dryRun: Bool

        package init(
            sources: [String], provenance: String, into: RepoPath = "data/raw",
            duplicates: Configuration.Duplicates = .keep, now: Int64, dryRun: Bool = false
        ) {
            self.sources = sources
            self.provenance = provenance
            self.into = into
            self.duplicates = duplicates
            self.now = now
            self.dryRun = dryRun
        }
    }

    /// What was taken in.
    package struct Result: Sendable {
        package var branch = ""
        package var commit: GitObjectID?
        package var added: [(path: RepoPath, size: UInt64)] = []
        /// Files that are not added: raw has them, or their content, already; and where.
        package var known: [(source: RepoPath, path: RepoPath)] = []
        /// Files that are added and have the content of another one, and which.
        package var equal: [(path: RepoPath, other: RepoPath)] = []
        package var notes: [String] = []
    }

    /// A file on its way to raw.
    struct Item {
        var target: RepoPath
        /// For files; what another commit has comes with its pointer.
        var file: FilePath?
        /// Whether git reads it itself, so that it is taken in as it is.
        var isPlain = false
        var blob: [UInt8] = []
        var pointer: Pointer?
        var isExecutable = false
    }

    let workspace: Workspace
    let current: FilePath
    private let git: GitProcess

    /// - Parameter current: the folder relative sources count from.
    package init(_ workspace: Workspace, current: FilePath, git: GitProcess = GitProcess()) {
        self.workspace = workspace
        self.current = current
        self.git = git
    }

    /// Takes the sources in, all or nothing.
    ///
    /// - Throws: `usage` for a source that does not exist; `refused` where raw has another file of that name.
    package func run(_ options: Options) async throws -> Result {
        try workspace.requireInstalled()
        let provenance = options.provenance.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard !provenance.allSatisfy(\.isWhitespace) else {
            throw VxError(
                .usage, "'--source' is empty", because: "raw says of all data where it came from",
                hint: "name who made it and where you got it: --source 'https://… (CC0)'")
        }
        if options.into.isBelowNameForGit {
            throw VxError(
                .usage, "'--into' is '\(options.into)'", because: "git takes that name for a file of its own",
                hint: "name a folder below 'data/raw'")
        }
        let road = try GoverningConfiguration.ofRoad(workspace)
        let branch = try FlowFiles.source(road.configuration.clean.from, .raw, in: road.configuration)
        let repository = workspace.repository
        let writer = BranchWriter(
            repository, branch: branch, beginning: try FlowFiles.beginning(repository, road.configuration), git: git)
        var result = Result(branch: branch)
        if let note = road.note { result.notes.append(note) }
        var items = try collect(options, &result)
        try checkTwice(items)
        let files = items.enumerated().compactMap { position, item in
            item.isPlain ? nil : item.file.map { (position, $0) }
        }
        // Until raw names it, nothing of it may be collected, and neither what was found in the store.
        let hold = options.dryRun ? nil : try workspace.store.hold()
        defer { withExtendedLifetime(hold) {} }
        let taken =
            options.dryRun
            ? try Intake.identify(files.map(\.1), pool: workspace.pool, cancellation: workspace.cancellation)
            : try Intake.read(
                files.map(\.1), into: workspace.store, pool: workspace.pool, cancellation: workspace.cancellation)
        try requireContent(
            of: zip(files, taken).compactMap { file, taken in taken.isText ? (file.1, taken.pointer) : nil })
        for ((position, _), file) in zip(files, taken) {
            items[position].pointer = file.pointer
            items[position].blob = file.blob
            items[position].isExecutable = file.isExecutable
        }
        if options.dryRun {
            _ = try news(items, on: try writer.tip().start, options, &result)
            return result
        }
        let author = try await git.identity(.author, in: workspace.root)
        let committer = try await git.identity(.committer, in: workspace.root)
        let prepared = items
        let notes = result.notes
        var outcome = result
        outcome.commit = try await writer.commit(
            author: author, committer: committer, reason: "vx: ingest"
        ) { tip in
            outcome = Result(branch: branch, notes: notes)
            let new = try self.news(prepared, on: tip, options, &outcome)
            if new.isEmpty { return nil }
            let count = outcome.added.count == 1 ? "\(outcome.added[0].path)" : "\(outcome.added.count) files"
            return BranchWriter.Change(
                try self.edits(new, options.into, tip),
                """
                Ingest \(count)

                Source: \(provenance)
                Ingested-By: \(author.name) <\(author.email)>
                Ingested-At: \(Timestamp(seconds: options.now).text)

                """
            )
        }
        return outcome
    }

    /// What is new, and what raw has already. Nothing is written yet.
    private func news(
        _ items: [Item], on tip: GitObjectID?, _ options: Options, _ result: inout Result
    ) throws -> [Item] {
        let (repository, into) = (workspace.repository, options.into)
        let tree = try tip.map { try repository.tree(ofCommit: $0) }
        var byContent: [ContentID: RepoPath] = [:]
        var byPath: [RepoPath: GitObjectID] = [:]
        if let tip {
            for file in try workspace.dataFiles(tip) {
                byContent[file.pointer.id] = byContent[file.pointer.id] ?? file.path
            }
        }
        if let tree { try repository.walkTree(tree, under: into) { byPath[$0.path] = $0.id } }
        var names = PathNames(byPath.keys)
        for folder in into.parents + [into] {
            if let tree, let entry = try repository.entry(at: folder, inTree: tree), entry.mode != .tree {
                names.insert(folder)
            }
        }
        var new: [Item] = []
        for (item, blob) in zip(items, Repository.blobs(items.map(\.blob))) {
            if let there = byPath[item.target] {
                guard there == blob.id else {
                    throw refused("\(result.branch) has another \(item.target) already", into)
                }
                result.known.append((item.target, item.target))
            } else if let pointer = item.pointer, let path = byContent[pointer.id], options.duplicates == .once {
                result.known.append((item.target, path))
            } else {
                if let pointer = item.pointer, let path = byContent[pointer.id] {
                    result.equal.append((item.target, path))
                }
                if let other = names.clash(item.target) {
                    throw refused("\(result.branch) has \(other) already, so \(item.target) cannot be there", into)
                }
                if let pointer = item.pointer { byContent[pointer.id] = byContent[pointer.id] ?? item.target }
                new.append(item)
                result.added.append((item.target, item.pointer?.size ?? 0))
            }
        }
        if options.duplicates == .refuse, let first = result.equal.first {
            throw VxError(
                .refused, "\(result.equal.count) of \(new.count) files have the content of another",
                because: "\(first.path) has that of \(first.other), and '--duplicates refuse' was given",
                hint: "'--duplicates keep' takes them, '--duplicates once' takes the first of each; nothing was added")
        }
        return new
    }

    private func refused(_ what: String, _ into: RepoPath) -> VxError {
        VxError(
            .refused, what, because: PolicyRule.rawAppendOnly.statement,
            hint: "give the new one another name or folder: 'vx ingest --into \(typed: into)/2 …'; nothing was added")
    }

    private func edits(_ items: [Item], _ into: RepoPath, _ tip: GitObjectID?) throws -> [TreeEdit] {
        let blobs = try workspace.repository.writeBlobs(items.map(\.blob))
        let tree = try tip.map { try workspace.repository.tree(ofCommit: $0) }
        return zip(items, blobs).map { .put($0.target, $0.isExecutable ? .executable : .regular, $1) }
            + (try workspace.attributeEdits(for: [into], inTree: tree))
    }
}

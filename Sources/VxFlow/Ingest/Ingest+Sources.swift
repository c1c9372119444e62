import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace
import struct SystemPackage.FilePath

/// What is to be ingested: files, folders, and data of other commits.
extension Ingest {
    func collect(_ options: Options, _ result: inout Result) throws -> [Item] {
        var items: [Item] = []
        for source in options.sources {
            // An empty name would be the current folder's.
            guard !source.isEmpty else {
                throw VxError(.usage, "a source is empty", hint: "name files or folders; the current folder is '.'")
            }
            let place = current.pushing(FilePath(source)).lexicallyNormalized()
            switch try Files.targetStatus(place)?.kind {
            case .regular: items.append(Item(target: target(of: place, options.into), file: place))
            case .directory: items += try walk(place, target(of: place, options.into), &result)
            case nil where source.contains(":"): items += try fromCommit(source, options.into)
            case nil:
                throw VxError(
                    .usage, "there is no '\(source)'", hint: "name files or folders, or REV:PATH for another branch's")
            default:
                throw VxError(.usage, "'\(source)' is neither a file nor a folder", hint: "name a file or a folder")
            }
        }
        items = try withoutForeignLines(items, &result)
        if items.isEmpty {
            throw VxError(
                .usage, "there is no file in \(options.sources.joined(separator: ", "))",
                hint: "check the name with 'ls'")
        }
        return items
    }

    /// Files that git reads itself come as they are: as pointers they could not be read. Lines of attributes that would take
    /// the data beside them from vx stay behind; they were written for another repository.
    func withoutForeignLines(_ items: [Item], _ result: inout Result) throws -> [Item] {
        try items.compactMap { item in
            guard let file = item.file, Workspace.isGitOwn(item.target) else { return item }
            let bytes = try Files.read(file, limit: Self.longestPlain) ?? []
            if item.target.name == Workspace.attributesPath,
                AttributeText(bytes, definesMacros: false).concernsPointers
            {
                result.notes.append(
                    "\(file) is passed over: its lines would take data below \(item.target.parent) from vx")
                return nil
            }
            var item = item
            item.isPlain = true
            item.blob = bytes
            return item
        }
    }

    private static let longestPlain = 16 << 20

    /// What lies in the workspace below the target folder keeps its path; everything else keeps its own name.
    private func target(of place: FilePath, _ into: RepoPath) -> RepoPath {
        let root = workspace.root.byteArray + [UInt8(ascii: "/")]
        if place.byteArray.starts(with: root) {
            let path = RepoPath(bytes: Array(place.byteArray.dropFirst(root.count)))
            if path.isInside(into) { return path }
        }
        return into.appending(RepoPath(bytes: place.byteArray).name.bytes)
    }

    private func walk(_ folder: FilePath, _ target: RepoPath, _ result: inout Result) throws -> [Item] {
        struct Listing: Sendable {
            var files: [RepoPath] = []
            var folders: [RepoPath] = []
            var passed: [String] = []
        }
        var items: [Item] = []
        var notes: [String] = []
        try DirectoryWalk.run(
            below: folder, from: [.root], pool: workspace.pool, cancellation: workspace.cancellation
        ) { listing in
            var found = Listing()
            for item in listing.items {
                let path = listing.path.appending(item.name)
                switch item.kind {
                case .directory where !item.name.elementsEqual(".git".utf8): found.folders.append(path)
                case .regular where Files.owner(ofTemporaryName: item.name) == nil: found.files.append(path)
                case .symlink: found.passed.append("\(path) is a symlink: passed over")
                case .other: found.passed.append("\(path) is no file: passed over")
                default: break
                }
            }
            return found
        } collect: { level in
            for listing in level {
                items += listing.files.map { Item(target: target.appending($0.bytes), file: folder.appending($0)) }
                notes += listing.passed
            }
            return level.flatMap(\.folders)
        }
        result.notes += notes
        return items.sorted { $0.target < $1.target }
    }

    private func fromCommit(_ source: String, _ into: RepoPath) throws -> [Item] {
        guard let colon = source.firstIndex(of: ":") else { return [] }
        let revision = String(source[..<colon])
        let path = RepoPath(
            bytes: Array(
                source[source.index(after: colon)...].utf8.split(separator: UInt8(ascii: "/")).joined(separator: [
                    UInt8(ascii: "/")
                ])))
        guard let commit = try workspace.repository.findCommit(revision) else {
            throw VxError(
                .usage, "there is no '\(source)'",
                because: "neither a file of that name nor a revision '\(revision)'",
                hint: "'git branch -a' lists the names")
        }
        let files = try workspace.dataFiles(commit, inside: path.isRoot ? [] : [path])
        guard !files.isEmpty else {
            throw VxError(
                .usage, "there is no data file at '\(source)'", hint: "list them with 'vx ls \(typed: revision)'")
        }
        return try files.map { file in
            let target =
                file.path.isInside(into)
                ? file.path
                : into.appending(file.path.bytes.dropFirst(path.parent.isRoot ? 0 : path.parent.bytes.count + 1))
            try FlowFiles.requireData(target, from: file.path)
            return Item(
                target: target, file: nil, blob: file.pointer.encoded, pointer: file.pointer,
                isExecutable: file.isExecutable)
        }
    }

    /// A file may be the text of a pointer, as where its folder's data was never fetched: what it stands for counts then.
    ///
    /// - Throws: `refused` where that is nowhere: raw would keep a file for good that nobody can read.
    func requireContent(of texts: [(file: FilePath, pointer: Pointer?)]) throws {
        let missing = try workspace.outOfReach(texts.compactMap(\.pointer))
        let lost = texts.filter { text in text.pointer.map { missing.contains($0.id) } ?? false }
        guard let first = lost.first, let pointer = first.pointer else { return }
        throw VxError(
            .refused,
            lost.count == 1
                ? "\(first.file) is the text of a pointer, and not the file itself"
                : "\(lost.count) files are the texts of pointers, and not the files themselves: \(first.file) and \(lost.count - 1) more",
            because: "the content \(pointer.id) is neither here nor on \(workspace.remotes.wording)",
            hint:
                "get the file where it comes from ('vx hydrate' or 'git lfs pull' there), or 'vx push' in a clone that has it; nothing was added"
        )
    }

    func checkTwice(_ items: [Item]) throws {
        var seen: Set<RepoPath> = []
        for item in items where !seen.insert(item.target).inserted {
            throw twice("two sources would become \(item.target)")
        }
        let names = PathNames(seen)
        for item in items {
            if let other = names.clash(item.target) {
                throw twice("one source would become \(item.target), and another \(other)")
            }
        }
    }

    private func twice(_ what: String) -> VxError {
        VxError(.usage, what, hint: "take them in one after the other, with '--into'")
    }
}

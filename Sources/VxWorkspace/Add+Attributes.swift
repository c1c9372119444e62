import VxConfig
import VxGit
import VxModel
import VxSystem

/// The lines of `.gitattributes` that give paths to vx.
extension Workspace {
    /// What a line of `.gitattributes` is about.
    struct AttributeTarget {
        var path: RepoPath
        var isFolder: Bool

        /// A path that the line is about: in a folder, a name that no other pattern would single out.
        var probe: RepoPath { isFolder ? path.appending("any") : path }
    }

    package static let attributesPath: RepoPath = ".gitattributes"

    /// The paths that no `.gitattributes` line gives to vx yet.
    func attributeLines(for paths: [RepoPath]) throws -> [AttributeTarget] {
        let filters = try FilterRules(self, repository.readIndex())
        return try paths.compactMap { path in
            let target = AttributeTarget(path: path, isFolder: try Files.isDirectory(root.appending(path)))
            return try filters.isTracked(target.probe) ? nil : target
        }
    }

    /// Adds lines to the root's `.gitattributes`.
    func writeAttributes(_ targets: [AttributeTarget]) throws {
        if targets.isEmpty { return }
        for target in targets where !AttributesFile.hasRoom(forLineOf: target.path, isFolder: target.isFolder) {
            throw VxError(
                .usage, "cannot add \(target.path)",
                because: "git leaves out lines of .gitattributes as long as this path's",
                hint: "add a folder above it: 'vx add DIRECTORY'")
        }
        let lock = try lock(.attributes)
        defer { withExtendedLifetime(lock) {} }
        var file = AttributesFile(try files.read(Self.attributesPath) ?? [])
        // Manifests and run records are read where no store is in reach.
        file.track(targets.map { ($0.path, $0.isFolder) }, plain: ["snapshots", configuration.tracking.path])
        try replaceFile(Self.attributesPath, with: file.bytes, sync: true)
        let filters = try FilterRules(self, repository.readIndex())
        for target in targets {
            guard try filters.isTracked(target.probe) else {
                throw VxError(
                    "\(target.path) cannot be given to vx", because: "another .gitattributes line sets its filter",
                    hint: "see which with 'git check-attr filter -- \(typed: target.probe)', and take it out")
            }
        }
    }

    /// The files that are vx's: a line of the user's may take some out of a tracked folder, and a pointer of those would
    /// never become the file again.
    ///
    /// - Throws: `refused` where git would change the text of a pointer.
    func withoutOthers(_ plan: AddPlan, _ index: GitIndex, _ notes: inout [String]) throws -> [AddPlan.File] {
        let filters = try FilterRules(self, index)
        var others = 0
        let own = try plan.toRead.filter { file in
            if try filters.isTracked(file.path) {
                try Self.require(filters.harm(at: file.path), noneAt: file.path)
                return true
            }
            others += 1
            if others > 10 { return false }
            let line = try filters.filterLine(of: file.path).map {
                " (line \($0.line) of \($0.file): '\($0.spelled("filter"))')"
            }
            notes.append(
                "\(file.path) is not vx's by .gitattributes\(line ?? ""): 'git add \(typed: file.path)' adds it")
            return false
        }
        if others > 10 { notes.append("and \(others - 10) more files are not vx's by .gitattributes") }
        return own
    }

    private static func require(
        _ harm: (attribute: String, answer: AttributeStack.Answer)?, noneAt path: RepoPath
    ) throws(VxError) {
        guard let (attribute, answer) = harm else { return }
        throw VxError(
            .refused, "\(path) cannot be given to vx: git would change the text of its pointer",
            because: "line \(answer.line) of \(answer.file) says '\(answer.spelled(attribute))' of it",
            hint:
                "take that out of the line, or move the line before the one that gives the path to vx; then repeat the command"
        )
    }

    /// Whether `.gitattributes` has lines of ours that the index does not have: an addition was cut short after it had
    /// written them, and without them the next clone would take pointers for text.
    func attributesAreUnstaged(_ index: GitIndex) throws -> Bool {
        let location = root.appending(Self.attributesPath)
        guard let status = try Files.status(location), status.kind == .regular else { return false }
        let entry = index.find(Self.attributesPath)
        if let entry, entry.isProvenUnchanged(status, index: index.timestamp) { return false }
        let text = String(decoding: try Files.read(location) ?? [], as: UTF8.self)
        return try text.contains(AttributesFile.tracking) && entry?.id != repository.blobID(ofFile: location)
    }

    /// The index's entry for `.gitattributes` as it is by now, and its blob. Asked under the index's lock: whoever has
    /// added lines and staged them already has done so in this file, and none of those may be missing from the index.
    func attributesEntry() throws -> (IndexEntry, NewObject) {
        let location = root.appending(Self.attributesPath)
        while true {
            let status = try OpenFile.reading(location).settleTime()
            let bytes = try Files.read(location) ?? []
            // It is replaced as a whole: where it is the same file still, these are its bytes.
            guard try Files.targetStatus(location) == status else { continue }
            let blob = Repository.blobs([bytes])[0]
            return (
                IndexEntry(path: Self.attributesPath, mode: .regular, id: blob.id, stat: IndexEntry.Stat(status)), blob
            )
        }
    }
}

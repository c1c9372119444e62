import VxGit
import VxModel
import VxStore
import VxSystem

/// Goes through the differences of two commits and compares each with what stands in the workspace.
struct CheckoutPlanner {
    var plan = CheckoutPlan()
    /// What would be lost.
    private(set) var obstacles: Set<RepoPath> = []
    /// What stands where something else is to be written: obstacles, and folders with all that is in them.
    private(set) var inTheWay: Set<RepoPath> = []

    /// Unchanged data files whose content the store has lost: what stands here may be all there is.
    private(set) var onlyCopies: [(path: RepoPath, pointer: Pointer)] = []

    private let workspace: Workspace
    private let index: GitIndex
    private let places: Places
    private let filters: FilterRules
    /// Files that git says are as the index has them.
    private let unchanged: Set<RepoPath>
    private let left: LeftBehind
    private let filtersAreKnown: Bool
    private let trustsFileMode: Bool
    /// What the target does not have: it makes room for folders of the same name, and leaves folders empty.
    private let leaving: Set<RepoPath>

    init(
        _ workspace: Workspace, _ index: GitIndex, _ changes: [TreeChange], unchanged: Set<RepoPath>,
        left: LeftBehind
    ) throws {
        self.unchanged = unchanged
        self.left = left
        self.workspace = workspace
        self.index = index
        places = Places(workspace.root)
        filters = try FilterRules(workspace, index)
        leaving = Set(changes.filter { $0.new == nil }.map(\.path))
        filtersAreKnown = !changes.contains { $0.path.name == Workspace.attributesPath }
        trustsFileMode = try workspace.repository.trustsFileMode
    }

    mutating func consider(_ change: TreeChange) throws {
        let path = change.path
        let status = try places.status(path)
        if change.new?.mode == .submodule || change.old?.mode == .submodule {
            return try considerSubmodule(change, status)
        }
        var standing = Standing.old
        if status?.kind == .directory {
            try considerFolder(at: path, isReplaced: change.new != nil)
            // With what is in it, empty folders too.
            if change.new != nil { inTheWay.insert(path) }
            if indexDiffers(change) { obstacles.insert(path) }
        } else {
            standing = try self.standing(change, status)
            if standing == .other { obstacles.insert(path) }
            if standing == .old, let old = change.old, let status, let pointer = try onlyCopy(of: old, path, status) {
                onlyCopies.append((path, pointer))
            }
        }
        guard let new = change.new else {
            plan.removed.append(path)
            if let status, status.kind != .directory { plan.gone.append((path, status)) }
            return
        }
        if let blocker = try places.blocker(above: path), !leaving.contains(blocker) {
            obstacles.insert(blocker)
            inTheWay.insert(blocker)
        }
        plan.blobs[path] = new
        guard let pointer = try pointer(of: new, at: path) else {
            if standing == .new, change.old == new { return }
            if new.mode.isFile, case .malformed(let flaw) = try workspace.repository.reading(ofBlob: new.id) {
                plan.malformed.append(Pointer.malformed(path, flaw))
            }
            plan.code.append(change)
            return
        }
        let file = DataFile(path: path, pointer: pointer, isExecutable: new.mode == .executable)
        if standing == .new, let status, status.isExecutable == file.isExecutable {
            plan.present.append((file, status))
        } else {
            plan.data.append(LayDown.Job(file: file, standing: status?.kind == .directory ? nil : status))
        }
    }

    /// What the old file holds, where that is not in the store.
    private func onlyCopy(of old: TreeItem, _ path: RepoPath, _ status: FileStat) throws -> Pointer? {
        guard let pointer = try pointer(of: old, at: path), status.kind == .regular, status.size == pointer.size,
            try !workspace.store.has(pointer.id)
        else { return nil }
        return pointer
    }

    private mutating func considerSubmodule(_ change: TreeChange, _ status: FileStat?) throws {
        if indexDiffers(change) { obstacles.insert(change.path) }
        guard let new = change.new else {
            plan.removed.append(change.path)
            plan.emptied.append(change.path)
            return
        }
        if let status, status.kind != .directory, !leaving.contains(change.path) {
            obstacles.insert(change.path)
            inTheWay.insert(change.path)
        }
        plan.submodules.append((change.path, new))
    }

    /// A folder that stands where a file is to be, or was, may go when this checkout empties it.
    private mutating func considerFolder(at folder: RepoPath, isReplaced: Bool) throws {
        guard isReplaced else {
            obstacles.insert(folder)
            return
        }
        plan.emptied.append(folder)
        for name in try Files.unsortedNames(in: workspace.root.appending(folder)) ?? [] {
            let path = folder.appending(name)
            if try places.status(path)?.kind == .directory {
                try considerFolder(at: path, isReplaced: true)
            } else if !leaving.contains(path) {
                obstacles.insert(path)
                inTheWay.insert(path)
            }
        }
    }

    private enum Standing {
        /// Nothing, or what the old commit or the index has.
        case old
        /// Already what the new commit has.
        case new
        /// Something of the user's own.
        case other
    }

    /// Whether the index has a third opinion, or a conflict, or says that the path was taken out.
    private func indexDiffers(_ change: TreeChange) -> Bool {
        guard let entry = index.find(change.path) else {
            let isConflict = index.entries(under: change.path).contains { $0.path == change.path }
            return isConflict || (change.old != nil && change.new != nil)
        }
        let item = TreeItem(mode: entry.mode, id: entry.id)
        return item != change.old && item != change.new
    }

    private mutating func standing(_ change: TreeChange, _ status: FileStat?) throws -> Standing {
        if indexDiffers(change) { return .other }
        guard let status else { return .old }
        if left.cutShort.contains(change.path) {
            plan.cutShort.append(change.path)
            return .old
        }
        if let entry = index.find(change.path),
            unchanged.contains(change.path) || entry.isProvenUnchanged(status, index: index.timestamp)
        {
            return TreeItem(mode: entry.mode, id: entry.id) == change.new ? .new : .old
        }
        for (side, answer) in [(change.new, Standing.new), (change.old, .old)] {
            guard let side, hasMode(status, side.mode) else { continue }
            if let pointer = try pointer(of: side, at: change.path) {
                let comparison = try workspace.compare(status, at: change.path, with: pointer)
                if comparison == .same { return answer }
                if comparison == .pointerText { return .old }
            } else if status.kind == .regular, side.mode.isFile,
                try workspace.repository.blobID(ofFile: workspace.root.appending(change.path)) == side.id
            {
                return answer
            }
        }
        if let new = change.new, let pointer = try pointer(of: new, at: change.path),
            try workspace.isCutShort(status, at: change.path, of: pointer)
        {
            plan.cutShort.append(change.path)
            return .old
        }
        return left.whole.contains(change.path) ? .old : .other
    }

    private func hasMode(_ status: FileStat, _ mode: FileMode) -> Bool {
        !trustsFileMode || !mode.isFile || status.isExecutable == (mode == .executable)
    }

    /// The pointer a side of a change holds, unless another filter (Git LFS's) is to read it.
    private func pointer(of side: TreeItem, at path: RepoPath) throws -> Pointer? {
        guard let pointer = try workspace.soundPointer(of: side) else { return nil }
        if try filters.isTracked(path) { return pointer }
        let filter = try filters.filterLine(of: path)
        // Where the attributes change too, those of the workspace do not tell, and what is LFS's by its form is left to git.
        if filtersAreKnown || filter != nil { return nil }
        return try workspace.repository.blob(side.id, limit: Pointer.maximumLength) == pointer.encoded ? pointer : nil
    }
}

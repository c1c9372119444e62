import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// The files of the sides as they become: what is put, replaced, moved and taken away, and the edits of the tree that follow.
struct SideEdits {
    private struct Standing {
        var pointer: Pointer?
        var isExecutable: Bool
        var blob: GitObjectID?
    }

    /// A file that is to have another name on its side.
    struct Move {
        /// Among what stood there.
        var place: Int
        var name: RepoPath
        /// The number that goes with the name where it is free.
        var number: Int?
    }

    private let splitter: Splitter
    private let old: [DataFile]
    private let reserved: Set<RepoPath>
    /// What stands at each path; the blob is there where it is to be written.
    private var files: [RepoPath: Standing] = [:]
    private(set) var sideOfPath: [RepoPath: Int] = [:]
    /// How many files have each content.
    private var contents: [ContentID: Int] = [:]
    private var replaced: [(path: RepoPath, was: ContentID)] = []

    /// - Parameters:
    ///   - old: what stands on the sides.
    ///   - reserved: names below a side that no other file is to get by its number.
    init(_ splitter: Splitter, _ old: [DataFile], reserved: Set<RepoPath> = []) {
        self.splitter = splitter
        self.old = old
        self.reserved = reserved
        for file in old {
            guard let side = splitter.side(of: file.path) else { continue }
            files[file.path] = Standing(pointer: file.pointer, isExecutable: file.isExecutable)
            sideOfPath[file.path] = side
            contents[file.pointer.id, default: 0] += 1
        }
    }

    /// Whether a file has this content.
    func has(_ id: ContentID) -> Bool { contents[id, default: 0] > 0 }

    /// Writes a file anew, or takes it away where there is nothing left of it.
    mutating func replace(_ place: Int, with pointer: Pointer?, _ blob: GitObjectID?) {
        let file = old[place]
        replaced.append((file.path, file.pointer.id))
        contents[file.pointer.id, default: 0] -= 1
        if let pointer { contents[pointer.id, default: 0] += 1 }
        if let pointer, let blob {
            files[file.path] = Standing(pointer: pointer, isExecutable: file.isExecutable, blob: blob)
        } else {
            files[file.path] = nil
            sideOfPath[file.path] = nil
        }
    }

    /// Gives files the names of their sources, which have other ones now. What was replaced by nothing is not there to move.
    ///
    /// All are taken away before the first is put, so that two that exchange their names do.
    ///
    /// - Returns: the new paths, by the places.
    @discardableResult
    mutating func move(_ moves: [Move]) throws -> [Int: RepoPath] {
        struct Leaving {
            var move: Move
            var side: Int
            var file: Standing
        }
        var leaving: [Leaving] = []
        for move in moves {
            let path = old[move.place].path
            guard var file = files.removeValue(forKey: path), let side = sideOfPath.removeValue(forKey: path) else {
                continue
            }
            file.pointer = file.pointer ?? old[move.place].pointer
            leaving.append(Leaving(move: move, side: side, file: file))
        }
        let blobs = try splitter.workspace.repository.writeBlobs(leaving.compactMap(\.file.pointer?.blob))
        var paths: [Int: RepoPath] = [:]
        for (item, blob) in zip(leaving, blobs) {
            let path = splitter.free(
                item.move.name, side: item.side, number: item.move.number, reserved: reserved
            ) { files[$0] != nil }
            paths[item.move.place] = path
            files[path] = item.file
            files[path]?.blob = item.file.blob ?? blob
            sideOfPath[path] = item.side
        }
        return paths
    }

    /// Whether no file of a side has a name with that number.
    func isFree(_ name: RepoPath, side: Int, number: Int?) -> Bool {
        files[splitter.path(name, side: side, number: number)] == nil
    }

    /// Puts a new file on a side, under a name that is free there.
    ///
    /// - Parameter number: goes with the name where that is free.
    /// - Returns: its path.
    @discardableResult
    mutating func put(
        _ name: RepoPath, _ side: Int, _ pointer: Pointer?, _ blob: GitObjectID, isExecutable: Bool = false,
        number: Int? = nil
    ) -> RepoPath {
        let path = splitter.free(name, side: side, number: number, reserved: reserved) { files[$0] != nil }
        files[path] = Standing(pointer: pointer, isExecutable: isExecutable, blob: blob)
        sideOfPath[path] = side
        if let pointer { contents[pointer.id, default: 0] += 1 }
        return path
    }

    /// Every file as it becomes, sorted by path.
    var all: [(path: RepoPath, side: Int, pointer: Pointer)] {
        files.compactMap { path, file in
            guard let side = sideOfPath[path] else { return nil }
            return (path, side, file.pointer ?? Pointer(id: .empty, size: 0))
        }.sorted { $0.path < $1.path }
    }

    /// The contents that are on several sides.
    var across: Set<ContentID> {
        var sides: [ContentID: Int] = [:]
        var found: Set<ContentID> = []
        for (path, file) in files {
            guard let id = file.pointer?.id, let side = sideOfPath[path] else { continue }
            if let other = sides[id], other != side { found.insert(id) }
            sides[id] = side
        }
        return found
    }

    /// Hands on what changes, in the order of the paths.
    func finish(_ outcome: inout Splitter.Outcome) {
        for file in old where files[file.path] == nil && splitter.side(of: file.path) != nil {
            outcome.edits.append(.remove(file.path))
            outcome.removed += 1
        }
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            guard let blob = file.blob else { continue }
            outcome.edits.append(.put(path, file.isExecutable ? .executable : .regular, blob))
            outcome.added += 1
        }
        outcome.manifest.replaced = replaced.map { .init(path: $0.path, was: $0.was, id: files[$0.path]?.pointer?.id) }
        outcome.manifest.equalAcross = across
    }
}

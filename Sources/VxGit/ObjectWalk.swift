import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Walks over all objects that others lead to, each once, as often as it is asked to: a second walk from the same places
/// costs only what is new.
///
/// Reads the objects' own bytes: replacements (`refs/replace`) do not hide what they replace.
package final class ObjectWalk {
    /// A file met on the way.
    package struct File {
        package var id: GitObjectID
        /// Where it was met first; the root of the repository where it was named by itself.
        package var path: RepoPath
        /// The commit in which it was met first; `nil` where no commit led to it.
        package var commit: GitObjectID?
    }

    private let repository: Repository
    private let shallow: Set<GitObjectID>
    private let isPartial: Bool
    private var seen: Set<GitObjectID> = []
    private var left: [GitObjectID: Left] = [:]
    /// Objects that were asked for and not here. That the packs can be read is asked at the first.
    private var absences = 0

    /// Where the walk has to go on once an object is here.
    private struct Left {
        var path: RepoPath
        var commit: GitObjectID?
        var root: RootObject
        /// Whether a folder says that it is a file, so that its type need not be asked for.
        var isFile: Bool
    }

    /// Objects that a partial clone has left out, and that something leads to: ``resume(cancellation:_:)`` goes on there.
    package var absent: [GitObjectID] { left.keys.sorted { $0.hex < $1.hex } }

    /// Whether the clone's history ends somewhere: what lies beyond is not walked over, and is in no ``absent``.
    package var isShallow: Bool { !shallow.isEmpty }

    /// - Throws: where git's notes about a shallow or partial clone cannot be read.
    package init(_ repository: Repository) throws(VxError) {
        self.repository = repository
        shallow = try repository.shallowCommits()
        isPartial = try !repository.promisorRemotes().isEmpty
    }

    /// Calls `body` for every file that `root` leads to and no walk has met before.
    ///
    /// - Throws: where something is missing or damaged that git itself would miss; what `body` throws. What a partial clone
    ///   has left out is in ``absent`` instead.
    package func walk(
        from root: RootObject, cancellation: Cancellation, _ body: (File) throws -> Void
    ) throws {
        // What a reflog or an earlier command has noted may be gone altogether. What is there is whole, or damaged.
        if !root.isRequired, !seen.contains(root.id), !repository.hasObject(root.id) { return }
        try walk(root.id, at: .root, root, cancellation, body)
    }

    /// Goes on where objects were absent. Those that still are stay so.
    ///
    /// - Throws: as ``walk(from:cancellation:_:)``.
    package func resume(cancellation: Cancellation, _ body: (File) throws -> Void) throws {
        let earlier = left
        left = [:]
        for (id, place) in earlier {
            if place.isFile {
                try meet(id, at: place.path, in: place.commit, place.root, body)
            } else if place.commit != nil {
                try walkTree(id, at: place.path, in: place.commit, place.root, cancellation, body)
            } else {
                try walk(id, at: place.path, place.root, cancellation, body)
            }
        }
    }

    private func walk(
        _ first: GitObjectID, at path: RepoPath, _ root: RootObject, _ cancellation: Cancellation,
        _ body: (File) throws -> Void
    ) throws {
        var waiting = [first]
        while let id = waiting.popLast() {
            guard seen.insert(id).inserted else { continue }
            try cancellation.check()
            guard let object = try read(id, Left(path: path, commit: nil, root: root, isFile: false)) else { continue }
            switch object.type {
            case GIT_OBJECT_COMMIT:
                let (tree, parents) = try Self.links(ofCommit: object.bytes, id)
                if !shallow.contains(id) { waiting += parents }
                try walkTree(tree, at: .root, in: id, root, cancellation, body)
            case GIT_OBJECT_TAG:
                waiting.append(try Self.target(ofTag: object.bytes, id))
            case GIT_OBJECT_TREE:
                seen.remove(id)
                try walkTree(id, at: path, in: nil, root, cancellation, body)
            default:
                try body(File(id: id, path: path, commit: nil))
            }
        }
    }

    private func walkTree(
        _ id: GitObjectID, at folder: RepoPath, in commit: GitObjectID?, _ root: RootObject,
        _ cancellation: Cancellation, _ body: (File) throws -> Void
    ) throws {
        guard seen.insert(id).inserted else { return }
        try cancellation.check()
        try Repository.requireShort(folder)
        guard let object = try read(id, Left(path: folder, commit: commit, root: root, isFile: false)) else { return }
        for entry in try Self.entries(ofTree: object.bytes, id) {
            switch entry.mode {
            case .tree: try walkTree(entry.id, at: folder.appending(entry.name), in: commit, root, cancellation, body)
            case .regular, .executable: try meet(entry.id, at: folder.appending(entry.name), in: commit, root, body)
            default: continue
            }
        }
    }

    private func meet(
        _ id: GitObjectID, at path: RepoPath, in commit: GitObjectID?, _ root: RootObject, _ body: (File) throws -> Void
    ) throws {
        guard seen.insert(id).inserted else { return }
        guard try isHere(id, Left(path: path, commit: commit, root: root, isFile: true)) else { return }
        try body(File(id: id, path: path, commit: commit))
    }

    // MARK: - Objects

    /// Whether an object is here; `false` where a partial clone has left it out.
    private func isHere(_ id: GitObjectID, _ place: Left) throws(VxError) -> Bool {
        if repository.hasObject(id) { return true }
        try repository.requireReadable(id, lookingAtPacks: absences == 0)
        absences += 1
        guard isPartial else {
            throw VxError(
                .corrupt, "object \(id) is missing in \(repository.commonDirectory)",
                because: "\(place.root.place) leads to it",
                hint: place.root.notedSince == nil
                    ? "run 'git fsck' there; 'git fetch' may bring the object back"
                    : "remove \(place.root.place) where nothing needs it; 'git fetch' may bring the object back")
        }
        left[id] = place
        // It may be there the next time.
        seen.remove(id)
        return false
    }

    /// A commit, tag or tree with its bytes, a blob without; `nil` where a partial clone has left it out.
    private func read(_ id: GitObjectID, _ place: Left) throws(VxError) -> (type: git_object_t, bytes: [UInt8])? {
        guard try isHere(id, place) else { return nil }
        let (_, type) = try repository.header(of: id)
        if type == GIT_OBJECT_BLOB { return (type, []) }
        return (type, try repository.objectBytes(id))
    }

    static func links(ofCommit bytes: [UInt8], _ id: GitObjectID) throws(VxError) -> (
        GitObjectID, [GitObjectID]
    ) {
        var tree: GitObjectID?
        var parents: [GitObjectID] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let text = String(decoding: line.prefix(60), as: UTF8.self)
            if text.hasPrefix("tree ") {
                tree = GitObjectID(hex: String(text.dropFirst(5)))
            } else if text.hasPrefix("parent "), let parent = GitObjectID(hex: String(text.dropFirst(7))) {
                parents.append(parent)
            } else {
                break
            }
        }
        guard let tree else { throw damage(id) }
        return (tree, parents)
    }

    static func target(ofTag bytes: [UInt8], _ id: GitObjectID) throws(VxError) -> GitObjectID {
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard line.hasPrefix("object "), let target = GitObjectID(hex: String(line.dropFirst(7))) else {
            throw damage(id)
        }
        return target
    }

    private static func entries(ofTree bytes: [UInt8], _ id: GitObjectID) throws(VxError) -> [RawTreeEntry] {
        var entries: [RawTreeEntry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let end = rest[space...].firstIndex(of: 0), rest.endIndex - end > GitObjectID.byteCount,
                let mode = UInt32(String(decoding: rest[rest.startIndex..<space], as: UTF8.self), radix: 8)
            else { throw damage(id) }
            let next = end + 1 + GitObjectID.byteCount
            entries.append(
                RawTreeEntry(
                    name: Array(rest[(space + 1)..<end]), rawMode: mode, id: GitObjectID(bytes: rest[(end + 1)..<next]))
            )
            rest = rest[next...]
        }
        return entries
    }

    private static func damage(_ id: GitObjectID) -> VxError {
        VxError(.corrupt, "git's object \(id) cannot be read", hint: "run 'git fsck' to see what is damaged")
    }
}

extension Repository {
    /// All bytes of an object of any type, without its header.
    ///
    /// - Throws: where it is missing or damaged.
    func objectBytes(_ id: GitObjectID) throws(VxError) -> [UInt8] {
        var name = id.libgit2
        let object = try handle("object", id, release: git_odb_object_free) {
            git_odb_read(&$0, objects.pointer, &name)
        }
        return Array(
            UnsafeRawBufferPointer(
                start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer)))
    }
}

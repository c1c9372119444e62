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
    /// Objects that are not here, though something leads to them, in a clone that has only a part of the history.
    package private(set) var absent = 0

    /// - Throws: where git's notes about a shallow or partial clone cannot be read.
    package init(_ repository: Repository) throws(VxError) {
        self.repository = repository
        let list = try Files.read(repository.commonDirectory.appending("shallow")) ?? []
        shallow = Set(
            list.split(separator: UInt8(ascii: "\n")).compactMap {
                GitObjectID(hex: String(decoding: $0, as: UTF8.self))
            })
        let isPartial = try repository.configString("extensions.partialClone") != nil
        let hasPromisor = try repository.configBool("remote.origin.promisor") == true
        self.isPartial = isPartial || hasPromisor
    }

    /// Calls `body` for every file that `root` leads to and no walk has met before.
    ///
    /// - Throws: where a required object is missing or damaged, and what `body` throws.
    package func walk(
        from root: RootObject, cancellation: Cancellation, _ body: (File) throws -> Void
    ) throws {
        var waiting = [root.id]
        while let id = waiting.popLast() {
            guard seen.insert(id).inserted else { continue }
            try cancellation.check()
            guard let object = try read(id, root) else { continue }
            switch object.type {
            case GIT_OBJECT_COMMIT:
                let (tree, parents) = try Self.links(ofCommit: object.bytes, id)
                if !shallow.contains(id) { waiting += parents }
                try walkTree(tree, at: .root, in: id, root, cancellation, body)
            case GIT_OBJECT_TAG:
                waiting.append(try Self.target(ofTag: object.bytes, id))
            case GIT_OBJECT_TREE:
                seen.remove(id)
                try walkTree(id, at: .root, in: nil, root, cancellation, body)
            default:
                try body(File(id: id, path: .root, commit: nil))
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
        guard let object = try read(id, root) else { return }
        for entry in try Self.entries(ofTree: object.bytes, id) {
            switch entry.mode {
            case .tree: try walkTree(entry.id, at: folder.appending(entry.name), in: commit, root, cancellation, body)
            case .regular, .executable:
                guard seen.insert(entry.id).inserted, try isHere(entry.id, root) else { continue }
                try body(File(id: entry.id, path: folder.appending(entry.name), commit: commit))
            default: continue
            }
        }
    }

    // MARK: - Objects

    /// Whether an object is here; `false` where it may be missing and is.
    private func isHere(_ id: GitObjectID, _ root: RootObject) throws(VxError) -> Bool {
        if repository.hasObject(id) { return true }
        // libgit2 passes over what it cannot open or map, and calls the object missing then.
        try Machine.requireSpare(.few)
        if root.isRequired, !isPartial {
            throw VxError(
                .corrupt, "object \(id) is missing in \(repository.commonDirectory)",
                because: "\(root.place) leads to it",
                hint: "run 'git fsck' there; 'git fetch' may bring the object back")
        }
        absent += 1
        // It may be there the next time.
        seen.remove(id)
        return false
    }

    /// A commit, tag or tree with its bytes, a blob without; `nil` where it may be missing and is.
    private func read(_ id: GitObjectID, _ root: RootObject) throws(VxError) -> (type: git_object_t, bytes: [UInt8])? {
        guard try isHere(id, root) else { return nil }
        let (_, type) = try repository.header(of: id)
        if type == GIT_OBJECT_BLOB { return (type, []) }
        return (type, try repository.objectBytes(id))
    }

    private static func links(ofCommit bytes: [UInt8], _ id: GitObjectID) throws(VxError) -> (
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

    private static func target(ofTag bytes: [UInt8], _ id: GitObjectID) throws(VxError) -> GitObjectID {
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
        let object = try Handle("cannot read object \(id)", release: git_odb_object_free) {
            git_odb_read(&$0, objects.pointer, &name)
        }
        return Array(
            UnsafeRawBufferPointer(
                start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer)))
    }
}

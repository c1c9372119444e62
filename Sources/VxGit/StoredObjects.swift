import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which objects a repository has, whatever leads to them: what came with a branch stays when the branch is deleted.
///
/// As they are: replacements (`refs/replace`) hide nothing, and nothing is fetched that a partial clone has left out.
package struct StoredObjects: Sendable {
    package private(set) var commits: [GitObjectID] = []
    package private(set) var trees: Set<GitObjectID> = []
    package private(set) var tags: [GitObjectID] = []

    /// - Throws: where git cannot list them.
    package init(of repository: Repository) async throws(VxError) {
        let git = GitProcess(environment: ["GIT_NO_LAZY_FETCH": "1"])
        let arguments = [
            "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)",
        ]
        self = try await git.stream(
            "git could not list its objects", arguments.map { Array($0.utf8) },
            in: repository.workTree ?? repository.commonDirectory, into: StoredObjects()
        ) { objects, line in objects.take(line) }
    }

    private init() {}

    private mutating func take(_ line: ArraySlice<UInt8>) {
        // Of all types, blobs alone begin with a b, and most objects are blobs.
        guard line.first != UInt8(ascii: "b"), let space = line.firstIndex(of: UInt8(ascii: " ")),
            let id = GitObjectID(hex: String(decoding: line[(space + 1)...], as: UTF8.self))
        else { return }
        switch line.first {
        case UInt8(ascii: "c"): commits.append(id)
        case _ where line.dropFirst().first == UInt8(ascii: "r"): trees.insert(id)
        default: tags.append(id)
        }
    }
}

extension Repository {
    /// What a commit object itself names.
    package struct CommitLinks: Sendable {
        package var tree: GitObjectID
        package var parents: [GitObjectID]
    }

    /// The tree and the parents that a commit's own bytes name, also those beyond the end of a shallow clone.
    ///
    /// - Throws: where it is missing or damaged.
    package func links(ofCommit id: GitObjectID) throws(VxError) -> CommitLinks {
        let (tree, parents) = try ObjectWalk.links(ofCommit: objectBytes(id), id)
        return CommitLinks(tree: tree, parents: parents)
    }

    /// What a tag object names.
    ///
    /// - Throws: where it is missing or damaged.
    package func target(ofTag id: GitObjectID) throws(VxError) -> GitObjectID {
        try ObjectWalk.target(ofTag: objectBytes(id), id)
    }

    /// Calls `visit` for each file and symlink that a tree names itself, and whose name ends with one of some bytes, in whatever
    /// case, or is not of plain letters.
    ///
    /// - Throws: where the tree is missing or damaged.
    package func visitFiles(
        ofTree id: GitObjectID, endingWith last: UInt8, _ visit: (_ name: [UInt8], GitObjectID) -> Void
    ) throws(VxError) {
        try visitEntries(ofTree: id) { mode, name, item in
            // A folder's mode begins with 4, a submodule's with 16.
            guard mode.first == UInt8(ascii: "1"), mode.dropFirst().first != UInt8(ascii: "6"), let sign = name.last,
                sign | 0x20 == last || sign >= 0x80
            else { return }
            visit(Array(name), GitObjectID(bytes: item))
        }
    }

    /// Calls `visit` for each folder that a tree names itself.
    ///
    /// - Throws: where the tree is missing or damaged.
    package func visitFolders(ofTree id: GitObjectID, _ visit: (GitObjectID) -> Void) throws(VxError) {
        try visitEntries(ofTree: id) { mode, _, item in
            if mode.first == UInt8(ascii: "4") { visit(GitObjectID(bytes: item)) }
        }
    }

    private typealias Bytes = Slice<UnsafeRawBufferPointer>

    /// - Parameter visit: takes the digits of the mode, the name, and the bytes of the id.
    private func visitEntries(
        ofTree id: GitObjectID, _ visit: (_ mode: Bytes, _ name: Bytes, _ item: Bytes) -> Void
    ) throws(VxError) {
        var name = id.libgit2
        let object = try handle("object", id, release: git_odb_object_free) {
            git_odb_read(&$0, objects.pointer, &name)
        }
        var rest = UnsafeRawBufferPointer(
            start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer))[...]
        while !rest.isEmpty {
            guard let start = rest.base.baseAddress.map({ $0 + rest.startIndex }),
                let zero = memchr(start, 0, rest.count).map({ UnsafeRawPointer($0) - start }),
                rest.count - zero > GitObjectID.byteCount,
                let space = memchr(start, 0x20, zero).map({ UnsafeRawPointer($0) - start })
            else { throw VxError(.corrupt, "git's object \(id) cannot be read", hint: "run 'git fsck'") }
            let (end, next) = (rest.startIndex + zero, rest.startIndex + zero + 1 + GitObjectID.byteCount)
            let middle = rest.startIndex + space
            visit(rest[..<middle], rest[(middle + 1)..<end], rest[(end + 1)..<next])
            rest = rest[next...]
        }
    }
}

import VxGit
import VxModel
import VxStore

extension IndexEntry {
    /// The error for a file that is named and that git has been told not to look at.
    var leftOut: VxError {
        let (flag, way) =
            skipWorktree
            ? ("skip-worktree", "'git update-index --no-skip-worktree -- \(typed: path)'")
            : ("assume-unchanged", "'git update-index --no-assume-unchanged -- \(typed: path)'")
        return VxError(
            .usage, "\(path) is left as it is", because: "git has been told not to look at it (\(flag))",
            hint: "\(way) has it look again")
    }
}

/// A data file of some tree: where it stands and what it holds.
package struct DataFile: Hashable, Sendable {
    package var path: RepoPath
    package var pointer: Pointer
    package var isExecutable: Bool

    package init(path: RepoPath, pointer: Pointer, isExecutable: Bool) {
        self.path = path
        self.pointer = pointer
        self.isExecutable = isExecutable
    }
}

extension Repository {
    /// The pointer a blob holds; `nil` for any other content.
    ///
    /// - Throws: where the blob starts as a pointer and is none, naming `path`.
    package func pointer(inBlob id: GitObjectID, at path: RepoPath) throws -> Pointer? {
        guard let bytes = try blob(id, limit: Pointer.maximumLength) else { return nil }
        return try Pointer.checked(bytes, at: path)
    }

    /// The pointer that is vx's: one of Git LFS's form only where git hands the path to vx; elsewhere it is LFS's own.
    ///
    /// - Throws: where the blob starts as a pointer of vx and is none, naming `path`.
    package func pointer(inBlob id: GitObjectID, at path: RepoPath, owner: some PathOwner) throws -> Pointer? {
        guard let bytes = try blob(id, limit: Pointer.maximumLength) else { return nil }
        if Pointer.isOfLFS(bytes), try !owner.isTracked(path) { return nil }
        return try Pointer.checked(bytes, at: path)
    }

    /// The same of a side of a change; `nil` also for a malformed one: to git, and to what compares, that is text like any
    /// other.
    package func soundPointer(of side: TreeItem?, at path: RepoPath, owner: some PathOwner) throws -> Pointer? {
        guard let side, side.mode.isFile, let bytes = try blob(side.id, limit: Pointer.maximumLength),
            let pointer = Pointer(bytes)
        else { return nil }
        return try Pointer.isOfLFS(bytes) && !owner.isTracked(path) ? nil : pointer
    }

    /// The same, with a malformed pointer as an answer, for what has to go on with the other files.
    func reading(ofBlob id: GitObjectID) throws(VxError) -> Pointer.Reading {
        guard let bytes = try blob(id, limit: Pointer.maximumLength) else { return .content }
        return Pointer.read(bytes)
    }
}

extension Pointer {
    /// The pointer in `bytes`, `nil` for content.
    ///
    /// - Throws: where they start as a pointer and are none, naming `path`.
    package static func checked(_ bytes: some BidirectionalCollection<UInt8>, at path: RepoPath) throws(VxError)
        -> Pointer?
    {
        switch read(bytes) {
        case .pointer(let pointer): return pointer
        case .content: return nil
        case .malformed(let flaw): throw malformed(path, flaw)
        }
    }

    /// Holds a pointer whose text stands in the work tree against the content it names, where that is here.
    ///
    /// - Throws: that it is malformed, where the content has another size.
    func check(in store: Store, at path: RepoPath) throws(VxError) {
        guard let found = try store.size(of: id), found != size else { return }
        throw Self.malformed(path, "its size is \(size), and the content that it names has \(found) bytes")
    }

    static func malformed(_ path: RepoPath, _ flaw: Flaw) -> VxError {
        VxError(
            .corrupt, "\(path): malformed pointer", because: flaw.text,
            hint: flaw == .merged
                ? "take one of them with 'git checkout --ours -- \(typed: path)' or 'git checkout --theirs -- \(typed: path)', then 'git add \(typed: path)'"
                : "put a good one back with 'git checkout COMMIT -- \(typed: path)' ('git log -- \(typed: path)' lists them), or put the data there and 'vx add \(typed: path)'"
        )
    }

    /// Whether a file of this many bytes could be a pointer's text. Ours have 96 to 114 bytes and those of LFS 126 to
    /// 144, three more with carriage returns, so that looking for files not hydrated yet opens next to none of the others.
    package static func couldBeText(ofLength length: UInt64) -> Bool {
        (96...117).contains(length) || (126...147).contains(length)
    }

    /// The same for a file of a work tree, where git may have encoded the text in units of two or four bytes.
    package static func couldBeWorkTreeText(ofLength length: UInt64) -> Bool {
        if length % 2 != 0 { return couldBeText(ofLength: length) }
        return [(1, 0), (2, 0), (2, 2), (4, 0), (4, 4)].contains { unit, mark in
            length > mark && (length - mark) % unit == 0 && couldBeText(ofLength: (length - mark) / unit)
        }
    }
}

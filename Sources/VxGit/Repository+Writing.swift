import CLibgit2
import VxModel

extension Repository {
    /// Fewer objects than this are written loose, one file each; from here on they go into one pack.
    static let packThreshold = 64

    /// Writes blobs and gives their ids in the same order. Few become loose objects; many become one pack, which is
    /// several times as fast. A blob that is given twice, or that git already has, is not written again.
    ///
    /// - Throws: where the object database cannot be written.
    package func writeBlobs(_ blobs: [[UInt8]]) throws(VxError) -> [GitObjectID] {
        try write(.blob, blobs)
    }

    func write(_ kind: ObjectKind, _ contents: [[UInt8]]) throws(VxError) -> [GitObjectID] {
        let ids = contents.map { kind.id(of: $0) }
        var seen: Set<GitObjectID> = []
        var missing: [Int] = []
        for (position, id) in ids.enumerated() where seen.insert(id).inserted {
            if isStored(id) {
                // Writing again only freshens the object's age, so that `git gc` does not prune it under our feet.
                try writeLoose(kind, contents[position], id)
            } else {
                missing.append(position)
            }
        }
        if missing.count < Self.packThreshold {
            for position in missing { try writeLoose(kind, contents[position], ids[position]) }
        } else {
            try writePack(kind, missing.map { contents[$0] })
        }
        return ids
    }

    /// Whether the object is known without looking for packs that appeared since the database was opened.
    private func isStored(_ id: GitObjectID) -> Bool {
        var name = id.libgit2
        return git_odb_exists_ext(objects.pointer, &name, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1
    }

    private func writeLoose(_ kind: ObjectKind, _ bytes: [UInt8], _ id: GitObjectID) throws(VxError) {
        var written = git_oid()
        let type = git_object_t(Int32(kind.rawValue))
        try Libgit2.check(
            git_odb_write(&written, objects.pointer, bytes, bytes.count, type), "cannot write the \(kind.name) \(id)")
        guard GitObjectID(written) == id else {
            throw VxError(.corrupt, "the \(kind.name) \(id) was written as \(GitObjectID(written))")
        }
    }

    private func writePack(_ kind: ObjectKind, _ contents: [[UInt8]]) throws(VxError) {
        let what = "cannot write a pack of \(contents.count) \(kind.name)s"
        var pointer: UnsafeMutablePointer<git_odb_writepack>?
        try Libgit2.check(git_odb_write_pack(&pointer, objects.pointer, nil, nil), what)
        guard let pointer, let append = pointer.pointee.append, let commit = pointer.pointee.commit else {
            throw VxError(what, because: "libgit2 offers no way to")
        }
        // Freed without a commit, the half-written pack is removed.
        defer { pointer.pointee.free?(pointer) }
        var progress = git_indexer_progress()
        var stream = PackStream(count: contents.count)
        for bytes in contents {
            stream.add(kind, bytes)
            if stream.pending.count >= 1 << 20 {
                let piece = stream.take()
                try Libgit2.check(append(pointer, piece, piece.count, &progress), what)
            }
        }
        let last = stream.finish()
        try Libgit2.check(append(pointer, last, last.count, &progress), what)
        try Libgit2.check(commit(pointer, &progress), what)
    }

    /// Writes a commit object. No reference moves, no hook runs, and it is not signed: where the user wants that,
    /// the user's own `git commit-tree -S` makes it.
    ///
    /// - Throws: where the tree or a parent is not in the repository, or the identity has no name or address.
    package func createCommit(
        tree: GitObjectID, parents: [GitObjectID], message: String, author: Identity, committer: Identity
    ) throws(VxError) -> GitObjectID {
        try require(tree, is: GIT_OBJECT_TREE, "tree")
        for parent in parents { try require(parent, is: GIT_OBJECT_COMMIT, "commit") }
        var text = "tree \(tree)\n"
        for parent in parents { text += "parent \(parent)\n" }
        text += "author \(try author.line())\n"
        text += "committer \(try committer.line())\n\n"
        let body = message.unicodeScalars.filter { $0 != "\0" }
        text.unicodeScalars.append(contentsOf: body)
        if body.last != "\n" { text += "\n" }
        let ids = try write(.commit, [Array(text.utf8)])
        guard let id = ids.first else { throw VxError("the commit was not written") }
        return id
    }

    private func require(_ id: GitObjectID, is type: git_object_t, _ name: String) throws(VxError) {
        guard try header(of: id).1 == type else { throw VxError("object \(id) is no \(name)") }
    }
}

extension Identity {
    /// The form git writes into commits: `name <email> time zone`.
    ///
    /// - Throws: where nothing is left of the name or the address.
    func line() throws(VxError) -> String {
        let name = Self.cleaned(name)
        let email = Self.cleaned(email)
        guard !name.isEmpty, !email.isEmpty else {
            throw VxError(
                "a commit needs a name and an e-mail address",
                hint: "git config --global user.name 'Your Name' (and user.email)")
        }
        let minutes = abs(offsetMinutes)
        let zone = [minutes / 600, minutes / 60 % 10, minutes % 60 / 10, minutes % 10].map(String.init).joined()
        return "\(name) <\(email)> \(time) \(offsetMinutes < 0 ? "-" : "+")\(zone)"
    }

    /// As git cleans names: no line ends, angle brackets or zeros, and no punctuation or space at either end.
    private static func cleaned(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { !"\n\0<>".unicodeScalars.contains($0) }
        let crud = { (scalar: Unicode.Scalar) in scalar.value <= 32 || ".,:;\"\\'".unicodeScalars.contains(scalar) }
        let start = kept.drop(while: crud)
        let end = start.reversed().drop(while: crud).reversed()
        var cleaned = String.UnicodeScalarView()
        cleaned.append(contentsOf: end)
        return String(cleaned)
    }
}

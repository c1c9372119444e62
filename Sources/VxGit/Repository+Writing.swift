import CLibgit2
import VxModel
import VxSystem

extension Repository {
    /// Fewer objects than this are written loose, one file each; from here on they go into one pack.
    static let packThreshold = 64

    /// Writes blobs and gives their ids in the same order. Few become loose objects; many become one pack, which is
    /// several times as fast. A blob that is given twice, or that git already has, is not written again.
    ///
    /// - Throws: where the object database cannot be written.
    package func writeBlobs(_ blobs: [[UInt8]]) throws(VxError) -> [GitObjectID] {
        let objects = Self.blobs(blobs)
        try write(objects)
        return objects.map(\.id)
    }

    /// Blobs with their ids.
    package static func blobs(_ contents: [[UInt8]]) -> [NewObject] { contents.map { NewObject(.blob, $0) } }

    /// The blobs of pointers, an empty one where there is none, with their ids, which are worked out on all threads of
    /// `pool`.
    package static func blobs(of pointers: [Pointer?], _ pool: WorkerPool) -> [NewObject] {
        let results = OrderedResults<NewObject>(count: pointers.count)
        pool.forEachBatch(count: pointers.count, batch: 4096) { range in
            results.store(pointers[range].map { $0.map { NewObject($0) } ?? NewObject(.blob, []) }, at: range)
        }
        return results.all
    }

    /// Writes objects; those git has already, or that are given twice, are not written again.
    func write(_ objects: [NewObject]) throws(VxError) {
        try store(missing(objects), WorkerPool(width: 1))
    }

    /// Writes objects that git does not have, each given once.
    func store(_ missing: [NewObject], _ pool: WorkerPool) throws(VxError) {
        if missing.count < Self.packThreshold {
            for object in missing { try writeLoose(object) }
        } else {
            try writePack(missing, pool)
        }
    }

    /// Those of the objects that git does not have, each once.
    ///
    /// - Throws: where the object database cannot be read.
    package func missing(_ objects: [NewObject]) throws(VxError) -> [NewObject] {
        var seen: Set<GitObjectID> = []
        seen.reserveCapacity(objects.count)
        var missing: [NewObject] = []
        missing.reserveCapacity(objects.count)
        let presence = objects.count < Self.packThreshold ? nil : try ObjectPresence(self)
        for object in objects where seen.insert(object.id).inserted {
            if presence?.isStored(object.id) ?? isStored(object.id) {
                // Writing again only freshens the object's age, so that `git gc` does not prune it under our feet.
                try writeLoose(object)
            } else {
                missing.append(object)
            }
        }
        return missing
    }

    /// Whether the object is known without looking for packs that appeared since the database was opened.
    func isStored(_ id: GitObjectID) -> Bool {
        var name = id.libgit2
        return git_odb_exists_ext(objects.pointer, &name, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1
    }

    private func writeLoose(_ object: NewObject) throws(VxError) {
        var written = git_oid()
        let type = git_object_t(Int32(object.kind.rawValue))
        let content = object.content
        try Libgit2.check(
            git_odb_write(&written, objects.pointer, content, content.count, type),
            "cannot write the \(object.kind.name) \(object.id)")
        guard GitObjectID(written) == object.id else {
            throw VxError(.corrupt, "the \(object.kind.name) \(object.id) was written as \(GitObjectID(written))")
        }
    }

    private func writePack(_ missing: [NewObject], _ pool: WorkerPool) throws(VxError) {
        let parts = OrderedResults<PackEntries>(count: missing.count)
        pool.forEachBatch(count: missing.count, batch: 4096) { range in
            var part = PackEntries()
            for object in missing[range] { part.add(object.kind, object.content, object.id) }
            parts.store([part], at: range)
        }
        let folder = commonDirectory.appending("objects").appending("pack")
        do {
            try GitPackWriter.write(parts.all, in: folder)
        } catch {
            throw error.wrapped("cannot write a pack of \(missing.count) objects")
        }
        try Libgit2.check(git_odb_refresh(objects.pointer), "cannot read the packs in \(folder) again")
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
        let commit = NewObject(.commit, Array(text.utf8))
        try write([commit])
        return commit.id
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

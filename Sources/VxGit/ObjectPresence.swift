import CLibgit2
import SystemPackage
import VxModel
import VxSystem

/// Tells of many objects whether git has them, without asking the file system for each: a loose object has a file in one of
/// 256 folders, most of which a repository does not have, and what is in no pack is looked for there.
final class ObjectPresence {
    private let repository: Repository
    /// An object database of the repository's packs alone.
    private let packs: Handle
    /// By the first byte of an id, whether it may be anywhere but in the packs.
    private var isElsewhere: [Bool]

    /// - Throws: where the repository's objects cannot be listed or opened.
    init(_ repository: Repository) throws(VxError) {
        self.repository = repository
        let folder = repository.commonDirectory.appending("objects")
        let packs = try Handle("cannot open the packs of \(folder)", release: git_odb_free) { git_odb_new(&$0) }
        var backend: UnsafeMutablePointer<git_odb_backend>?
        let status = folder.withPlatformString { git_odb_backend_pack(&backend, $0) }
        try Libgit2.check(status, "cannot read the packs in \(folder)")
        try Libgit2.check(git_odb_add_backend(packs.pointer, backend, 1), "cannot read the packs in \(folder)")
        let alternates = folder.appending("info").appending("alternates")
        let borrows = try Files.status(alternates) != nil
        let hasOthers = borrows || !repository.environment.objectDirectories.isEmpty
        isElsewhere = [Bool](repeating: hasOthers, count: 256)
        for name in try Files.names(in: folder) {
            let name = Array(name.string.utf8)
            if name.count == 2, let byte = Hex.decode(name)?.first { isElsewhere[Int(byte)] = true }
        }
        self.packs = packs
    }

    /// Whether git has an object. Packs that appear meanwhile are not looked for: the object is then there twice.
    func isStored(_ id: GitObjectID) -> Bool {
        if isElsewhere[Int(id.firstByte)] { return repository.isStored(id) }
        var name = id.libgit2
        return git_odb_exists_ext(packs.pointer, &name, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1
    }
}

import CLibgit2
import VxModel

/// The object that git has in every repository without storing it, the empty tree: the first commit of an empty branch
/// (`git commit --allow-empty`) leads to it. libgit2 knows of none.
enum BuiltInObjects {
    /// Puts it behind the objects that are stored. What is written goes to those, as before.
    ///
    /// - Throws: where memory is short.
    static func add(to objects: borrowing Handle) throws(VxError) {
        let what = "cannot open git's built-in objects"
        var made: UnsafeMutablePointer<git_odb_backend>?
        try Libgit2.check(git_mempack_new(&made), what)
        guard let made, let write = made.pointee.write else { return }
        // Nothing else may go there: what cannot be written to the disk would be kept in memory and taken for written.
        made.pointee.write = nil
        made.pointee.writestream = nil
        made.pointee.writepack = nil
        made.pointee.freshen = nil
        // The objects own it from here on, and are asked for it last.
        let status = git_odb_add_backend(objects.pointer, made, 0)
        if status != 0 { made.pointee.free?(made) }
        try Libgit2.check(status, what)
        var (id, nothing) = (GitObjectID.emptyTree.libgit2, UInt8(0))
        try Libgit2.check(write(made, &id, &nothing, 0, GIT_OBJECT_TREE), what)
    }
}

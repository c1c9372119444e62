import CLibgit2
import VxModel

extension Repository {
    /// The bytes of a blob, or `nil` where it has more than `limit`: its header is read first, so a huge blob is never
    /// loaded.
    ///
    /// - Throws: where there is no such blob.
    package func blob(_ id: GitObjectID, limit: Int) throws(VxError) -> [UInt8]? {
        guard try blobSize(id) <= UInt64(max(0, limit)) else { return nil }
        var name = id.libgit2
        let object = try Handle("cannot read blob \(id)", release: git_odb_object_free) {
            git_odb_read(&$0, objects.pointer, &name)
        }
        let count = git_odb_object_size(object.pointer)
        return Array(UnsafeRawBufferPointer(start: git_odb_object_data(object.pointer), count: count))
    }

    /// The length of a blob.
    ///
    /// - Throws: where there is no such object, or it is no blob.
    package func blobSize(_ id: GitObjectID) throws(VxError) -> UInt64 {
        let (size, type) = try header(of: id)
        guard type == GIT_OBJECT_BLOB else { throw VxError("object \(id) is no file content") }
        return UInt64(size)
    }

    /// Whether the object database has this object, of any type.
    package func hasObject(_ id: GitObjectID) -> Bool {
        var name = id.libgit2
        return git_odb_exists(objects.pointer, &name) == 1
    }

    func header(of id: GitObjectID) throws(VxError) -> (Int, git_object_t) {
        var size = 0
        var type = GIT_OBJECT_INVALID
        var name = id.libgit2
        var status = git_odb_read_header(&size, &type, objects.pointer, &name)
        if status == GIT_ENOTFOUND.rawValue, try fetchMissing(id) {
            status = git_odb_read_header(&size, &type, objects.pointer, &name)
        }
        if status == 0 { return (size, type) }
        // Before another call of libgit2 changes its words.
        let failure = Libgit2.error(status, "cannot read object \(id)", hint: "run 'git fsck' to see what is missing")
        if status == GIT_ENOTFOUND.rawValue {
            try requireReadable(id)
            if try !promisorRemotes().isEmpty {
                throw VxError(
                    failure.code, "object \(id) is not here", because: "this is a partial clone",
                    hint: "'git cat-file -e \(typed: id)' fetches it")
            }
        }
        throw failure
    }
}

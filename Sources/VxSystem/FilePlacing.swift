import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Files {
    /// Gives a file of an open folder a name in another as well, unless something has it: one step, on NFS too.
    ///
    /// Where the file system has no links, it looks and then renames, which is two; `temporary` is gone then.
    ///
    /// - Returns: whether `name` is this file now; `false` where something else had the name.
    package static func place(
        _ temporary: [CChar], of source: borrowing OpenFile, as name: [CChar], in folder: borrowing OpenFile
    ) throws(VxError) -> Bool {
        if linkat(source.descriptor, temporary, folder.descriptor, name, 0) == 0 { return true }
        let code = errno
        switch code {
        case EEXIST:
            // An NFS server whose answer was lost is asked again, and finds the link it has made itself.
            let (ours, there) = (try status(temporary, in: source), try status(name, in: folder))
            return ours != nil && ours?.inode == there?.inode && ours?.device == there?.device
        case EPERM, ENOTSUP, ENOSYS, EMLINK:
            if try status(name, in: folder) != nil { return false }
            let (from, to) = (source.descriptor, folder.descriptor)
            let (old, new) = (source.path.appending(name: temporary), folder.path.appending(name: name))
            try retrying("cannot rename \(old) to \(new)") { renameat(from, temporary, to, name) }
            return true
        default:
            throw VxError.system("cannot make \(folder.path.appending(name: name))", errno: code)
        }
    }
}

import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Files {
    /// Gives the file at `temporary` the name `target` as well, unless something has it: one step, on NFS too.
    ///
    /// Where the file system has no links, it looks and then renames, which is two; `temporary` is gone then.
    ///
    /// - Returns: whether `target` is this file now; `false` where something else had the name.
    package static func place(_ temporary: FilePath, at target: FilePath) throws(VxError) -> Bool {
        let linked = temporary.withPlatformString { from in target.withPlatformString { link(from, $0) } }
        if linked == 0 { return true }
        let code = errno
        switch code {
        case EEXIST:
            // An NFS server whose answer was lost is asked again, and finds the link it has made itself.
            let (ours, there) = (try status(temporary), try status(target))
            return ours != nil && ours?.inode == there?.inode && ours?.device == there?.device
        case EPERM, ENOTSUP, ENOSYS, EMLINK:
            if try status(target) != nil { return false }
            try rename(temporary, to: target)
            return true
        default:
            throw VxError.system("cannot make \(target)", errno: code)
        }
    }
}

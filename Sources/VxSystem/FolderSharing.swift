import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a folder that a group shares wants of the files and folders made in it.
///
/// A folder with the set-gid bit gives new files its group by itself; the user's umask may still keep the group out of
/// them. As git does in a repository with `core.sharedRepository`, the bits the folder gives its group are put back, on
/// what this process has just made and on nothing else.
package struct FolderSharing: Sendable, Equatable {
    /// What the group may do with the folder: bits of `0o070`, none where it is not shared.
    let group: mode_t

    /// The umask alone decides.
    package static let none = FolderSharing(group: 0)

    private init(group: mode_t) {
        self.group = group
    }

    /// What `folder` wants; where it is not there yet, what the first folder above it wants that is.
    ///
    /// - Throws: where that cannot be looked at.
    package init(of folder: FilePath) throws(VxError) {
        var folder = folder
        while true {
            if let status = try Files.targetStatus(folder.isEmpty ? "." : folder) {
                let isShared = status.kind == .directory && status.permissions & UInt32(S_ISGID) != 0
                group = isShared ? mode_t(status.permissions) & 0o070 : 0
                return
            }
            guard !folder.isEmpty, folder.removeLastComponent() else {
                group = 0
                return
            }
        }
    }

    /// Whether anybody but the owner is meant to use what is in the folder.
    package var isShared: Bool { group != 0 }

    /// Gives the group those of `bits` that the folder gives it. For a file this process has just made.
    func apply(to file: borrowing OpenFile, adding bits: mode_t) throws(VxError) {
        try apply(toDescriptor: file.descriptor, at: file.path, adding: bits)
    }

    func apply(toDescriptor descriptor: CInt, at path: FilePath, adding bits: mode_t) throws(VxError) {
        if !isShared { return }
        var info = stat()
        try retrying("cannot look at \(path)") { fstat(descriptor, &info) }
        let old = info.st_mode & 0o7777
        let new = old | (bits & group)
        if new != old { try retrying("cannot set the mode of \(path)") { fchmod(descriptor, new) } }
    }

    /// Whether those who share `folder` can read a file that is to get another name in it.
    func suits(_ file: FilePath, in folder: FilePath) throws(VxError) -> Bool {
        guard isShared, let status = try Files.targetStatus(file) else { return true }
        if status.permissions & 0o004 != 0 { return true }
        guard status.permissions & 0o040 != 0, let target = try Files.targetStatus(folder) else { return false }
        return status.group == target.group
    }

    /// Gives the group what the folder above gives it. For a folder this process has just made.
    func apply(toFolder path: FilePath) throws(VxError) {
        if isShared { try apply(toFolder: try OpenFile.directory(path)) }
    }

    /// The same for a folder that is open.
    func apply(toFolder folder: borrowing OpenFile) throws(VxError) {
        if !isShared { return }
        try folder.setPermissions(mode_t(try folder.status().permissions) | group | mode_t(S_ISGID))
    }
}

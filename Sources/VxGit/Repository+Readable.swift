import CLibgit2
import SystemPackage
import VxModel
import VxSystem

extension Repository {
    /// Asks the system whether an object that libgit2 does not find could be read at all: libgit2 passes over what it may not
    /// open, and calls the object missing then.
    ///
    /// - Parameter lookingAtPacks: whether git's folder and its packs are looked at, which says the same for every object.
    /// - Throws: a failure of the system, naming the file.
    func requireReadable(_ id: GitObjectID, lookingAtPacks: Bool = true) throws(VxError) {
        let folder = commonDirectory.appending("objects")
        let hex = "\(id)"
        let loose = folder.appending(String(hex.prefix(2))).appending(String(hex.dropFirst(2)))
        if try Files.status(loose) != nil { _ = try OpenFile.reading(loose) }
        if !lookingAtPacks { return }
        try Machine.requireSpare(.few)
        _ = try Files.unsortedNames(in: folder)
        let packs = folder.appending("pack")
        for name in try Files.unsortedNames(in: packs) ?? [] {
            let name = String(decoding: name, as: UTF8.self)
            if name.hasSuffix(".pack") || name.hasSuffix(".idx") { _ = try OpenFile.reading(packs.appending(name)) }
        }
    }

    /// The handle of an object: a commit, a tree, or `object` for any.
    ///
    /// - Throws: where it is missing or damaged; a failure of the system where that is why libgit2 does not find it.
    func handle(
        _ kind: String, _ id: GitObjectID, release: @escaping @Sendable (OpaquePointer) -> Void,
        _ open: (inout OpaquePointer?) -> CInt
    ) throws(VxError) -> Handle {
        do throws(VxError) {
            return try Handle("cannot read \(kind) \(id)", release: release, open)
        } catch {
            try requireReadable(id)
            throw error
        }
    }

    /// What ``requireReadable(_:lookingAtPacks:)`` does, for every object: where it is not known which one was looked for.
    ///
    /// - Throws: a failure of the system, naming the folder.
    func requireReadableObjects() throws(VxError) {
        let folder = commonDirectory.appending("objects")
        for name in try Files.unsortedNames(in: folder) ?? [] where name.count == 2 || name.elementsEqual("pack".utf8) {
            _ = try Files.unsortedNames(in: folder.appending(FilePath(byteArray: name).string))
        }
    }

    /// A file of settings that libgit2 may not open counts as empty there.
    ///
    /// - Throws: a failure of the system, naming the file.
    static func requireReadable(_ settings: FilePath) throws(VxError) {
        if try Files.targetStatus(settings) != nil { _ = try OpenFile.reading(settings) }
    }
}

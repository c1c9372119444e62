import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What tells a repository that shares a store from another one at its path: an id in its git folder, and the folder itself.
enum RepositoryIdentity {
    private static func file(_ directory: FilePath) -> FilePath { directory.appending("vx-repository") }

    /// The identity of the repository whose git folder this is; `nil` where it was given none.
    ///
    /// - Throws: where its git folder cannot be looked into.
    static func read(_ directory: FilePath) throws(VxError) -> StoreRegistry.Identity? {
        guard let bytes = try Files.read(file(directory), limit: 1 << 16),
            let folder = try Files.targetStatus(directory)
        else { return nil }
        let id = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }, as: UTF8.self)
        let birth = Files.birth(directory).map { "\($0.seconds).\($0.nanoseconds)" }
        return StoreRegistry.Identity(id: id, folder: folder.inode, birth: birth)
    }

    /// Gives a repository an id where it has none. Of several that do so at once, all find the same afterwards.
    ///
    /// - Throws: where its git folder cannot be written.
    static func make(_ directory: FilePath) throws(VxError) {
        let file = file(directory)
        if try Files.status(file) != nil { return }
        try Files.sweep(folder: directory)
        let draft = Files.temporarySibling(of: file)
        let id = Hex.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        do throws(VxError) {
            try Files.replace(draft, with: Array("\(id)\n".utf8), sync: true)
            try Files.linkOrCopy(draft, to: file)
            try Files.remove(draft)
        } catch {
            try? Files.remove(draft)  // the first error is the one to report
            throw error
        }
        try Files.syncDirectory(directory)
    }
}

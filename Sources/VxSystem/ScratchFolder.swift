import SystemPackage
import VxModel

/// A folder for what is needed for a while.
package enum ScratchFolder {
    /// Locked as long as its process lives.
    private static let mark = ".vx-owner"

    /// Makes a folder under a temporary name beside `path`, calls `body` with it and removes it, however `body` ends. What
    /// processes that were killed have left there goes first.
    ///
    /// - Parameter warn: told where a folder cannot be removed: what was done is done all the same.
    /// - Throws: where the folder cannot be made; what `body` throws.
    package static func with<Result>(
        beside path: FilePath, warn: (VxError) -> Void, _ body: (FilePath) throws -> Result
    ) throws -> Result {
        func attempt(_ action: () throws(VxError) -> Void) {
            do throws(VxError) {
                try action()
            } catch {
                warn(error)
            }
        }
        let folder = Files.temporarySibling(of: path)
        attempt { () throws(VxError) in try sweep(folder.removingLastComponent()) }
        try Files.createDirectories(folder)
        defer { attempt { () throws(VxError) in try Files.removeTree(folder) } }
        return try marked(folder, body)
    }

    private static func marked<Result>(_ folder: FilePath, _ body: (FilePath) throws -> Result) throws -> Result {
        let file = try OpenFile.creating(folder.appending(mark))
        // A file system without locks has its leftovers swept by their age.
        _ = try? file.tryLock()
        return try withExtendedLifetime(file) { try body(folder) }
    }

    /// Removes folders whose process is gone: by its lock, as its number may be another machine's, and else by their age.
    private static func sweep(_ place: FilePath) throws(VxError) {
        for name in try Files.unsortedNames(in: place) ?? [] {
            let folder = place.appending(RepoPath(bytes: name))
            guard let owner = Files.owner(ofTemporaryName: name), let status = try Files.status(folder),
                status.kind == .directory, owner.isGone(since: status.modified)
            else { continue }
            // One that has no such file, or is on a file system without locks, is judged by its age.
            if let file = try? OpenFile.reading(folder.appending(mark)), (try? file.tryLock()) == true {
                try Files.removeTree(folder)
            } else {
                try Files.sweep(folder, modified: status.modified, owner: owner)
            }
        }
    }
}

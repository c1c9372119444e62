import SystemPackage
import VxModel

/// A folder for what is needed for a while.
package enum ScratchFolder {
    /// Makes a folder under a temporary name beside `path`, calls `body` with it and removes it, however `body` ends.
    ///
    /// - Parameter warn: told where the folder cannot be removed: what was done is done all the same.
    /// - Throws: where the folder cannot be made; what `body` throws.
    package static func with<Result>(
        beside path: FilePath, warn: (VxError) -> Void, _ body: (FilePath) throws -> Result
    ) throws -> Result {
        let folder = Files.temporarySibling(of: path)
        try Files.createDirectories(folder)
        defer {
            do throws(VxError) {
                try Files.removeTree(folder)
            } catch {
                warn(error)
            }
        }
        return try body(folder)
    }
}

import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Makes git write out in full an index that keeps a part of itself elsewhere: a split index in another file, a sparse one in
/// trees. What stands in the repository stays as it is.
enum FullIndex {
    /// The bytes of the index at `path`, with every entry in it.
    ///
    /// - Parameter directory: the git folder whose index it is, where the rest of a split one stands.
    /// - Throws: where git cannot be run, or the folder cannot be written to.
    static func bytes(of path: FilePath, in directory: FilePath) throws(VxError) -> [UInt8] {
        let copy = Files.temporarySibling(of: directory.appending("index"))
        defer {
            // A copy that stays does no harm, and is swept with the other temporary files.
            for name in [copy, FilePath(copy.string + ".lock")] { try? Files.remove(name) }
        }
        try Files.replace(copy, with: try Files.read(path) ?? [])
        let command = ShellText(
            """
            unset GIT_WORK_TREE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
            GIT_DIR={directory} GIT_INDEX_FILE={copy} exec git -c core.hooksPath=/dev/null -c core.sparseCheckout=false -c core.splitIndex=false \
                -c core.fsmonitor=false update-index --no-split-index --force-write-index
            """
        ).replacing("{directory}", with: directory).replacing("{copy}", with: copy)
        let outcome = try ShellCommand.run(
            command, in: directory, output: "/dev/null", timeout: 600, cancellation: Cancellation())
        guard outcome.status == 0, let bytes = try Files.read(copy) else {
            throw VxError("cannot read the index \(path)", because: "git could not write it out in full")
        }
        return bytes
    }
}

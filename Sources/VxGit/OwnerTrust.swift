import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whether git would work in a repository that may be another user's: its configuration names programs to run.
///
/// `safe.directory` may stand in the system's configuration, the user's, or the environment, with `*` and folders below `/*`;
/// only git knows all forms it has. So git is asked, once for each repository, and only where an owner is another.
enum OwnerTrust {
    private static let verdicts = Mutex<[String: Bool]>([:])

    /// - Parameters:
    ///   - start: where git is asked, in the environment of this process.
    ///   - places: the work tree, git's folder, and whatever else says where they are.
    /// - Throws: `refused` where git would not trust them.
    static func require(_ places: [FilePath], from start: FilePath, name: FilePath) throws(VxError) {
        let user = UInt32(geteuid())
        var isForeign = false
        for place in places {
            if let status = try Files.status(place), status.user != user { isForeign = true }
        }
        if !isForeign { return }
        if let known = verdicts.withLock({ $0[name.string] }) {
            if known { return }
        } else {
            let outcome = try ShellCommand.run(
                ShellText("exec git rev-parse --git-dir"), in: start, output: "/dev/null", timeout: 60,
                cancellation: Cancellation())
            verdicts.withLock { $0[name.string] = outcome.status == 0 }
            if outcome.status == 0 { return }
        }
        throw VxError(
            .refused, "the repository at \(name) belongs to another user", because: "git would not trust it either",
            hint: "if you trust it: git config --global --add safe.directory '\(name)'")
    }
}

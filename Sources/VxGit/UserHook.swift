import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Hooks that git would run where vx does git's work. `git hook run` came with git 2.36; this is for all.
package enum UserHook {
    /// Runs a hook, as git does: in the work tree, without input, and with what it says on standard error.
    ///
    /// - Returns: its exit status; 0 where there is none.
    /// - Throws: where it cannot be looked at; `interrupted`.
    package static func run(
        _ name: String, _ arguments: [String], of repository: Repository, in place: FilePath
    ) throws -> Int32 {
        let hook = try repository.hooksDirectory().appending(name)
        guard try Files.targetStatus(hook)?.isExecutable == true else { return 0 }
        // By sh, which runs a script without '#!' as well.
        let words = ["-c", "exec \"$0\" \"$@\""].map { Array($0.utf8) } + [hook.byteArray] + arguments.map { Array($0.utf8) }
        return try Program("/bin/sh", words, in: place).run(
            input: .bytes([]), output: .standardError, error: .standardError
        ).status
    }
}

import Synchronization
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Session {
    /// Runs a git command that the user talks to, and passes on what it says: of that, much is a server's words, and they do not
    /// reach the terminal as they are.
    ///
    /// - Throws: where it fails; why, git has said by then.
    func runGit(
        _ what: String, _ arguments: [String], in directory: FilePath, hint: String? = nil
    ) async throws {
        let isProgressing = Mutex(false)
        let status = try await GitProcess().relay(arguments, in: directory) { line, isProgress in
            isProgressing.withLock { wasProgressing in
                if isProgress, CurrentProcess.standardErrorIsTerminal {
                    Output.progress(line)
                    wasProgressing = true
                    return
                }
                if wasProgressing { Output.progress("") }
                wasProgressing = false
                Output.message("\(line)\n")
            }
        }
        if status != 0 {
            throw VxError(what, because: "git \(arguments.first ?? "") ended with status \(status)", hint: hint)
        }
    }
}

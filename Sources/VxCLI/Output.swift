import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The only place that writes to standard output and standard error, so that nothing reaches a terminal raw and no
/// failed write is taken for a success.
enum Output {
    /// How text is to be read, which decides how control characters are escaped in it.
    enum Medium { case text, json }

    /// What went wrong at the first write that failed: a number of the system's.
    private static let failure = Mutex<Int32?>(nil)

    /// Writes a result to standard output.
    ///
    /// A failure does not end the command, which may be changing something: ``status(after:asJSON:)`` tells of it.
    static func result(_ text: String, as medium: Medium = .text) {
        guard failure.withLock({ $0 == nil }) else { return }
        let code = CurrentProcess.write(visible(text, medium), to: .output)
        if let code { failure.withLock { $0 = code } }
    }

    /// Writes bytes to standard output as they are: what a file holds is for whoever asked for it.
    ///
    /// - Throws: ``ExitStatus`` where they could not be written; ``status(after:asJSON:)`` says why.
    static func content(_ bytes: UnsafeRawBufferPointer) throws {
        guard let code = CurrentProcess.write(bytes, to: .output) else { return }
        failure.withLock { $0 = code }
        throw ExitStatus(.failed)
    }

    /// Whether standard error goes to the log of a GitHub workflow, which obeys some of its lines.
    private static let isLogged = CurrentProcess.environment["GITHUB_ACTIONS"] == "true"

    /// Writes to standard error. Where that fails there is nobody to tell.
    static func message(_ text: String, as medium: Medium = .text) {
        let text = visible(text, medium)
        _ = CurrentProcess.write(isLogged && medium == .text ? VisibleText.logged(text) : text, to: .error)
    }

    /// Writes a report to a file that the user has named, as it would be shown. A device, a pipe and standard output are written to;
    /// what a link leads to is replaced, and not the link.
    ///
    /// - Parameter appending: whether what is there stays.
    /// - Throws: where it cannot be written.
    static func file(
        _ text: String, as medium: Medium = .text, _ path: FilePath, appending: Bool = false
    ) throws(VxError) {
        let bytes = Array(visible(text, medium).utf8)
        let target = try Files.targetStatus(path)
        // What is open already may be a file that somebody else writes to as well.
        let isOpen = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"].contains { path.starts(with: $0) }
        let isStream = isOpen || target.map { $0.kind != .regular } ?? false
        if appending || isStream { return try OpenFile.appending(path).write(bytes) }
        try Files.replace(target == nil ? path : Files.realPath(path) ?? path, with: bytes, permissions: 0o666)
    }

    /// Puts a line in the place of the last one on the terminal; an empty one clears it.
    static func progress(_ text: String) {
        _ = CurrentProcess.write("\r\(VisibleText.line(text))\u{1b}[K", to: .error)
    }

    /// With which status to end after a command that would end with `status`, once it is sure that everything was
    /// written. Says what was not; a reader that has gone away wants to hear no more, as when its signal ends a program.
    static func status(after status: Int32, asJSON: Bool) -> Int32 {
        let last = CurrentProcess.closeOutput()
        guard let code = failure.withLock({ $0 }) ?? last else { return status }
        if code == CurrentProcess.brokenPipe { return CurrentProcess.statusOfBrokenPipe }
        ErrorReport.write(VxError.system("cannot write standard output", errno: code), asJSON: asJSON)
        return status == 0 ? VxError.Code.failed.exitStatus : status
    }

    private static func visible(_ text: String, _ medium: Medium) -> String {
        switch medium {
        case .text: VisibleText.lines(text)
        case .json: VisibleText.json(text)
        }
    }
}

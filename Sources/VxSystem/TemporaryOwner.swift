import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process that made a temporary name (``Files/temporaryName()``): `.vx-<process>-<machine><random>`.
package struct TemporaryOwner: Sendable, Equatable {
    /// Its number.
    package var process: Int32
    /// Whether it is this machine's: only then its number says whether it lives. Another machine, or a container with
    /// numbers of its own, may share the disk.
    package var isOfThisMachine: Bool

    package init(process: Int32, isOfThisMachine: Bool) {
        self.process = process
        self.isOfThisMachine = isOfThisMachine
    }

    /// - Returns: `nil` for a name that is no temporary one.
    init?(_ name: some Collection<UInt8>) {
        guard name.starts(with: ".vx-".utf8) else { return nil }
        let parts = name.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty,
            parts[2].allSatisfy({ ASCII.isDigit($0) || ASCII.isLowercase($0) }),
            let process = Int32(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.init(process: process, isOfThisMachine: parts[2].starts(with: Machine.tag.utf8))
    }

    /// Whether a process of that number is alive.
    package var isRunning: Bool { Files.isRunning(process: process) }

    /// Whether no process of that number is alive, or only one that was started after the file was written last: numbers come
    /// again.
    package func isGone(since modified: FileTime) -> Bool {
        guard isRunning else { return true }
        guard isOfThisMachine, let start = Machine.startTime(ofProcess: process) else { return false }
        // For clocks that were set, and the coarse one that processes are dated by.
        return start > modified.seconds + 5
    }

    /// Whether nobody is at work any more on what was made under the name: its process is gone, or, where it may be
    /// another machine's, has not touched it for a day.
    package func isForsaken(modified: FileTime) -> Bool {
        isGone(since: modified) && (isOfThisMachine || FileTime.now().seconds - modified.seconds > 86_400)
    }
}

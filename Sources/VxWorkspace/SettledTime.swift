import VxModel
import VxSystem

/// File times from which git can tell at once that a file is unchanged.
///
/// Most builds of git compare whole seconds. A file that was written in the second in which the index is written may
/// change again in that second without a trace, so git does not trust its entry and runs the filter over it at every
/// status ("racy git", Documentation/technical/racy-git.txt of git). Setting the time of such a young file back into the
/// second before makes any later change show, because that sets a later time. See docs/decisions/0011.
enum SettledTime {
    /// Linux stamps files with the time of the last timer tick, up to 10 ms ago.
    private static let tick: UInt32 = 20_000_000

    /// Whether a file of that time may be as new as an index that is written now.
    static func isYoung(_ time: FileTime, now: FileTime) -> Bool {
        let lagging = now.nanoseconds < tick ? now.seconds - 1 : now.seconds
        // A time in the future is the user's own.
        return time.seconds >= lagging && time.seconds <= now.seconds
    }

    /// The time for files that are laid down now. Where git has written its index a moment ago, they are older than that as
    /// well: the index that names them can then keep its time, and what git wrote in the same second need not be compared.
    ///
    /// - Parameter index: when git's index was written last.
    static func stamp(now: FileTime, index: FileTime?) -> FileTime {
        guard let index, index.seconds < now.seconds, now.seconds - index.seconds <= 5 else { return before(now) }
        return before(index)
    }

    /// The time in the second before, late in it, so that files of one second keep their order, among themselves and to
    /// all files of other seconds.
    static func before(_ time: FileTime) -> FileTime {
        FileTime(seconds: time.seconds - 1, nanoseconds: 900_000_000 + time.nanoseconds / 10)
    }
}

extension OpenFile {
    /// Sets the file's time back where it is too young for git, and says what the file is like then.
    ///
    /// Called before the file is read: whoever writes to it afterwards sets a later time, which shows. A file of another
    /// owner keeps its time.
    func settleTime() throws(VxError) -> FileStat {
        let status = try status()
        guard SettledTime.isYoung(status.modified, now: .now()) else { return status }
        guard try setModified(SettledTime.before(status.modified), ifPermitted: true) else { return status }
        return try self.status()
    }
}

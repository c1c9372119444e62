import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is still done where the process ends without unwinding: the runtime aborts where memory cannot be had, and a later
/// Ctrl-C ends it at once. Locks that git would wait for go, and the user is told why.
///
/// Only what a signal handler may do: atomics, `unlink`, `write` and `_exit`.
package enum LastWords {
    /// One path that is to be removed, as a C string that is never freed while it stands here; 0 where there is none.
    ///
    /// `nonisolated(unsafe)`: the memory is filled once, before anyone gets the pointer, and what is in it is atomic.
    private nonisolated(unsafe) static let places: UnsafeMutablePointer<Atomic<UInt>> = {
        let places = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: count)
        for place in 0..<count { (places + place).initialize(to: Atomic(0)) }
        return places
    }()
    private static let count = 16

    /// A file that goes with the process, however it ends, unless ``release()`` was called before; but not by `kill -9`.
    package struct Bequest: Sendable {
        fileprivate let place: Int?
        fileprivate let text: UInt

        /// Says that the file is no more this process's to remove.
        package func release() {
            guard let place else { return }
            let taken = (places + place).pointee.compareExchange(
                expected: text, desired: 0, ordering: .acquiringAndReleasing)
            if taken.exchanged { free(UnsafeMutableRawPointer(bitPattern: text)) }
        }
    }

    /// Notes a file of ours that others wait for. Where there are too many it is left to the next command.
    package static func remove(_ path: FilePath) -> Bequest {
        guard let copy = path.withPlatformString({ strdup($0) }) else { return Bequest(place: nil, text: 0) }
        let text = UInt(bitPattern: copy)
        for place in 0..<count {
            let taken = (places + place).pointee.compareExchange(
                expected: 0, desired: text, ordering: .acquiringAndReleasing)
            if taken.exchanged { return Bequest(place: place, text: text) }
        }
        free(copy)
        return Bequest(place: nil, text: 0)
    }

    /// Removes what was noted. For a signal handler, right before the process ends.
    static func carryOut() {
        for place in 0..<count {
            let text = (places + place).pointee.exchange(0, ordering: .acquiringAndReleasing)
            if let path = UnsafePointer<CChar>(bitPattern: text) { unlink(path) }
        }
    }

    /// Makes an abort an orderly end: what aborts is the runtime where memory cannot be had, which no Swift code can catch.
    package static func prepare() {
        _ = places
        signal(SIGABRT) { _ in
            LastWords.carryOut()
            LastWords.say("error: vx had to stop: its runtime gave up, most often because there is not enough memory\n")
            LastWords.say(
                "hint: end other programs, or raise the limit ('ulimit -v' shows it), then repeat the command\n")
            _exit(1)
        }
    }

    private static func say(_ text: StaticString) {
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }
}

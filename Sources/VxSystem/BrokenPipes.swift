import Synchronization
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whether writing to a program that has ended is an error of that write or the end of this process, as it is for what writes
/// to a terminal's pipe.
package enum BrokenPipes {
    private static let depth = Mutex<Int>(0)

    /// From here to ``end()`` it is an error. Programs started meanwhile inherit that; git sets it back.
    package static func begin() {
        depth.withLock { depth in
            if depth == 0 { signal(SIGPIPE, SIG_IGN) }
            depth += 1
        }
    }

    /// The end of what ``begin()`` began.
    package static func end() {
        depth.withLock { depth in
            depth -= 1
            if depth == 0 { signal(SIGPIPE, SIG_DFL) }
        }
    }
}

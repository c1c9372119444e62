import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The clock and the pauses of work that has to wait, as values, so that tests need not.
package struct Timing: Sendable {
    /// Seconds on a clock that only goes forward.
    package var now: @Sendable () -> Double
    /// Waits for some seconds; less where the work is cancelled.
    package var sleep: @Sendable (Double) -> Void

    package init(now: @escaping @Sendable () -> Double, sleep: @escaping @Sendable (Double) -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// This machine's clock; pauses end early once `cancellation` fires.
    package static func system(_ cancellation: Cancellation) -> Timing {
        Timing(
            now: monotonic,
            sleep: { seconds in
                let end = monotonic() + seconds
                while !cancellation.isCancelled {
                    let left = end - monotonic()
                    if left <= 0 { return }
                    usleep(UInt32(min(left, 0.05) * 1e6) + 1)
                }
            })
    }

    @Sendable private static func monotonic() -> Double { Double(nanoseconds()) / 1e9 }

    /// Nanoseconds on a clock that only goes forward; a signal handler may ask.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

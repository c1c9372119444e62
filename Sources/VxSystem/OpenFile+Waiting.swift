import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension OpenFile {
    /// How long ``readSoon(into:)`` looks again and again before it sleeps, in nanoseconds.
    private static let patience: UInt64 = 200_000

    /// The same as ``readSome(into:)``, for a pipe whose other side is about to write.
    ///
    /// A reader that sleeps is woken by every small write. Two programs that wait for each other in turn spend more on that
    /// than on their work: git's checkout of 50,000 small files through a filter that sleeps took 6.5 s, through one that
    /// does not 4 s. Whoever wants the processor meanwhile gets it.
    package func readSoon(into buffer: UnsafeMutableRawBufferPointer) throws(VxError) -> Int {
        let end = Timing.nanoseconds() + Self.patience
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, 0) == 0, Timing.nanoseconds() < end { sched_yield() }
        return try readSome(into: buffer)
    }
}

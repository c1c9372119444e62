import CVxSystem
import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open file that is closed when nobody holds it any more.
final class Descriptor {
    let number: CInt

    private init(_ number: CInt) { self.number = number }

    deinit { close(number) }

    /// A new pipe. Neither end is a standard stream of this process, or seen by programs that are not given it.
    static func pipe() throws(VxError) -> (reading: Descriptor, writing: Descriptor) {
        var ends: [CInt] = [-1, -1]
        try retrying("cannot make a pipe") { vx_pipe(&ends) }
        let (reading, writing) = (Descriptor(ends[0]), Descriptor(ends[1]))
        return (try reading.lifted(), try writing.lifted())
    }

    private func lifted() throws(VxError) -> Descriptor {
        if number >= ChildProcess.firstOwnDescriptor { return self }
        return Descriptor(
            try retrying("cannot make a pipe") { fcntl(number, F_DUPFD_CLOEXEC, ChildProcess.firstOwnDescriptor) })
    }
}

/// This process's ends of the pipes to and from a program.
struct ChildPipes {
    private var input: (end: Descriptor, bytes: ArraySlice<UInt8>)?
    var outputs: [(end: Descriptor, take: (UnsafeRawBufferPointer) throws -> Void)] = []
    /// Whether the program has closed its input before it had read all.
    private var isInputLeft = false

    /// Whether all there was to give was taken.
    var tookAll: Bool { input == nil && !isInputLeft }

    /// Whether nothing more can come. What it does not read then, it never will.
    var isDone: Bool { outputs.isEmpty && input == nil }

    /// Has `bytes` written to the pipe that ends at `end`, as the program reads them.
    mutating func give(_ bytes: [UInt8], to end: Descriptor) {
        // Who waits for the program to read would keep it waiting for somebody to read what it says.
        _ = fcntl(end.number, F_SETFL, O_NONBLOCK)
        input = (end, bytes[...])
    }

    /// Waits until something can be written or read, and does so once.
    ///
    /// - Parameter time: for no longer.
    /// - Returns: whether there was anything.
    mutating func exchange(for time: Duration) throws -> Bool {
        var polled = outputs.map { pollfd(fd: $0.end.number, events: Int16(POLLIN), revents: 0) }
        if let input { polled.append(pollfd(fd: input.end.number, events: Int16(POLLOUT), revents: 0)) }
        let milliseconds = CInt(clamping: Int64(time / .milliseconds(1)))
        let ready = try retrying("cannot wait for a program") { poll(&polled, nfds_t(polled.count), milliseconds) }
        if ready == 0 { return false }
        if input != nil, let last = polled.popLast(), last.revents != 0 { try write() }
        for position in outputs.indices.reversed() where polled[position].revents != 0 {
            if try !read(position) { outputs.remove(at: position) }
        }
        return true
    }

    /// Takes what is in the pipes, and no more than they may hold: somebody may go on writing for ever.
    mutating func drain() throws {
        for _ in 0..<64 where !outputs.isEmpty {
            if try !exchange(for: .zero) { return }
        }
    }

    private mutating func write() throws {
        guard let (end, bytes) = input else { return }
        // The end of a program is not that of whoever reads our standard output, and must not end this process as that does.
        BrokenPipes.begin()
        defer { BrokenPipes.end() }
        let count = bytes.withUnsafeBytes { bytes in
            #if canImport(Glibc)
                Glibc.write(end.number, bytes.baseAddress, bytes.count)
            #else
                Darwin.write(end.number, bytes.baseAddress, bytes.count)
            #endif
        }
        let code = errno
        if count >= 0 {
            let rest = bytes.dropFirst(count)
            input = rest.isEmpty ? nil : (end, rest)
        } else if code == EPIPE {
            // It has ended, or wants no more: what it says, and with which status it ends, tell what happened.
            isInputLeft = true
            input = nil
        } else if code != EAGAIN, code != EINTR {
            throw VxError.system("cannot write to a program", errno: code)
        }
    }

    /// - Returns: whether more may come.
    private func read(_ position: Int) throws -> Bool {
        let (end, take) = outputs[position]
        return try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { room in
            let count = try retrying("cannot read what a program says") {
                #if canImport(Glibc)
                    Glibc.read(end.number, room.baseAddress, room.count)
                #else
                    Darwin.read(end.number, room.baseAddress, room.count)
                #endif
            }
            if count > 0 { try take(UnsafeRawBufferPointer(rebasing: room[..<count])) }
            return count > 0
        }
    }
}

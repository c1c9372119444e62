import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that was started here, and is waited for here.
struct RunningProgram {
    private let process: pid_t
    private let name: String
    private let hasOwnGroup: Bool
    /// What `waitpid` has said; `nil` as long as it runs.
    private(set) var status: Int32?

    init(_ process: pid_t, name: String, hasOwnGroup: Bool) {
        self.process = process
        self.name = name
        self.hasOwnGroup = hasOwnGroup
    }

    /// Sends a signal to it, and to all it has started where it has a group of its own.
    func send(_ signal: CInt) { kill(hasOwnGroup ? -process : process, signal) }

    /// Whether it has ended.
    mutating func hasEnded() throws(VxError) -> Bool {
        if status == nil { try look(WNOHANG) }
        return status != nil
    }

    /// Waits for its end.
    mutating func wait() throws(VxError) {
        if status == nil { try look(0) }
    }

    private mutating func look(_ flags: CInt) throws(VxError) {
        var said: Int32 = 0
        if try retrying("cannot wait for '\(name)'", { waitpid(process, &said, flags) }) == process { status = said }
    }
}

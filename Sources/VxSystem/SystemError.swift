import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension VxError {
    /// The current `errno` as an error about `what`; call it right after the failed system call.
    package static func system(_ what: String, errno code: Int32 = errno) -> VxError {
        let reason = Errno(rawValue: code).description
        switch code {
        case ENOSPC, EDQUOT:
            return VxError(
                what, because: reason,
                hint: "free some space ('df -h .' shows how much there is), then repeat the command")
        case EACCES, EPERM:
            return VxError(what, because: reason, hint: "check the owner and mode with 'ls -ld' on that path")
        case EMFILE, ENFILE:
            return VxError(what, because: reason, hint: "raise the limit with 'ulimit -n 4096'")
        default:
            return VxError(what, because: reason)
        }
    }

    /// Whether the disk, or the user's part of it, was full.
    package var isDiskFull: Bool {
        causes.contains { $0 == Errno(rawValue: ENOSPC).description || $0 == Errno(rawValue: EDQUOT).description }
    }
}

/// Calls `body` until it is not interrupted by a signal; a result of -1 becomes an error about `what()`.
@discardableResult
package func retrying<Result: SignedInteger>(
    _ what: @autoclosure () -> String, _ body: () -> Result
) throws(VxError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw VxError.system(what(), errno: code) }
    }
}

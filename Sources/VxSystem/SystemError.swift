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
        var error = explained(what, code)
        error.systemCode = code
        return error
    }

    private static func explained(_ what: String, _ code: Int32) -> VxError {
        let reason = Errno(rawValue: code).description
        switch code {
        case ENOSPC, EDQUOT:
            return VxError(
                what, because: reason,
                hint: "free some space ('df -h .' shows how much there is), then repeat the command")
        case EACCES, EPERM:
            return VxError(what, because: reason, hint: "check the owner and mode with 'ls -ld' on that path")
        case EMFILE, ENFILE:
            return VxError(
                what, because: reason,
                hint: code == ENFILE
                    ? "end other programs, or ask who runs this machine: its own limit is reached"
                    : "raise the limit with 'ulimit -n 4096'")
        case ENOMEM:
            return VxError(
                what, because: reason,
                hint: "end other programs, or raise the limit ('ulimit -v' shows it), then repeat the command")
        case EAGAIN:
            return VxError(
                what, because: reason,
                hint: "end other programs, or raise the limits on threads and memory ('ulimit -u', 'ulimit -v')")
        case EIO:
            return VxError(
                what, because: reason,
                hint: "the disk or its connection fails: see 'dmesg', and copy what matters elsewhere first")
        case EROFS:
            return VxError(
                what, because: reason,
                hint: "'mount' shows what is mounted read-only; mount it for writing, then repeat")
        default:
            return VxError(what, because: reason)
        }
    }

    /// Whether the disk, or the user's part of it, was full.
    package var isDiskFull: Bool { systemCode == ENOSPC || systemCode == EDQUOT }

    /// Whether there was nothing at the path.
    package var isNoSuchPath: Bool { systemCode == ENOENT }

    /// Whether the system, not what was looked at, is why this failed: no memory, too many open files, a right that is
    /// missing, a disk that does not answer. It says nothing about what is stored: whether it is there, or sound.
    package var isSystemFailure: Bool {
        guard let systemCode else { return false }
        // What these say is about the path itself: nothing there, or something of another kind.
        return ![ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EEXIST, ENOTEMPTY, EINVAL, ENXIO, ENODEV].contains(
            systemCode)
    }

    /// Whether it will be the same the next time, and with one file only: no right to read it, or a bad disk below it.
    package var isLastingFailure: Bool { [EACCES, EPERM, EIO].contains(systemCode) }

    /// Memory that could not be had for `what`.
    package static func outOfMemory(_ what: String) -> VxError { system(what, errno: ENOMEM) }
}

/// What `body` gives; `nil` where it fails for a reason that lies in what it looks at.
///
/// - Throws: what says nothing about that: a failure of the system, an interrupt.
package func attempting<Value>(_ body: () throws -> Value) throws(VxError) -> Value? {
    do {
        return try body()
    } catch let error as VxError where error.isSystemFailure || error.code == .interrupted {
        throw error
    } catch {
        return nil
    }
}

/// Keeps what can be worked out again: where it cannot be kept, on a disk that is full or of somebody else, nothing is lost but
/// time.
///
/// - Throws: an interrupt.
package func keeping(_ body: () throws -> Void) throws(VxError) {
    do {
        try body()
    } catch let error as VxError where error.code == .interrupted {
        throw error
    } catch {}
}

/// What `body` gives; `nil` where this user may not read what it reads, or the disk cannot: as to git, the rest counts all the
/// same.
package func whereReadable<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value? {
    do throws(Failure) {
        return try body()
    } catch {
        guard let known = error as? VxError, known.isLastingFailure else { throw error }
        return nil
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

import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The one door to libgit2: it is started once per process, and every status code passes through ``check(_:_:)``.
enum Libgit2 {
    /// The repository extensions vx lets pass besides libgit2's own: none changes how objects, refs or the index are
    /// read. `objectformat` is among them only so that SHA-1 may be spelled out; SHA-256 is refused afterwards.
    private static let harmlessExtensions = [
        "noop", "noop-v1", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees", "objectformat",
    ]

    /// Starting twice would only raise a counter, but the options must be set before the first repository opens.
    private static let startStatus: CInt = {
        let status = git_libgit2_init()
        if status < 0 { return status }
        // Swift arrays of C strings have to be kept alive by hand; libgit2 copies the names.
        let names = harmlessExtensions.map { $0.utf8CString }
        let allowed = withPointers(to: names[...], []) { pointers in
            var pointers = pointers
            return pointers.withUnsafeMutableBufferPointer { vx_git_allow_extensions($0.baseAddress, $0.count) }
        }
        // What a commit needs must survive a power cut; git itself syncs packs and refs since 2.36.
        if allowed < 0 { return allowed }
        let synced = vx_git_sync_writes(1)
        // Whose repositories are trusted is asked of git itself (OwnerTrust).
        return synced < 0 ? synced : vx_git_owner_validation(0)
    }()

    private static func withPointers(
        to names: ArraySlice<ContiguousArray<CChar>>, _ pointers: [UnsafePointer<CChar>?],
        _ body: ([UnsafePointer<CChar>?]) -> CInt
    ) -> CInt {
        guard let first = names.first else { return body(pointers) }
        return first.withUnsafeBufferPointer {
            withPointers(to: names.dropFirst(), pointers + [$0.baseAddress], body)
        }
    }

    /// Makes libgit2 ready; cheap after the first time. It is never shut down: handles may outlive any one caller.
    ///
    /// - Throws: where libgit2 cannot start.
    static func start() throws(VxError) {
        try check(startStatus, "cannot start libgit2")
    }

    /// Turns a status code into an error about `what`.
    ///
    /// libgit2's own message is kept per thread and overwritten by the next call, so it is read here, right after the
    /// call that failed and before anything else can run.
    @discardableResult
    static func check(_ status: CInt, _ what: @autoclosure () -> String, hint: String? = nil) throws(VxError) -> CInt {
        if status >= 0 { return status }
        throw error(status, what(), hint: hint)
    }

    /// The same where "not found" is an answer: `false` for it.
    static func found(
        _ status: CInt, _ what: @autoclosure () -> String, hint: String? = nil
    ) throws(VxError) -> Bool {
        if status == GIT_ENOTFOUND.rawValue { return false }
        try check(status, what(), hint: hint)
        return true
    }

    /// The error for a status code below zero.
    static func error(_ status: CInt, _ what: String, hint: String? = nil) -> VxError {
        let code = errno
        var reason = "libgit2 gave status \(status)"
        if let last = git_error_last(), let message = last.pointee.message {
            reason = "\(String(cString: message)) (libgit2, \(className(last.pointee.klass)))"
        }
        // Its own message comes with the system's; the number is still the one of the call that failed.
        if let last = git_error_last() {
            if last.pointee.klass == GIT_ERROR_NOMEMORY.rawValue {
                var error = VxError.outOfMemory(what)
                error.causes = [reason]
                return error
            }
            if last.pointee.klass == GIT_ERROR_OS.rawValue, status == -1, code != 0 {
                var error = VxError.system(what, errno: code)
                error.causes = [reason]
                error.hint = error.hint ?? hint
                return error
            }
        }
        // libgit2 says "locked" of whatever the system does not let it look at, and the number may be another call's by then.
        let denial = [EACCES, EPERM].first { $0 == code || reason.contains(": \(String(cString: strerror($0))) (") }
        if status == GIT_ELOCKED.rawValue, let denial {
            var error = VxError.system(what, errno: denial)
            error.causes = [reason.replacing(" is locked: ", with: ": ")]
            return error
        }
        switch status {
        case GIT_ELOCKED.rawValue:
            let mend = "wait for the other git command to end; if there is none, remove the lock file"
            return VxError(.locked, what, because: reason, hint: hint ?? mend)
        case GIT_EMISMATCH.rawValue:
            return VxError(.corrupt, what, because: reason, hint: hint ?? "run 'git fsck' to see what is damaged")
        default:
            return VxError(what, because: reason, hint: hint)
        }
    }

    private static func className(_ number: CInt) -> String {
        let names = [
            "none", "memory", "system", "invalid", "reference", "zlib", "repository", "config", "regex", "odb",
            "index", "object", "net", "tag", "tree", "indexer", "ssl", "submodule", "thread", "stash", "checkout",
            "fetch-head", "merge", "ssh", "filter", "revert", "callback", "cherry-pick", "describe", "rebase",
            "filesystem", "patch", "worktree", "sha", "http", "internal",
        ]
        return names.indices.contains(Int(number)) ? names[Int(number)] : "class \(number)"
    }
}

/// A libgit2 object with one owner, freed when the owner lets go of it.
struct Handle: ~Copyable {
    let pointer: OpaquePointer
    private let release: @Sendable (OpaquePointer) -> Void

    /// Calls `make`, which fills in the pointer, and takes over what it made.
    ///
    /// - Throws: an error about `what`.
    init(
        _ what: @autoclosure () -> String, release: @escaping @Sendable (OpaquePointer) -> Void,
        _ make: (inout OpaquePointer?) -> CInt
    ) throws(VxError) {
        var pointer: OpaquePointer?
        try Libgit2.check(make(&pointer), what())
        guard let pointer else { throw VxError(what(), because: "libgit2 gave nothing") }
        self.init(pointer, release: release)
    }

    init(_ pointer: OpaquePointer, release: @escaping @Sendable (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.release = release
    }

    deinit { release(pointer) }
}

extension GitObjectID {
    init(_ id: git_oid) {
        self = withUnsafeBytes(of: id) { GitObjectID($0) }
    }

    /// The same name as libgit2 spells it.
    var libgit2: git_oid {
        var id = git_oid()
        withUnsafeMutableBytes(of: &id) { write(to: $0) }
        return id
    }
}

extension RepoPath {
    /// Lends the path as a C string. A path from git never holds a zero byte.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        // An array given where a pointer is wanted is lent for the call.
        try body(bytes.map { CChar(bitPattern: $0) } + [0])
    }
}

extension FilePath {
    /// A path as libgit2 gives folders, without the slash it puts at the end.
    init(libgit2 path: UnsafePointer<CChar>) {
        self.init(platformString: path)
    }
}

/// The library itself, for whoever asks whether it is there.
package enum GitLibrary {
    /// Loads and starts it. Where it is not installed that ends the process, with a message that says so.
    ///
    /// - Throws: where it cannot start.
    package static func load() throws(VxError) { try Libgit2.start() }
}

import CLibgit2
import VxModel

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension VxError {
    private static let raceCause = "another process moved it first"

    /// Whether this is ``Repository/moveReference(_:to:expecting:reason:)`` losing a race: read the reference again,
    /// rebuild on what it is now, and repeat.
    package var isLostRace: Bool { code == .refused && causes.first == Self.raceCause }

    static func lostRace(_ reference: String) -> VxError {
        VxError(.refused, "\(reference) was not moved", because: raceCause, hint: "repeat the command")
    }
}

extension Repository {
    /// The object a reference (`refs/heads/main`, `HEAD`) leads to, through symbolic ones; `nil` where there is none,
    /// as for every name no reference can have (`refs/heads/HEAD~1`).
    ///
    /// - Throws: where the reference cannot be read.
    package func reference(_ fullName: String) throws(VxError) -> GitObjectID? {
        var id = git_oid()
        let status = git_reference_name_to_id(&id, raw.pointer, fullName)
        if status == GIT_EINVALIDSPEC.rawValue { return nil }
        return try Libgit2.found(status, "cannot read the reference \(fullName)") ? GitObjectID(id) : nil
    }

    /// The full names of all references that begin with `prefix` (`refs/heads/`, say), sorted.
    ///
    /// - Throws: where the references cannot be read.
    package func references(withPrefix prefix: String) throws(VxError) -> [String] {
        let what = "cannot list the references"
        let iterator = try Handle(what, release: git_reference_iterator_free) {
            git_reference_iterator_new(&$0, raw.pointer)
        }
        var names: [String] = []
        var name: UnsafePointer<CChar>?
        while true {
            let status = git_reference_next_name(&name, iterator.pointer)
            if status == GIT_ITEROVER.rawValue { return names.sorted() }
            try Libgit2.check(status, what)
            if let name = name.map({ String(cString: $0) }), name.hasPrefix(prefix) { names.append(name) }
        }
    }

    /// The short names of the branches a shell pattern fits; a star stands for slashes too. All of them without one.
    ///
    /// - Throws: where the references cannot be read.
    package func branches(matching glob: String = "*") throws(VxError) -> [String] {
        try references(withPrefix: "refs/heads/").map { String($0.dropFirst(11)) }.filter { fnmatch(glob, $0, 0) == 0 }
    }

    /// The short names of the tags a shell pattern fits. All of them without one.
    ///
    /// - Throws: where the references cannot be read.
    package func tags(matching glob: String = "*") throws(VxError) -> [String] {
        try references(withPrefix: "refs/tags/").map { String($0.dropFirst(10)) }.filter { fnmatch(glob, $0, 0) == 0 }
    }

    /// Moves a reference by compare-and-swap, under git's own lock, with a line in its reflog. `expecting: nil` means
    /// that there must be none yet.
    ///
    /// - Throws: an error whose ``VxModel/VxError/isLostRace`` is true where the reference is not what was expected;
    ///   `.locked` where its lock stays taken.
    package func moveReference(
        _ fullName: String, to id: GitObjectID, expecting: GitObjectID?, reason: String
    ) throws(VxError) {
        var new = id.libgit2
        var old = expecting?.libgit2 ?? git_oid()
        let status = waitingForLock {
            var made: OpaquePointer?
            defer { git_reference_free(made) }
            return withUnsafePointer(to: &old) {
                git_reference_create_matching(
                    &made, raw.pointer, fullName, &new, expecting == nil ? 0 : 1, expecting == nil ? nil : $0, reason)
            }
        }
        switch status {
        case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue: throw VxError.lostRace(fullName)
        case GIT_ENOTFOUND.rawValue where expecting != nil: throw VxError.lostRace(fullName)
        default: try Libgit2.check(status, "cannot move \(fullName) to \(id.short)")
        }
    }

    /// Puts HEAD on a branch, which may be unborn. `reason` goes to HEAD's reflog: `checkout: moving from A to B` is
    /// what `git switch -` and `@{-1}` look for.
    ///
    /// - Throws: where HEAD cannot be written.
    package func setHead(branch: String, reason: String) throws(VxError) {
        let status = waitingForLock {
            var made: OpaquePointer?
            defer { git_reference_free(made) }
            return git_reference_symbolic_create(&made, raw.pointer, "HEAD", "refs/heads/" + branch, 1, reason)
        }
        try Libgit2.check(status, "cannot put HEAD on \(branch)")
    }

    /// Puts HEAD on a commit and no branch; `reason` goes to HEAD's reflog.
    ///
    /// - Throws: where HEAD cannot be written.
    package func setHead(detached commit: GitObjectID, reason: String) throws(VxError) {
        var id = commit.libgit2
        let status = waitingForLock {
            var made: OpaquePointer?
            defer { git_reference_free(made) }
            return git_reference_create(&made, raw.pointer, "HEAD", &id, 1, reason)
        }
        try Libgit2.check(status, "cannot put HEAD on \(commit.short)")
    }

    /// Repeats a call that met another process's lock for about a second, with uneven pauses.
    private func waitingForLock(_ body: () -> CInt) -> CInt {
        for attempt in 1...12 {
            let status = body()
            if status != GIT_ELOCKED.rawValue { return status }
            usleep(UInt32.random(in: 5_000...20_000) * UInt32(attempt))
        }
        return body()
    }
}

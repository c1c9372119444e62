import VxGit
import VxModel
import VxStore
import VxSystem

/// What git's filter answers where git is about to write a data file.
///
/// Git keeps an answer in memory until it has written it, one file at a time. Files of at most ``limit`` bytes are answered
/// with their bytes: git then knows what it wrote, and every command that writes files works as on any other file. Larger
/// ones stay pointer text, which a hook replaces later (docs/decisions/0003).
final class Smudger {
    /// A file whose bytes are to be given.
    struct File {
        var pointer: Pointer
        /// What git has: it is given where the bytes cannot be had.
        var text: [UInt8]
    }

    enum Answer {
        case bytes([UInt8])
        case content(File)
        /// Git asks again when it has asked for all others.
        case delayed
    }

    /// Files of this many bytes and more are given piece by piece, and later where git can wait.
    private static let streamed: UInt64 = 1 << 20

    private let workspace: Workspace
    private let pending: PendingFiles
    /// Takes what is wrong with a file.
    private let report: (VxError) -> Void
    private var delayed: [RepoPath: File] = [:]
    /// Whether git was told of all that was delayed.
    private var hasAnnounced = false
    /// The files that ``pipeline`` gives, in the order in which git will ask for them, last first.
    private var announced: [RepoPath] = []
    private var pipeline: ContentPipeline?
    /// Reads small contents.
    private lazy var reader = workspace.store.reader()
    /// Contents that are known to be here.
    private var here: Set<ContentID> = []
    private var hasAskedOrigins = false
    /// Whether a remote did not answer: then none is asked any more, for git waits meanwhile.
    private var hasLostRemotes = false
    /// Contents that were asked for and that no remote has, or not as they should be.
    private var reasons: [ContentID: VxError] = [:]
    private var knownLimit: UInt64?
    private var knownFailures: Set<RepoPath>?
    private var knownWanted: WantedData?
    private var knownUnmerged: Set<RepoPath>?
    /// Files left as pointer text because their content is not here.
    private(set) var missing: [RepoPath] = []

    init(_ workspace: Workspace, report: @escaping (VxError) -> Void) {
        self.workspace = workspace
        self.report = report
        pending = workspace.pending
    }

    /// The answer for one file.
    ///
    /// - Parameters:
    ///   - content: what git has of it, as it is on its way to the work tree: its pointer; nothing where it asks for a delayed
    ///     file again.
    ///   - blob: the content's name in git, where git says it.
    func answer(_ content: PacketContent, at path: RepoPath, blob: GitObjectID?, canDelay: Bool) throws -> Answer {
        let given = try content.peek(Pointer.maximumLength + 1)
        let text = Pointer.asInGit(given)
        // Text that nobody changed on its way is no pointer in git, and nothing else takes it for one.
        if text != given, let blob, let own = try workspace.repository.blob(blob, limit: Pointer.maximumLength),
            Pointer(own) == nil
        {
            if case .malformed(let flaw) = Pointer.read(own) { report(Pointer.malformed(path, flaw)) }
            return .bytes(try content.readAll())
        }
        if text.isEmpty, let file = delayed.removeValue(forKey: path) {
            return try orText(file, at: path) { try answer(file, at: path) }
        }
        switch Pointer.read(text) {
        case .pointer(let pointer):
            let file = File(pointer: pointer, text: text)
            return try orText(file, at: path) {
                if try !wanted.contains(path) && !isHere(pointer.id) { return .bytes(text) }
                if pointer.size > limit { return try leave(file, at: path) }
                if try canDelay && (pointer.size >= Self.streamed || !isHere(pointer.id)) && !unmerged.contains(path) {
                    delay(file, at: path)
                    return .delayed
                }
                return try answer(file, at: path)
            }
        case .content: return .bytes(try content.readAll())  // committed before vx, or where it was not installed
        case .malformed(let flaw):
            report(Pointer.malformed(path, flaw))
            return .bytes(try content.readAll())
        }
    }

    /// The files that were delayed and that git may ask for now; none where it has been told of all.
    func available() throws -> [RepoPath] {
        if hasAnnounced { return [] }
        hasAnnounced = true
        let paths = delayed.keys.sorted()
        var ready: [RepoPath] = []
        try unlessSystemFails {
            try askRemotes(paths.compactMap { delayed[$0]?.pointer })
            // Git asks in the order of the paths' bytes, in which it keeps them.
            ready = try paths.filter { path in
                try delayed[path].map { try $0.pointer.size >= Self.streamed && isHere($0.pointer.id) } ?? false
            }
        }
        pipeline = ContentPipeline(workspace.store, ready.compactMap { delayed[$0]?.pointer }, pool: workspace.pool)
        announced = ready.reversed()
        return paths
    }

    /// Gives a file's bytes piece by piece.
    ///
    /// - Throws: what `sink` throws; `VxError` where the content is damaged or gone.
    func give(_ file: File, at path: RepoPath, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let pipeline, announced.last == path {
            announced.removeLast()
            if announced.isEmpty { self.pipeline = nil }
            return try pipeline.take(sink)
        }
        // Asked for without delay, or in another order: then each is made alone.
        if announced.contains(path) { (announced, pipeline) = ([], nil) }
        try ContentPipeline(workspace.store, [file.pointer], pool: workspace.pool).take(sink)
    }

    /// What git gets where the bytes of a file cannot be had; the error is told.
    ///
    /// Whatever is wrong with one file, git gets text for it: an error would keep it from the whole checkout.
    /// - Throws: an error that is not about this one file.
    func text(_ file: File, at path: RepoPath, insteadOf error: VxError) throws -> [UInt8] {
        if error.isSystemFailure {
            // What the system has not got now it may have when the hook comes.
            try pending.append(path)
        } else if !error.isAboutContent {
            throw error
        }
        report(error.wrapped("cannot lay down \(path)"))
        return file.text
    }

    /// Notes that git has got a part of a file's bytes and cannot have the rest: it stops there. Asked for the file again, this
    /// looks at all of it before it gives any.
    func noteBroken(_ file: File, at path: RepoPath, _ error: VxError) throws {
        try pending.append(failed: [path])
        var error = error.wrapped("cannot lay down \(path)")
        error.hint = "repeat the git command: the file is pointer text then" + (error.hint.map { "; \($0)" } ?? "")
        report(error)
    }

    // MARK: - One file

    /// The most bytes of a file that are given to git. A setting that is wrong is told once, and keeps nobody from his files.
    private var limit: UInt64 {
        if let knownLimit { return knownLimit }
        let limit: UInt64
        do throws(VxError) {
            limit = try FilterLimit.read(workspace.repository)
        } catch {
            report(error)
            limit = FilterLimit.usual
        }
        knownLimit = limit
        return limit
    }

    /// Which data this clone lays down by itself.
    private var wanted: WantedData {
        get throws {
            if let knownWanted { return knownWanted }
            let wanted = try workspace.wantedData
            knownWanted = wanted
            return wanted
        }
    }

    /// Paths of which git may write out a conflict: of `git checkout --merge` and `--conflict` git 2.39 dies of a signal where
    /// such a file is delayed.
    private var unmerged: Set<RepoPath> {
        get throws {
            if let knownUnmerged { return knownUnmerged }
            let unmerged = try workspace.repository.readIndex().conflictPaths
            knownUnmerged = unmerged
            return unmerged
        }
    }

    private func delay(_ file: File, at path: RepoPath) {
        // What was announced before and never asked for, a git that goes on after an error does not want any more.
        if hasAnnounced { delayed = [:] }
        hasAnnounced = false
        delayed[path] = file
    }

    private func answer(_ file: File, at path: RepoPath) throws -> Answer {
        if try !isHere(file.pointer.id) { try askRemotes([file.pointer]) }
        guard try isHere(file.pointer.id) else { return try leave(file, at: path) }
        if file.pointer.size < Self.streamed {
            return .bytes(
                try reader.contents(of: file.pointer.id, size: file.pointer.size, limit: Int(Self.streamed)))
        }
        if try failures.contains(path) {
            try ContentPipeline(workspace.store, [file.pointer], pool: workspace.pool).take { _ in }
        }
        return .content(file)
    }

    /// Leaves a file as pointer text, for a hook to lay down; what cannot be had, for the user.
    private func leave(_ file: File, at path: RepoPath) throws -> Answer {
        if try !isHere(file.pointer.id) { missing.append(path) }
        if let reason = reasons[file.pointer.id] { report(reason.wrapped("cannot lay down \(path)")) }
        if reasons[file.pointer.id] != nil || hasLostRemotes {
            try pending.append(failed: [path])
        } else {
            try pending.append(path)
        }
        return .bytes(file.text)
    }

    private func orText(_ file: File, at path: RepoPath, _ body: () throws -> Answer) throws -> Answer {
        do {
            return try body()
        } catch let error as VxError {
            return .bytes(try text(file, at: path, insteadOf: error))
        }
    }

    /// Files that were tried and could not be laid down: their content may be damaged.
    private var failures: Set<RepoPath> {
        get throws {
            if let knownFailures { return knownFailures }
            let failures = Set(try pending.read().entries.filter(\.hasFailed).map(\.path))
            knownFailures = failures
            return failures
        }
    }

    // MARK: - Contents

    private func isHere(_ id: ContentID) throws -> Bool {
        if here.contains(id) { return true }
        var isHere = try workspace.store.isComplete(id)
        if !isHere, !hasAskedOrigins {
            hasAskedOrigins = true
            // A failure here is the same as content that is nowhere: it is reported as missing.
            isHere = try attempting { try workspace.fetchFromLocalOrigins() } ?? false && workspace.store.isComplete(id)
        }
        if isHere { here.insert(id) }
        return isHere
    }

    /// Fetches those contents that are not here, in one batch.
    private func askRemotes(_ pointers: [Pointer]) throws {
        let wanted = try pointers.filter { try !isHere($0.id) && reasons[$0.id] == nil }
        if wanted.isEmpty || hasLostRemotes { return }
        do {
            reasons.merge(try workspace.provide(wanted)) { $1 }
        } catch {
            if let error = error as? VxError, error.isSystemFailure || error.code == .interrupted { throw error }
            hasLostRemotes = true
            report(error as? VxError ?? VxError("cannot fetch what git asks for", because: "\(error)"))
        }
    }

    /// Goes on where the system fails: each file then finds out, and is left to the hook.
    private func unlessSystemFails(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as VxError where error.isSystemFailure {
            report(error)
        }
    }
}

import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Git's long-running filter (gitattributes(5), "Long Running Filter Process"): one process serves all files of one git
/// command, over its standard input and output.
///
/// `clean` stores what git is about to add and answers with the pointer. `smudge` answers with the file's bytes where
/// they are few; large files, and those whose bytes are not here, stay pointer text and are noted for the hooks, so
/// that they never pass through git's memory.
package final class FilterProcess {
    /// Files of this many bytes and more are laid down outside git.
    package static let largeFile: UInt64 = 1 << 20

    /// Larger files that are git's own are not compared: both versions would be in memory.
    private static let plainLimit = 16 << 20

    private let workspace: Workspace
    private let input: PacketReader
    private let output: PacketWriter
    private var index: GitIndex?
    private let pending: PendingFiles
    private var session: StoreSession?
    private var lane: StoreLane?
    private var hasAskedOrigins = false
    /// Files left as pointer text because their content is not here.
    package private(set) var missing: [RepoPath] = []
    /// What went wrong with single files: git shows only that something did.
    package private(set) var failures: [VxError] = []

    /// - Parameters:
    ///   - input: what git says, `output` what it is answered.
    package init(_ workspace: Workspace, input: PacketReader, output: PacketWriter) {
        self.workspace = workspace
        self.input = input
        self.output = output
        pending = workspace.pending
    }

    /// Serves git until it closes its end.
    ///
    /// - Parameter report: called at once with what went wrong with a file.
    /// - Throws: where the stream breaks or what was cleaned cannot be made durable.
    package func run(report: (VxError) -> Void) throws {
        do {
            try shakeHands()
            while let header = try input.list() {
                try serve(header, report: report)
            }
            try session?.finish()
        } catch {
            session?.abandon()
            throw error
        }
    }

    private func shakeHands() throws {
        guard let hello = try input.list(), hello.first == Array("git-filter-client".utf8),
            hello.contains(Array("version=2".utf8))
        else {
            throw VxError(
                .usage, "vx filter-process speaks with git, not with people",
                hint: "git starts it by itself once 'vx install' has been run")
        }
        try output.line("git-filter-server")
        try output.line("version=2")
        output.flush()
        try output.send()
        let offered = try input.list() ?? []
        for capability in ["capability=clean", "capability=smudge"] where offered.contains(Array(capability.utf8)) {
            try output.line(capability)
        }
        output.flush()
        try output.send()
    }

    private func serve(_ header: [[UInt8]], report: (VxError) -> Void) throws {
        var fields: [String: [UInt8]] = [:]
        for line in header {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            fields[String(decoding: line[..<equals], as: UTF8.self)] = Array(line[(equals + 1)...])
        }
        let path = RepoPath(bytes: fields["pathname"] ?? [])
        let content = PacketContent(input)
        do {
            let answer =
                switch fields["command"].map({ String(decoding: $0, as: UTF8.self) }) {
                case "clean": try clean(content, at: path)
                case "smudge": try smudge(content, at: path, report: report)
                default: throw VxError("git asked the filter for something vx does not know")
                }
            try content.skipRest()
            try output.line("status=success")
            output.flush()
            try output.data(answer)
            output.flush()
            output.flush()
        } catch let error as VxError where !content.isBroken {
            try content.skipRest()
            fail(error, report)
            try output.line("status=error")
            output.flush()
        }
        try output.send()
    }

    // MARK: - Clean

    private func clean(_ content: PacketContent, at path: RepoPath) throws -> [UInt8] {
        // After a failure the session is good for nothing: git must not take any answer of this process for sound.
        try session?.check()
        if Workspace.isGitOwn(path) { return try content.readAll() }
        let start = try content.peek(Pointer.maximumLength + 1)
        if start.isEmpty { return [] }
        switch Pointer.read(start) {
        case .pointer: return start  // not hydrated yet: the pointer stands for the file
        case .malformed(let why):
            // What git has already is no news, and refusing it would leave 'git status' and 'git stash' without an answer.
            guard let known = try plainBlob(at: path), try content.peek(known.count + 1) == known else {
                throw Pointer.malformed(path, why)
            }
            return try content.readAll()
        case .content: break
        }
        if let plain = try plainBlob(at: path), try content.peek(plain.count + 1).elementsEqual(plain) { return plain }
        let (id, size) = try storeLane().add { try content.read(into: $0) }
        return Pointer(id: id, size: size).encoded
    }

    /// What git's index has at `path` where that is no pointer: somebody added the file where vx is not installed.
    ///
    /// Unchanged it stays as it is. As a pointer it would read as changed at once, with no way for the user to undo that
    /// but a commit, and no branch could be left before it.
    private func plainBlob(at path: RepoPath) throws -> [UInt8]? {
        let index = try index ?? workspace.repository.readIndex()
        self.index = index
        guard let entry = index.find(path), entry.mode.isFile,
            let bytes = try workspace.repository.blob(entry.id, limit: Self.plainLimit), Pointer(bytes) == nil
        else { return nil }
        return bytes
    }

    private func storeLane() throws -> StoreLane {
        if let lane { return lane }
        // Git relies on each content as soon as it reads "success", long before finish(); it ignores how vx exits.
        let session = try workspace.store.session(
            pool: workspace.pool, cancellation: workspace.cancellation, keepsJournal: true)
        let lane = try session.lane()
        self.session = session
        self.lane = lane
        return lane
    }

    // MARK: - Smudge

    /// Whatever is wrong with one file, git gets text for it: an error here would keep it from the whole checkout.
    private func smudge(_ content: PacketContent, at path: RepoPath, report: (VxError) -> Void) throws -> [UInt8] {
        let text = try content.peek(Pointer.maximumLength + 1)
        let pointer: Pointer
        switch Pointer.read(text) {
        case .pointer(let found): pointer = found
        case .content: return try content.readAll()  // committed before vx, or where it was not installed
        case .malformed(let why):
            fail(Pointer.malformed(path, why), report)
            return try content.readAll()
        }
        do {
            if try !isHere(pointer.id) {
                missing.append(path)
                try pending.append(path)
                return text
            }
        } catch let error as VxError where error.isSystemFailure {
            return try putOff(path, text, error, report)
        }
        if pointer.size >= Self.largeFile {
            try pending.append(path)
            return text
        }
        do throws(VxError) {
            return try workspace.store.contents(of: pointer.id, size: pointer.size, limit: Int(Self.largeFile))
        } catch {
            if error.isSystemFailure { return try putOff(path, text, error, report) }
            guard error.isAboutContent else { throw error }
            fail(error.wrapped("cannot lay down \(path)"), report)
            return text
        }
    }

    private func fail(_ error: VxError, _ report: (VxError) -> Void) {
        failures.append(error)
        report(error)
    }

    /// Leaves a file to the hook: what the system has not got now it may have then.
    private func putOff(
        _ path: RepoPath, _ text: [UInt8], _ error: VxError, _ report: (VxError) -> Void
    ) throws -> [UInt8] {
        try pending.append(path)
        fail(error.wrapped("cannot lay down \(path)"), report)
        return text
    }

    private func isHere(_ id: ContentID) throws -> Bool {
        if try workspace.store.isComplete(id) { return true }
        if hasAskedOrigins { return false }
        hasAskedOrigins = true
        // A failure here is the same as content that is nowhere: it is reported as missing.
        return try attempting { try workspace.fetchFromLocalOrigins() } ?? false && workspace.store.isComplete(id)
    }
}

/// The content git sends for one file, packet by packet, with a look ahead at its start.
private final class PacketContent {
    private let input: PacketReader
    private var buffered: ArraySlice<UInt8> = []
    private var isAtEnd = false
    /// Whether the stream itself failed, so that no answer can be given.
    private(set) var isBroken = false

    init(_ input: PacketReader) {
        self.input = input
    }

    /// The first bytes, `count` of them or all there are, without taking them.
    func peek(_ count: Int) throws -> [UInt8] {
        while buffered.count < count, try fetch() {}
        return Array(buffered.prefix(count))
    }

    /// Takes bytes; fewer than asked for only at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < target.count {
            if buffered.isEmpty, try !fetch() { break }
            let piece = buffered.prefix(target.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: target[filled...]).copyBytes(from: piece)
            filled += piece.count
            buffered = buffered.dropFirst(piece.count)
        }
        return filled
    }

    func readAll() throws -> [UInt8] {
        while try fetch() {}
        let all = Array(buffered)
        buffered = []
        return all
    }

    /// Reads past what is left, so that the next file's packets are next.
    func skipRest() throws {
        repeat { buffered = [] } while try fetch()
    }

    private func fetch() throws -> Bool {
        if isAtEnd { return false }
        do {
            switch try input.next() {
            case .data(let bytes):
                if buffered.isEmpty { buffered = bytes } else { buffered += bytes }
                return true
            case .flush:
                isAtEnd = true
                return false
            case .end: throw VxError("git ended in the middle of a file")
            }
        } catch {
            isBroken = true
            throw error
        }
    }
}

import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Git's long-running filter (gitattributes(5), "Long Running Filter Process"): one process serves all files of one git
/// command, over its standard input and output.
///
/// `clean` stores what git is about to add and answers with the pointer. `smudge` answers with the file's bytes
/// (``Smudger``).
package final class FilterProcess {
    /// Larger files that are git's own are not compared: both versions would be in memory.
    private static let plainLimit = 16 << 20

    private let workspace: Workspace
    private let input: PacketReader
    private let output: PacketWriter
    private let talk: FilterTalk
    private var index: GitIndex?
    private var filters: FilterRules?
    private let smudger: Smudger
    /// Takes what went wrong with a file, at once: git shows only that something did.
    private let report: (VxError) -> Void
    /// What was told last: after a failure of the store each further file fails in the same words.
    private var told: VxError?
    private var session: StoreSession?
    private var lane: StoreLane?
    /// Files left as pointer text because their content is not here.
    package var missing: [RepoPath] { smudger.missing }

    /// - Parameters:
    ///   - input: what git says, `output` what it is answered.
    ///   - report: called at once with what went wrong with a file.
    package init(
        _ workspace: Workspace, input: PacketReader, output: PacketWriter, report: @escaping (VxError) -> Void
    ) {
        self.workspace = workspace
        self.input = input
        self.output = output
        talk = FilterTalk(input: input, output: output)
        self.report = report
        smudger = Smudger(workspace, report: report)
    }

    /// Serves git until it closes its end.
    ///
    /// - Throws: where the stream breaks or what was cleaned cannot be made durable.
    package func run() throws {
        do {
            try talk.shakeHands(canWait: true)
            while let header = try input.list() {
                try serve(header)
            }
            try session?.finish()
        } catch let error as VxError where error == told {
            // What was refused for it was told when it was. Git does not look at how a filter ends.
            session?.abandon()
        } catch {
            session?.abandon()
            throw error
        }
    }

    private func serve(_ header: [[UInt8]]) throws {
        let fields = FilterTalk.fields(header)
        let path = RepoPath(bytes: fields["pathname"] ?? [])
        let command = fields["command"].map { String(decoding: $0, as: UTF8.self) }
        if command == "list_available_blobs" {
            try list(smudger.available())
            return try output.send()
        }
        let content = PacketContent(input)
        do {
            switch command {
            case "clean": try talk.succeed(with: try clean(content, at: path), content)
            case "smudge":
                let canDelay = fields["can-delay"] == Array("1".utf8)
                let blob = fields["blob"].flatMap { GitObjectID(hex: String(decoding: $0, as: UTF8.self)) }
                let answer = try smudger.answer(content, at: path, blob: blob, canDelay: canDelay)
                try content.skipRest()
                try give(answer, at: path)
            default: throw VxError("git asked the filter for something vx does not know")
            }
        } catch let error as VxError where !content.isBroken {
            tell(error)
            try talk.refuse(content)
        }
        try output.send()
    }

    private func tell(_ error: VxError) {
        if error != told { report(error) }
        told = error
    }

    private func list(_ paths: [RepoPath]) throws {
        for path in paths { try output.data(Array("pathname=".utf8) + path.bytes + [UInt8(ascii: "\n")]) }
        output.flush()
        try output.line("status=success")
        output.flush()
    }

    /// Whatever is wrong with one file, git gets text for it: an error would keep it from the whole checkout. Only where a
    /// part of the bytes is with git already is there nothing left but an error.
    private func give(_ answer: Smudger.Answer, at path: RepoPath) throws {
        var hasStarted = false
        func start() throws {
            if hasStarted { return }
            hasStarted = true
            try output.line("status=success")
            output.flush()
        }
        switch answer {
        case .delayed:
            try output.line("status=delayed")
            output.flush()
        case .bytes(let bytes):
            try start()
            try output.data(bytes)
            output.flush()
            output.flush()
        case .content(let file):
            do {
                try smudger.give(file, at: path) { piece in
                    try start()
                    try output.stream(piece)
                }
                try start()
                output.flush()
            } catch let error as VxError where !output.isBroken {
                if hasStarted {
                    try smudger.noteBroken(file, at: path, error)
                    output.flush()
                    try output.line("status=error")
                } else {
                    let text = try smudger.text(file, at: path, insteadOf: error)
                    try start()
                    try output.data(text)
                    output.flush()
                }
            }
            output.flush()
        }
    }

    // MARK: - Clean

    private func clean(_ content: PacketContent, at path: RepoPath) throws -> [UInt8] {
        // After a failure the session is good for nothing: git must not take any answer of this process for sound.
        try session?.check()
        if Workspace.isGitOwn(path) { return try content.readAll() }
        let standing = try content.peek(Pointer.maximumLength + 1)
        let start = Pointer.asInGit(standing)
        if start.isEmpty { return [] }
        switch Pointer.read(start) {
        case .pointer(let pointer):
            // What git has already as it stands here is no news, as below.
            if start != standing, try plainBlob(at: path) == standing { return standing }
            let known = try knownIndex().find(path).flatMap { try workspace.soundPointer(of: $0.item) }
            if known != pointer { try pointer.check(in: workspace.store, at: path) }
            return try encoded(start, at: path)  // not hydrated yet: the pointer stands for the file
        case .malformed(let flaw):
            // What git has already is no news, and refusing it would leave 'git status' and 'git stash' without an answer.
            guard let known = try plainBlob(at: path), try content.peek(known.count + 1) == known else {
                throw Pointer.malformed(path, flaw)
            }
            return try content.readAll()
        case .content: break
        }
        if let plain = try plainBlob(at: path), try content.peek(plain.count + 1).elementsEqual(plain) { return plain }
        let (id, size) = try storeLane().add { try content.read(into: $0) }
        return try encoded(Pointer(id: id, size: size).encoded, at: path)
    }

    /// A pointer's text as git wants it from a filter: it takes what a filter gives for what stands in the work tree, and
    /// decodes that where an attribute says how it is encoded there.
    private func encoded(_ text: [UInt8], at path: RepoPath) throws -> [UInt8] {
        let filters = try filters ?? FilterRules(workspace, knownIndex())
        self.filters = filters
        return try filters.encoding(at: path)?.encoded(text) ?? text
    }

    private func knownIndex() throws -> GitIndex {
        let known = try index ?? workspace.repository.readIndex()
        index = known
        return known
    }

    /// What git's index has at `path` where that is no pointer: somebody added the file where vx is not installed.
    ///
    /// Unchanged it stays as it is. As a pointer it would read as changed at once, with no way for the user to undo that
    /// but a commit, and no branch could be left before it.
    private func plainBlob(at path: RepoPath) throws -> [UInt8]? {
        guard let entry = try knownIndex().find(path), entry.mode.isFile,
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
}

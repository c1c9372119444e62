import VxGit
import VxModel
import VxStore
import VxSystem

/// Git's filter where the store cannot be opened: its disk is not mounted or does not answer, or it is not this user's to read.
///
/// A filter that just ended would end git in the middle of a checkout, with files that are gone and an index that knows nothing
/// of it. So git writes what it has, pointer text, and `vx hydrate` lays down the data later. Nothing is added: a file that is what the
/// index names, which git looks at when it is as young as the index, is known by its hash.
package struct FilterWithoutStore {
    private let reason: VxError
    private let repository: Repository
    private let talk: FilterTalk
    private let report: (VxError) -> Void

    /// - Parameters:
    ///   - reason: why there is no store.
    ///   - report: called with what is wrong.
    package init(
        _ reason: VxError, _ repository: Repository, input: PacketReader, output: PacketWriter, report: @escaping (VxError) -> Void
    ) {
        self.reason = reason
        self.repository = repository
        talk = FilterTalk(input: input, output: output)
        self.report = report
    }

    /// Serves git until it closes its end.
    ///
    /// - Throws: the reason, where git has written pointer text, once it is done; where the stream breaks.
    package func run() throws {
        try talk.shakeHands(canWait: false)
        var hasLeftText = false
        while let header = try talk.input.list() {
            let fields = FilterTalk.fields(header)
            let content = PacketContent(talk.input)
            if fields["command"] == Array("clean".utf8) {
                let path = RepoPath(bytes: fields["pathname"] ?? [])
                if try Self.isText(content) || Workspace.isGitOwn(path) {
                    try talk.succeed(with: try content.readAll(), content)
                } else if let text = try known(content, at: path) {
                    try talk.succeed(with: text, content)
                } else {
                    report(reason.wrapped("cannot add \(path)"))
                    try talk.refuse(content)
                }
            } else {
                hasLeftText = try Self.isText(content) || hasLeftText
                try talk.succeed(with: try content.readAll(), content)
            }
            try talk.output.send()
        }
        guard hasLeftText else { return }
        throw reason.wrapped("data stays pointer text until the store can be read: 'vx hydrate' lays it down then")
    }

    /// The pointer's text that the index has at a path, where the content is what it names.
    private func known(_ content: PacketContent, at path: RepoPath) throws -> [UInt8]? {
        guard let entry = try repository.readIndex().find(path), entry.mode.isFile,
            let text = try repository.blob(entry.id, limit: Pointer.maximumLength), let pointer = Pointer(text)
        else { return nil }
        var hasher = ContentHasher()
        var size: UInt64 = 0
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try content.read(into: piece)
            if count == 0 { break }
            hasher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            size += UInt64(count)
        }
        return size == pointer.size && hasher.finish() == pointer.id ? text : nil
    }

    /// Whether the text of a pointer, or nothing, stands there.
    private static func isText(_ content: PacketContent) throws -> Bool {
        let text = Pointer.asInGit(try content.peek(Pointer.maximumLength + 1))
        return text.isEmpty || Pointer(text) != nil
    }
}

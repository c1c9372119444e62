import VxGit
import VxModel
import VxStore

/// Which data a clone lays down by itself: all of it, or only what `vx clone --only` and `vx hydrate PATH` have named. The rest
/// stays pointer text, whatever git or vx checks out, unless its content is here already.
///
/// git's configuration of the clone has it, as `vx.only`: a path a line, where bytes that are no text are written as `%XX`.
package struct WantedData: Sendable, Equatable {
    private static let setting = "vx.only"

    /// Everything where it is empty.
    package let paths: [RepoPath]

    init(_ repository: Repository) throws(VxError) {
        let text = try repository.configString(Self.setting) ?? ""
        paths = text.split(separator: "\n").map { RepoPath(bytes: Self.decoded(Array($0.utf8))) }
    }

    /// Whether a file belongs to it.
    func contains(_ path: RepoPath) -> Bool { paths.isEmpty || paths.contains { path.isInside($0) } }

    static func write(_ paths: [RepoPath], to repository: Repository) throws(VxError) {
        let text = Set(paths).sorted().map(Self.encoded).joined(separator: "\n")
        if text == (try repository.configString(setting) ?? "") { return }
        try repository.setConfig(setting, text.isEmpty ? nil : text)
    }

    private static func encoded(_ path: RepoPath) -> String {
        let isText = String(validating: path.bytes, as: UTF8.self) != nil
        let bytes = path.bytes.flatMap { byte in
            byte < 0x20 || byte == UInt8(ascii: "%") || (byte >= 0x7f && !isText)
                ? Array("%".utf8) + Array(Hex.encode([byte]).utf8) : [byte]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func decoded(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let code = Hex.decode(rest.prefix(2)) {
                bytes += code
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

extension Workspace {
    /// Which data this clone lays down by itself.
    package var wantedData: WantedData { get throws { try WantedData(repository) } }

    /// What to lay down of it: everything where it is empty, nothing where it is `nil`, as this commit has nothing of it.
    package var pathsToLayDown: [RepoPath]? {
        get throws {
            let wanted = try wantedData.paths
            if wanted.isEmpty { return [] }
            let index = try repository.readIndex()
            let known = wanted.filter { !index.entries(under: $0).isEmpty }
            return known.isEmpty ? nil : known
        }
    }

    /// Whether a file is to be laid down by itself: it is wanted, or its content is here.
    func laysDown(_ file: DataFile, _ wanted: WantedData) throws -> Bool {
        try wanted.contains(file.path) || store.isComplete(file.pointer.id)
    }

    /// Says that only the data below some paths is wanted from now on; all of it where there are none.
    package func want(only paths: [RepoPath]) throws { try WantedData.write(paths, to: repository) }

    /// Says that the data below some paths is wanted, too; all of it where there are none.
    package func want(also paths: [RepoPath]) throws {
        let wanted = try wantedData.paths
        if wanted.isEmpty { return }
        try want(only: paths.isEmpty ? [] : wanted + paths.filter { path in !wanted.contains { path.isInside($0) } })
    }
}

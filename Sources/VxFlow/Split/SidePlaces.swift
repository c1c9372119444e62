import VxConfig
import VxModel

/// What the path of a side's file says.
extension Splitter {
    /// The number of the side a file stands on; `nil` for a file beside them.
    func side(of path: RepoPath) -> Int? { PolicyCheck.side(of: path, in: split.into).flatMap(number(ofSide:)) }

    /// The path, below a side, of the source that a side's file was made from: its own, or, where only that is a source's, the one
    /// that a number was put on.
    func origin(of path: RepoPath, among sources: Set<RepoPath>) -> RepoPath {
        let depth = split.into.components.count + 1
        let own = RepoPath(bytes: Array(path.components.dropFirst(depth).joined(separator: [UInt8(ascii: "/")])))
        if sources.contains(own) { return own }
        return Self.withoutNumber(own).flatMap { sources.contains($0) ? $0 : nil } ?? own
    }

    /// The number that the name of a side's file has besides that of its source; `nil` where it has none.
    func number(of path: RepoPath, from source: RepoPath) -> Int? {
        let (own, plain) = (path.name.bytes, source.name.bytes)
        guard own.count > plain.count else { return nil }
        let dot = plain.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? plain.count
        return Int(String(decoding: own[(dot + 1)..<(own.count - plain.count + dot)], as: UTF8.self))
    }
}

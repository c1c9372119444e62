import SystemPackage
import VxModel
import VxSystem

/// The project's own files, as the tests on its shape read them.
enum Repository {
    static let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()

    static func text(_ path: String) throws -> String {
        guard let bytes = try Files.read(root.appending(RepoPath(path))) else { throw VxError("there is no \(path)") }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func folders(in path: String) throws -> [String] {
        let folder = root.appending(RepoPath(path))
        return try Files.names(in: folder).filter { try Files.isDirectory(folder.appending($0)) }.map(\.string)
    }

    /// Every Swift file below `path`, as paths from the root.
    static func swiftFiles(in path: String) throws -> [String] {
        let folder = root.appending(RepoPath(path))
        return try Files.names(in: folder).flatMap { name -> [String] in
            let child = "\(path)/\(name.string)"
            if try Files.isDirectory(folder.appending(name)) { return try swiftFiles(in: child) }
            return name.string.hasSuffix(".swift") ? [child] : []
        }
    }

    /// The rows of the first Markdown table in `path` whose first heading is `heading`.
    static func table(in path: String, headed heading: String) throws -> [[String]] {
        let lines = try text(path).split(separator: "\n", omittingEmptySubsequences: false)
        let rows = lines.drop { !$0.hasPrefix("| \(heading) |") }.prefix { $0.hasPrefix("|") }
        return rows.dropFirst(2).map { row in
            row.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map { trimmed($0) }
        }
    }
}

func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
}

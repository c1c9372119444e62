/// A path inside a repository as git keeps it: bytes, `/`-separated, relative to the top, never assumed to be UTF-8.
package struct RepoPath: Hashable, Sendable, Comparable {
    package let bytes: [UInt8]

    package static let root = RepoPath(bytes: [])

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    package var isRoot: Bool { bytes.isEmpty }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

    /// The last component.
    package var name: RepoPath {
        RepoPath(bytes: Array(bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]))
    }

    /// The folder that holds this path; the root for a name at the top.
    package var parent: RepoPath {
        RepoPath(bytes: bytes.lastIndex(of: UInt8(ascii: "/")).map { Array(bytes[..<$0]) } ?? [])
    }

    /// The folders a path lies in, from the top; not the root.
    package var parents: [RepoPath] {
        bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }.map { RepoPath(bytes: Array(bytes[..<$0])) }
    }

    package func appending(_ component: [UInt8]) -> RepoPath {
        if bytes.isEmpty { return RepoPath(bytes: component) }
        var joined: [UInt8] = []
        joined.reserveCapacity(bytes.count + 1 + component.count)
        joined += bytes
        joined.append(UInt8(ascii: "/"))
        joined += component
        return RepoPath(bytes: joined)
    }

    package func appending(_ component: some Sequence<UInt8>) -> RepoPath {
        appending(Array(component))
    }

    package func appending(_ component: String) -> RepoPath {
        appending(Array(component.utf8))
    }

    /// Whether this path is `folder` itself or lies below it. Everything lies below the root.
    package func isInside(_ folder: RepoPath) -> Bool {
        if folder.isRoot { return true }
        let count = folder.bytes.count
        guard bytes.withUnsafeBytes({ path in folder.bytes.withUnsafeBytes { PathBytes.hasPrefix(path, $0) } }) else {
            return false
        }
        return bytes.count == count || bytes[count] == UInt8(ascii: "/")
    }

    /// Whether `folder` is this path's ``parent``, without making that.
    package func isDirectly(in folder: RepoPath) -> Bool {
        bytes.withUnsafeBytes { path in
            let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? 0
            return slash == folder.bytes.count && folder.bytes.withUnsafeBytes { PathBytes.hasPrefix(path, $0) }
        }
    }

    /// Bytewise, as git sorts its index.
    package static func < (left: RepoPath, right: RepoPath) -> Bool {
        left.bytes.withUnsafeBytes { left in right.bytes.withUnsafeBytes { PathBytes.isBefore(left, $0) } }
    }
}

extension RepoPath: CustomStringConvertible {
    /// The path as git prints it: plain where it is printable UTF-8, C-quoted in double quotes otherwise.
    package var description: String {
        let plain = String(validating: bytes, as: UTF8.self)
        let special: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7f]
        if let plain, !bytes.contains(where: { $0 < 0x20 || special.contains($0) }) {
            return plain
        }
        return quoted(keepingUTF8: plain != nil)
    }

    /// The path as a `.gitattributes` or `git` argument takes it: in double quotes, with C escapes.
    package func quoted(keepingUTF8: Bool) -> String {
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): text += Array("\\n".utf8)
            case UInt8(ascii: "\t"): text += Array("\\t".utf8)
            case 0x20..<0x7f: text.append(byte)
            case 0x80... where keepingUTF8: text.append(byte)
            default: text += [UInt8(ascii: "\\")] + [6, 3, 0].map { UInt8(ascii: "0") + (byte >> $0) & 7 }
            }
        }
        text.append(UInt8(ascii: "\""))
        return String(decoding: text, as: UTF8.self)
    }
}

extension RepoPath: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        self.init(value)
    }
}

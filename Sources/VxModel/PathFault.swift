/// Why a path is none that git or vx may write below a work tree. What a tree, an index or a manifest says is only text,
/// and whoever made it may have meant to reach outside, or into git's own folder.
package enum PathFault: Sendable, Equatable {
    /// It has no bytes at all.
    case empty
    /// It begins with a slash.
    case absolute
    /// It ends with a slash, or has two in a row.
    case emptyName
    /// `.` or `..` is one of its names.
    case dots
    /// One of its names is `.git`, or some file system takes it for that.
    case gitFolder
    /// A symlink in place of `.gitmodules`, or of what some file system takes for it.
    case gitmodulesLink
    /// It has a zero byte.
    case zero
    /// A name has more than ``longestName`` bytes.
    case longName
    /// It has more than ``longestPath`` bytes.
    case longPath
    /// One line of a tree names a path and not a name. Only a tree can have it.
    case slashInName

    /// What a name may have on the file systems of Linux, in bytes.
    package static let longestName = 255
    /// What the system takes as a path, in bytes (`PATH_MAX` without the zero at its end).
    package static let longestPath = 4095

    /// The fault in a few words, as the reason of an error.
    package var reason: String {
        switch self {
        case .empty: "it is empty"
        case .absolute: "it begins with a slash"
        case .emptyName: "a name between its slashes is empty"
        case .dots: "it has a part '.' or '..', which leads elsewhere"
        case .gitFolder: "a part of it is '.git', or looks like that to macOS or Windows"
        case .gitmodulesLink: "'.gitmodules' must not be a symlink"
        case .zero: "it has a zero byte"
        case .longName: "a part of it has more than \(Self.longestName) bytes"
        case .longPath: "it has more than \(Self.longestPath) bytes"
        case .slashInName: "one name in the tree has a slash in it"
        }
    }

    /// The error for a path that `place` names: a tree, an index, a manifest.
    package func error(_ path: RepoPath, in place: String) -> VxError {
        VxError(
            .corrupt, "\(place) names the path \(path.printable)",
            because: "\(reason); vx writes and removes nothing there",
            hint: "git itself never makes such a path: ask whoever gave you this repository")
    }
}

extension RepoPath {
    /// What keeps this path from being written below a work tree; `nil` for nothing.
    ///
    /// Everything is refused that git's `verify_path` refuses with `core.protectNTFS` and `core.protectHFS` both on, on
    /// every system: what is committed on Linux is checked out elsewhere.
    ///
    /// - Parameter isSymlink: whether the path is that of a symlink.
    package func fault(isSymlink: Bool = false) -> PathFault? {
        bytes.withUnsafeBytes { PathFault.of($0, isSymlink: isSymlink) }
    }

    /// The path as a line of text shows it: no control and no direction character goes out as it is.
    package var printable: String {
        let text = description
        return text.unicodeScalars.contains { $0.value > 0x7f && !$0.properties.generalCategory.isVisible }
            ? quoted(keepingUTF8: false) : text
    }
}

extension Unicode.GeneralCategory {
    /// Whether a scalar of this kind shows as itself, and does not move or hide what is around it.
    fileprivate var isVisible: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

extension PathFault {
    /// The same for bytes that stand somewhere in memory.
    package static func of(_ path: UnsafeRawBufferPointer, isSymlink: Bool) -> PathFault? {
        guard let first = path.first else { return .empty }
        if first == slash { return .absolute }
        if path.count > longestPath { return .longPath }
        var start = 0
        var position = 0
        // A backslash begins a name too where Windows checks the path out.
        var isSuspect = mayBeginGit(first)
        while true {
            let byte = position < path.count ? path[position] : slash
            // Nearly every byte is a letter.
            if byte > slash, byte != backslash {
                position += 1
                continue
            }
            if byte == 0 { return .zero }
            if byte == backslash { isSuspect = true }
            if byte == slash {
                if position == start { return .emptyName }
                if position - start > longestName { return .longName }
                if isSuspect {
                    let name = UnsafeRawBufferPointer(rebasing: path[start..<position])
                    if let fault = ofSuspect(name, isSymlink: isSymlink) { return fault }
                }
                if position == path.count { return nil }
                start = position + 1
                isSuspect = start < path.count && mayBeginGit(path[start])
            }
            position += 1
        }
    }

    private static let slash = UInt8(ascii: "/")
    private static let backslash = UInt8(ascii: "\\")

    /// Whether a name that begins so is worth a second look: `.git`, `git~1`, `~1000000` (a short name NTFS may give
    /// `.gitmodules`), or a first code point that HFS+ ignores.
    private static func mayBeginGit(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "g") || byte == UInt8(ascii: "~") || byte == 0xe2
            || byte == 0xef
    }

    private static func ofSuspect(_ name: UnsafeRawBufferPointer, isSymlink: Bool) -> PathFault? {
        if name.elementsEqual([UInt8(ascii: ".")]) || name.elementsEqual("..".utf8) { return .dots }
        for part in name.split(separator: backslash) {
            let folded = folded(part)
            if isNamed(folded, long: ".git", short: ["git~1"]) { return .gitFolder }
            if isSymlink, isGitmodules(folded) { return .gitmodulesLink }
        }
        return nil
    }

    /// A name as HFS+ compares it: small letters, without the code points it ignores, up to where it is no UTF-8.
    private static func folded(_ name: some Sequence<UInt8>) -> [UInt8] {
        var folded: [UInt8] = []
        var decoder = UTF8()
        var bytes = name.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&bytes) {
            switch scalar.value {
            case 0x200c...0x200f, 0x202a...0x202e, 0x206a...0x206f, 0xfeff: continue
            case 0xfffe...0xffff: return folded  // no UTF-8 to git
            case 0x41...0x5a: folded.append(UInt8(scalar.value) | 0x20)
            case 0..<0x80: folded.append(UInt8(scalar.value))
            default: folded += Array(String(scalar).utf8)
            }
        }
        return folded
    }

    /// Whether NTFS takes a name for `long`: it ignores blanks and dots at the end and what follows a colon, and gives each
    /// file a short name besides.
    private static func isNamed(_ name: [UInt8], long: String, short: [String]) -> Bool {
        for known in [long] + short where name.starts(with: known.utf8) {
            let rest = name.dropFirst(known.utf8.count).prefix { $0 != UInt8(ascii: ":") }
            if rest.allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) { return true }
        }
        return false
    }

    /// `.gitmodules`, its regular short names, and those NTFS falls back to, which are `gi7eba` or less of it, `~` and a
    /// number, eight bytes in all.
    private static func isGitmodules(_ name: [UInt8]) -> Bool {
        if isNamed(name, long: ".gitmodules", short: (1...4).map { "gitmod~\($0)" }) { return true }
        let start = name.prefix(8)
        guard start.count == 8, let tilde = start.firstIndex(of: UInt8(ascii: "~")), tilde <= 6,
            start[..<tilde].elementsEqual("gi7eba".utf8.prefix(tilde))
        else { return false }
        let number = start[(tilde + 1)...]
        guard let first = number.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first),
            number.allSatisfy(ASCII.isDigit)
        else { return false }
        return isNamed(name, long: String(decoding: start, as: UTF8.self), short: [])
    }
}

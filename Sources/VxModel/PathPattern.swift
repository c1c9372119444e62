/// A pattern over repository paths, as `.gitignore` users know them.
///
/// `*` stands for any characters but `/`, `?` for one of them, and `**` as a whole component for any number of folders. A
/// pattern without a slash is about the file's name, wherever it is; one with a slash is about the whole path. After `(?i)` at
/// the beginning, upper and lower case make no difference.
package struct PathPattern: Sendable, Equatable, Hashable {
    /// The pattern as it was written.
    package let text: String
    private let components: [[UInt8]]
    private let ignoresCase: Bool
    /// What makes a pattern fit in upper and lower case alike, as in a regular expression.
    private static let anyCase = "(?i)"

    /// A pattern; every text is one.
    package init(_ text: String) {
        self.text = text
        ignoresCase = text.hasPrefix(Self.anyCase)
        let text = ignoresCase ? text.dropFirst(Self.anyCase.count).lowercased() : text
        let slash = UInt8(ascii: "/")
        var parts = text.utf8.split(separator: slash).map(Array.init)
        if !text.utf8.contains(slash), parts != [Array("**".utf8)] { parts.insert(Array("**".utf8), at: 0) }
        // A folder stands for what is in it.
        if text.hasSuffix("/") { parts.append(Array("**".utf8)) }
        components = parts
    }

    /// Whether a file's path fits.
    ///
    /// Patterns come with repositories: it takes no more steps than the pattern's components times the path's.
    package func matches(_ path: RepoPath) -> Bool {
        var path = path
        if ignoresCase, let text = String(validating: path.bytes, as: UTF8.self) { path = RepoPath(text.lowercased()) }
        // How far the pattern may have come: where a path's components so far fit its first ones.
        var places = [Bool](repeating: false, count: components.count + 1)
        places[0] = true
        passOverFolders(&places)
        for name in path.components {
            var next = [Bool](repeating: false, count: places.count)
            var leads = false
            for (place, component) in components.enumerated() where places[place] {
                if Self.standsForFolders(component) {
                    next[place] = true
                    // At the end it stands for the name, too.
                    if place + 1 == components.count { next[place + 1] = true }
                } else if Self.matches(name: name, component) {
                    next[place + 1] = true
                } else {
                    continue
                }
                leads = true
            }
            if !leads { return false }
            passOverFolders(&next)
            places = next
        }
        return places[components.count]
    }

    /// `**` may stand for no folder, where something follows it.
    private func passOverFolders(_ places: inout [Bool]) {
        for place in components.indices.dropLast() where places[place] && Self.standsForFolders(components[place]) {
            places[place + 1] = true
        }
    }

    private static func standsForFolders(_ component: [UInt8]) -> Bool { component.elementsEqual("**".utf8) }

    /// One component against one name: linear in memory, at worst the product of both lengths in time.
    private static func matches(name: ArraySlice<UInt8>, _ pattern: [UInt8]) -> Bool {
        let name = Array(name)
        var (p, n) = (0, 0)
        var retry: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                p += 1
                retry = (p, n)
            } else if p < pattern.count, pattern[p] == name[n] || pattern[p] == UInt8(ascii: "?") {
                p += 1
                n += 1
            } else if let last = retry {
                p = last.pattern
                n = last.name + 1
                retry = (p, n)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension [PathPattern] {
    /// Whether any of the patterns fits.
    package func matches(_ path: RepoPath) -> Bool { contains { $0.matches(path) } }
}

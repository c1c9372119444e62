import VxModel

/// Which branches play which role: patterns over branch names in which `*` stands for any characters, `/` included.
package struct RolePatterns: Sendable, Equatable {
    /// The patterns of each role; a role without patterns has no branch.
    package var patterns: [Role: [String]]

    /// Patterns as given.
    package init(_ patterns: [Role: [String]]) {
        self.patterns = patterns
    }

    /// The names a repository has unless its `vx.yaml` says otherwise.
    package static let standard = RolePatterns([
        .main: ["main"], .raw: ["raw"], .clean: ["clean"], .split: ["split"], .dev: ["dev/*"],
        .stable: ["stable/*"], .monitoring: ["monitoring", "monitoring/*"],
    ])

    /// The role of a branch, given without `refs/heads/`; `nil` where no pattern matches.
    ///
    /// Of several patterns that match, the most specific decides: an exact name first, then the longest text before
    /// the first `*`, then the longest pattern.
    package func role(ofBranch branch: String) -> Role? {
        var best: (role: Role, specificity: (Int, Int, Int))?
        for role in Role.allCases {
            for pattern in patterns[role] ?? [] where Self.matches(pattern: pattern, branch) {
                let specificity = Self.specificity(of: pattern)
                if best.map({ $0.specificity < specificity }) ?? true { best = (role, specificity) }
            }
        }
        return best?.role
    }

    private static func specificity(of pattern: String) -> (Int, Int, Int) {
        let bytes = pattern.utf8
        guard let star = bytes.firstIndex(of: UInt8(ascii: "*")) else { return (1, bytes.count, bytes.count) }
        return (0, bytes.distance(from: bytes.startIndex, to: star), bytes.count)
    }

    /// Whether the whole of `text` matches. Linear in memory, and at worst the product of both lengths in time.
    package static func matches(pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        var (p, t) = (0, 0)
        // Where the last star stood and how far it reached: a mismatch lets that star take one byte more.
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                p += 1
                retry = (p, t)
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = retry {
                p = last.pattern
                t = last.text + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

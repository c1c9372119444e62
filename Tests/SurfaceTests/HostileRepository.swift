import Testing
import VxModel
import VxSystem
import VxTestSupport

/// A repository whose maker means harm: its branches name paths that no git would write.
struct HostileRepository {
    /// A branch and the path its tree names, with data or code there.
    struct Attack: Sendable, CustomTestStringConvertible {
        var name: String
        /// Folders from the top, and the file in them, as bytes of tree entries.
        var parts: [[UInt8]]
        /// A data file (its bytes come from vx) or a file that git has.
        var isData: Bool
        var isSymlink = false

        var testDescription: String { "\(name): \(path.printable)" }

        init(_ name: String, _ parts: [String], data: Bool = true, symlink: Bool = false) {
            self.name = name
            self.parts = parts.map { Array($0.utf8) }
            isData = data
            isSymlink = symlink
        }

        /// The file's path.
        var path: RepoPath { RepoPath(bytes: Array(parts.joined(separator: [UInt8(ascii: "/")]))) }

        /// The first part of it that is wrong: what is below is not looked at.
        var wrong: RepoPath {
            let prefixes = (1...parts.count).map { Array(parts[..<$0].joined(separator: [UInt8(ascii: "/")])) }
            return prefixes.map { RepoPath(bytes: $0) }.first { $0.fault() != nil } ?? path
        }
    }

    static let attacks: [Attack] = [
        Attack("hook", [".git", "hooks", "reference-transaction"]),
        Attack("config", [".git", "config"]),
        Attack("precious", ["..", "precious.txt"]),
        Attack("deep", ["a", "..", "..", "precious.txt"]),
        Attack("dot", ["a", ".", "x"]),
        Attack("upper", [".GIT", "config"]),
        Attack("nested", ["a", ".git", "config"]),
        Attack("ntfs-short", ["git~1", "config"]),
        Attack("ntfs-stream", [".git::$INDEX_ALLOCATION", "config"]),
        Attack("ntfs-blank", [".git ", "config"]),
        Attack("ntfs-slash", ["a\\.git\\config"]),
        Attack("hfs", [".g\u{200c}it", "config"]),
        Attack("hfs-first", ["\u{feff}.git", "config"]),
        Attack("joined", ["../precious.txt"]),
        Attack("absolute", ["/tmp/vx-hostile-test"]),
        Attack("long", [String(repeating: "n", count: 256)]),
        Attack("code-hook", [".git", "hooks", "post-checkout"], data: false),
        Attack("code-precious", ["..", "precious.txt"], data: false),
        Attack("gitmodules", [".gitmodules"], data: false, symlink: true),
        Attack("attributes", ["..", ".gitattributes"], data: false),
    ]

    let runner: CommandRunner

    /// Makes the repository and a branch for each attack, besides `main`, which is sound.
    init(_ scratch: Scratch, _ attacks: [Attack] = Self.attacks) throws {
        runner = try Project(scratch, in: "evil").runner
        try runner.sh(
            """
            { printf '#!/bin/sh\\ntouch "%s"\\n' "$SCRATCH/work/PWNED"; head -c 1100000 /dev/zero | tr '\\0' '#'; } > data/big
            echo small > data/small && echo code > code.txt && vx add --quiet data && git add code.txt
            git commit --quiet -m good
            """)
        for attack in attacks { try branch(attack) }
    }

    private func word(_ script: String, input: [UInt8] = []) throws -> String {
        let result = try runner.run("sh", ["-ec", script], input: input)
        if result.status != 0 { throw VxError("\(script) failed", because: result.errors) }
        return String(result.output.prefix { $0 != "\n" })
    }

    /// A tree object with entries that `git mktree` would not take.
    private func tree(_ entries: [(mode: String, name: [UInt8], id: String)]) throws -> String {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("\(entry.mode) ".utf8) + entry.name + [0]
            bytes += Hex.decode(Array(entry.id.utf8)) ?? []
        }
        return try word("git hash-object -t tree --literally -w --stdin", input: bytes)
    }

    /// The branch `name`, whose commit has the data of `main` and the path of the attack besides.
    private func branch(_ attack: Attack) throws {
        let blob: String
        if attack.isSymlink {
            blob = try word("printf /etc/passwd | git hash-object -w --stdin")
        } else {
            blob = try word("git rev-parse HEAD:\(attack.isData ? "data/big" : "code.txt")")
        }
        var item = (attack.isSymlink ? "120000" : "100755", attack.parts[attack.parts.count - 1], blob)
        for part in attack.parts.dropLast().reversed() { item = ("40000", part, try tree([item])) }
        var entries = [item]
        for name in [".gitattributes", "code.txt", "vx.yaml"] {
            entries.append(("100644", Array(name.utf8), try word("git rev-parse HEAD:\(name)")))
        }
        let top = try tree(entries.sorted { $0.1.lexicographicallyPrecedes($1.1) })
        let commit = try word("git commit-tree \(top) -p HEAD -m \(attack.name)")
        try runner.sh("git update-ref refs/heads/\(attack.name) \(commit)")
    }
}

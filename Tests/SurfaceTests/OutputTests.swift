import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is printed: to a disk that is full, to a reader that has gone away, and with names that mean to harm.
@Suite("Output is honest", .serialized) struct OutputTests {
    /// Commands of every kind of output: text, JSON, bytes of a file, help, completions, a report's forms.
    static let commands = [
        "--version", "--help", "help add", "add --help", "--generate-completion-script bash", "status", "status --json",
        "ls", "ls --json", "cat HEAD:data/a.csv", "diff HEAD~1 HEAD", "diff --format markdown HEAD~1 HEAD", "check",
        "check --format json HEAD~1..HEAD", "check --format junit", "check --format sarif", "du", "du --json", "flow",
        "flow --json", "remote list", "runs --json", "fsck", "gc --dry-run", "add data", "hydrate",
        "checkout data/a.csv",
        "drift HEAD~1 HEAD --format json",
    ]

    static func repository(_ scratch: Scratch) throws -> Project {
        let project = try Project(scratch)
        try project.runner.sh(
            """
            (echo a,b; seq 100 | sed 's/$/,x/') > data/a.csv; vx add --quiet data; git commit --quiet -m data
            vx remote add --quiet store ../store
            (echo a,b; seq 900 | sed 's/$/,y/') > data/b.csv; vx add --quiet data; git add -A; git commit --quiet -m more
            """)
        return project
    }

    #if os(Linux)
        @Test("a command whose result cannot be written fails, and says why", .tags(.slow))
        func fullDisk() throws {
            try Scratch.with { scratch in
                let project = try Self.repository(scratch)
                for command in Self.commands {
                    let plain = try project.runner.run("sh", ["-c", "vx \(command)"])
                    // Nothing is to be written, or the command has something else to say.
                    if plain.stdout.isEmpty || plain.status != 0 { continue }
                    let full = try project.runner.run("sh", ["-c", "vx \(command) >/dev/full"])
                    #expect(full.status == 1, "\(command)")
                    #expect(full.errors.contains("cannot write standard output"), "\(command): \(full.errors)")
                    let closed = try project.runner.run("sh", ["-c", "vx \(command) >&-"])
                    #expect(closed.status == 1, "\(command)")
                }
            }
        }
    #endif

    @Test("a reader that has gone away hears nothing, nor does anybody else", arguments: [true, false])
    func goneReader(ignoringTheSignal: Bool) throws {
        try Scratch.with { scratch in
            let project = try Self.repository(scratch)
            let start = ignoringTheSignal ? "trap '' PIPE; " : ""
            for command in ["ls", "cat HEAD:data/a.csv", "--help", "status --json"] {
                // The reader ends before anything is written.
                let result = try project.runner.run(
                    "sh", ["-c", "\(start){ sleep 0.2; vx \(command); echo $? >../status; } | true; cat ../status"])
                #expect(result.output == "141\n", "\(command): \(result.output)")
                #expect(result.errors == "", "\(command)")
            }
        }
    }

    /// What a terminal obeys, and what turns the direction of writing around, in UTF-8.
    private static func harmful(_ bytes: [UInt8]) -> [Unicode.Scalar] {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.filter {
            VisibleText.isHidden($0) && $0 != "\n" && $0 != "\t"
        }
    }

    /// A colour, a bell, a line's start, C1, a reversed direction, marks.
    private static let evil = "e\u{1b}[31m\u{7}\u{9b}2J\u{202e}\u{2066}\u{61c}\u{200f}\r"

    @Test("names and values from a repository never reach a terminal as they are", .tags(.slow))
    func hostileNames() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let (evil, branch) = (Self.evil, "e\u{9b}2J\u{202e}x\u{200f}")
            let folder = project.folder
            func put(_ path: String, _ text: String) throws {
                try Files.createDirectories(folder.appending(RepoPath(path)).removingLastComponent())
                try Files.replace(folder.appending(RepoPath(path)), with: Array(text.utf8))
            }
            let rows = (0..<100).map { "\($0 % 7),\(evil)\($0 % 3)\n" }.joined()
            try put("data/\(evil).csv", "\(evil),b\n\(rows)")
            try put("data/t.csv", "\(evil),b\n\(rows)")
            try put("data/\n.csv", "a\n1\n")
            try put("data/raw.jsonl", "{\"\(branch)\":1}\n{\"\(branch)\":\"\(branch)\"}\nnot json \(branch)\n")
            // YAML takes some of them only escaped.
            let declared = "\"e\\x9b2J\\u202ex\\u200f\""
            try put(
                "vx.yaml",
                """
                version: 1
                roles: {raw: [raw, \(declared)]}
                remotes: {far: {url: "/nowhere/e\\x9b2J\\u202e"}}
                snapshot: {command: \(declared), params: params.json, metrics: params.json, model: [model]}
                clean: {checks: [{format: csv, values: {\(declared): {ge: 3}}, run: "echo e\\x9b2J\\u202e {path}; exit 1"}]}
                split: {by: row, group: {column: \(declared)}}
                drift: {columns: [\(declared)]}

                """)
            try put("params.json", "{\"\(branch)\": \"\\u001b[31m\\u202e\"}")
            try project.runner.sh(
                """
                vx add --quiet data; git add -A
                git commit --quiet --no-verify -m '\(evil)' --trailer 'Source: \(branch)'; git branch '\(branch)'
                git tag -m '\(evil)' '\(branch)'; git branch --quiet raw
                git switch --quiet --create stable/m; mkdir model; echo 1 > model/m; vx add --quiet model
                git commit --quiet --no-verify -m model; vx snapshot --tag 'v1' >../said 2>&1 || true
                git switch --quiet main; sed 's/^1/9/' data/t.csv > x; mv x data/t.csv; vx add --quiet data
                git add -A; git commit --quiet --no-verify -m '\(evil)'
                """)
            let said = try Files.read(scratch.work.appending("said")) ?? []
            #expect(Self.harmful(said).isEmpty, "snapshot: \(String(decoding: said, as: UTF8.self).debugDescription)")
            let commands =
                Self.commands + [
                    "ls \(branch)", "check --branch \(branch) main", "check --all --format github",
                    "check --branch x\(branch)",
                    "check --all --json", "clean --dry-run", "clean", "split --dry-run", "flow", "flow --json",
                    "drift HEAD~1 HEAD",
                    "drift HEAD~1 HEAD --format github", "drift HEAD~1 HEAD --format markdown", "push", "fetch",
                    "remote check", "runs", "cat HEAD:\(branch)", "get \(branch) \(branch)", "status x\(branch)",
                    "\(branch)", "ingest \(branch) --source \(branch)", "snapshot --tag \(branch)",
                    "reproduce \(branch)",
                    "checkout \(branch)x", "checkout -- \(branch)", "hydrate \(branch)", "evict \(branch)",
                    "gc --grace \(branch)",
                    "fsck --from \(branch)", "diff \(branch)x", "diff --format \(branch)",
                    "remote add \(branch) \(branch)",
                    "push \(branch)", "drift \(branch)", "add \(branch)", "rm \(branch)", "--\(branch)",
                ]
            for command in commands where !command.hasPrefix("cat HEAD:data") {
                let words = command.split(separator: " ").map(String.init)
                let result = try project.runner.run("vx", words)
                for (stream, bytes) in [("stdout", result.stdout), ("stderr", result.stderr)] {
                    let found = Self.harmful(bytes)
                    #expect(found.isEmpty, "vx \(command.debugDescription) on \(stream): \(found.first?.value ?? 0)")
                }
                if words.contains("--json") || words.contains("json"), !result.stdout.isEmpty {
                    #expect(throws: Never.self, "\(command)") { try JSONValue.parse(result.stdout) }
                }
            }
        }
    }
}

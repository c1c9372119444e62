import Testing

/// What reaches a terminal passes one place, which escapes it and looks whether it was written.
@Suite("writing to standard output and standard error")
struct OutputTests {
    /// Names by which a program writes there, and the files that may use each, and why.
    private static let writers: [String: Set<String>] = [
        // The one place.
        "CurrentProcess.write": ["Sources/VxCLI/Output.swift"],
        // Git's filter protocol is bytes for git, not text for people.
        "CurrentProcess.standardOutput": ["Sources/VxCLI/Commands/Plumbing.swift"],
        // The streams of this process and of those it starts.
        "STDOUT_FILENO": [
            "Sources/VxSystem/Process.swift", "Sources/VxSystem/HelperProcess.swift",
            "Sources/VxSystem/ShellCommand.swift",
            "Sources/VxSystem/ChildProcess.swift", "Sources/VxSystem/Program.swift",
        ],
        "STDERR_FILENO": [
            "Sources/VxSystem/Process.swift", "Sources/VxSystem/HelperProcess.swift",
            "Sources/VxSystem/ShellCommand.swift",
            "Sources/VxSystem/ChildProcess.swift", "Sources/VxSystem/Program.swift",
            // A signal handler, which may call nothing but `write`; its words are its own.
            "Sources/VxSystem/LastWords.swift",
        ],
        "print": [], "debugPrint": [], "dump": [], "puts": [], "fputs": [], "printf": [], "vprintf": [], "fprintf": [],
        "fwrite": [], "putchar": [], "perror": [], "stdout": [], "stderr": [], "withUnsafeStandardOutput": [],
    ]

    /// Uses of those names in a file where they are not allowed, with their lines.
    static func uses(in text: String, of file: String) -> [(name: String, line: Int)] {
        let names = SwiftSource(text).names
        return names.indices.compactMap { position in
            let (name, line) = names[position]
            let before = position > 0 ? names[position - 1].name : ""
            let full = before == "CurrentProcess" ? "CurrentProcess.\(name)" : name
            guard let allowed = writers[full], !allowed.contains(file) else { return nil }
            // A method of that name is another thing: its definition, and a call with what it belongs to before it.
            let code = text.split(separator: "\n", omittingEmptySubsequences: false)[line - 1]
            if name == "print", before == "func" || code.contains(".print(") { return nil }
            if name == "print", file == "Sources/VxCLI/Session.swift" { return nil }
            return (full, line)
        }
    }

    @Test("is done in one place")
    func onePlace() throws {
        let files = try Repository.swiftFiles(in: "Sources").filter {
            !$0.hasPrefix("Sources/vx-bench/") && !$0.hasPrefix("Sources/VxTestSupport/")
        }
        #expect(files.count > 200)
        for file in files {
            for use in Self.uses(in: try Repository.text(file), of: file) {
                Issue.record("\(file):\(use.line): '\(use.name)' writes past Output")
            }
        }
    }

    @Test(
        "is seen by this test however it is done",
        arguments: [
            "print(x)", "Swift.debugPrint(x)", "fputs(x, stderr)", "let a = 1; dump(a)",
            "CurrentProcess.write(x, to: .output)", "write(STDOUT_FILENO, x, 1)",
            "let out = CurrentProcess.standardOutput()",
        ])
    func isSeen(_ code: String) {
        #expect(!Self.uses(in: code, of: "Sources/VxFlow/X.swift").isEmpty)
        #expect(!Self.uses(in: code, of: "Sources/VxCLI/Commands/X.swift").isEmpty)
    }
}

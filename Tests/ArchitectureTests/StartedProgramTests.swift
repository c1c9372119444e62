import Testing

@Suite("What vx starts")
struct StartedProgramTests {
    @Test("every program is started in a file of docs/security.md's table, and only the two commands that say so run one of the tree")
    func table() throws {
        let listed = Set(try Repository.table(in: "docs/security.md", headed: "source").map { "Sources/\($0[0])" })
        let calls = ["ChildProcess.start(", "HelperProcess(", " Program(", "ShellCommand.run(", "posix_spawn(&", "execv"]
        var found: Set<String> = []
        for file in try Repository.swiftFiles(in: "Sources") {
            // Those only start what others name; the last two are no part of vx.
            let isTool = ["Sources/VxSystem/", "Sources/vx-bench/", "Sources/VxTestSupport/"].contains(where: file.hasPrefix)
            let text = try Repository.text(file)
            if !isTool, calls.contains(where: text.contains) { found.insert(file) }
        }
        #expect(found == listed)
    }
}

import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// What the README tells people to paste works when it is pasted.
@Suite("the README's tour works as it stands")
struct ReadmeTests {
    private static let file = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("README.md")

    /// The lines that are set in, of some sections, in order.
    private static func commands(of sections: Set<String>) throws -> String {
        var isWanted = false
        var lines: [Substring] = []
        for line in String(decoding: try Files.read(file) ?? [], as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("## ") { isWanted = sections.contains(String(line.dropFirst(3))) }
            if isWanted, line.hasPrefix("    ") { lines.append(line.dropFirst(4)) }
        }
        return lines.joined(separator: "\n")
    }

    @Test("from nothing to a snapshot, and to a colleague who trains it again", .tags(.slow))
    func tour() throws {
        try Scratch.with { scratch in
            let text = try Self.commands(of: ["A tour of five minutes", "Sharing it"])
            let result = try CommandRunner(scratch).sh(text)
            #expect(result.output.contains("penguins-v1: identical"))
            #expect(result.output.contains(", 0 missing"))
            #expect(result.output.split(separator: "\n").count { $0 == "penguins-v1: identical" } == 2)
        }
    }

    @Test("so does that of 'vx help tour', once there are data and code")
    func helpTour() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            let commands = try runner.sh("vx help tour").output.split(separator: "\n").filter { $0.hasPrefix("    ") }
                .map { line in
                    let words = line.dropFirst(4)
                    return String(words[..<(words.firstRange(of: "   ")?.lowerBound ?? words.endIndex)])
                }
            let place = try #require(commands.firstIndex(of: "git switch dev/explore"))
            try runner.sh("printf 'a,b\\n1,2\\n3,4\\n' > ~/data.csv")
            let code = """
                printf 'for name in "model", "metrics": open(name + ".json", "w").write("{\\\\"a\\\\": 1}")\\n' > train.py
                git add train.py && git commit -qm code
                """
            let tour = commands[...place] + [code] + commands[(place + 1)...]
            // Whoever is to write a message in an editor waits for it here.
            let result = try runner.setting("GIT_EDITOR", to: "false").setting("GIT_MERGE_AUTOEDIT", to: "yes")
                .sh(tour.joined(separator: "\n"))
            #expect(result.output.hasSuffix("v1: identical\n"), "\(result.output)")
        }
    }

    @Test("installing comes first, in three ways, and building after it")
    func order() throws {
        let text = String(decoding: try Files.read(Self.file) ?? [], as: UTF8.self)
        let sections = text.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
        #expect(Array(sections.prefix(4)) == ["Install it", "Build it", "A tour of five minutes", "Sharing it"])
        let install = try Self.commands(of: ["Install it"])
        for way in ["pip install", "apt install", "tar -xzf"] { #expect(install.contains(way)) }
    }
}

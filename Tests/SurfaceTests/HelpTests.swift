import Testing
import VxModel
import VxTestSupport

/// What `vx` says of its commands where it is asked, and where nothing is what was typed.
@Suite("help is of a command that is there, and can be typed as it stands")
struct HelpTests {
    /// Each command of the whole tree, as it is typed.
    private func commands(_ runner: CommandRunner) throws -> [[String]] {
        func words(_ path: [String]) throws -> [[String]] {
            let lines = try runner.check("vx", ["complete", "--", "help"] + path + [""]).output.split(separator: "\n")
            // Topics are none.
            return try lines.compactMap { line in
                let name = String(line.prefix { $0 != "\t" })
                return try runner.run("vx", path + [name, "--help"]).output.contains("USAGE:") ? path + [name] : nil
            }
        }
        return try words([]).flatMap { [$0] + (try words($0)) }
    }

    @Test("every usage line begins with 'vx', by whichever way it is asked for")
    func usage() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            let commands = try self.commands(runner)
            #expect(commands.count > 40 && commands.contains(["remote", "add"]), "\(commands)")
            for command in commands {
                let typed = command.joined(separator: " ")
                var ways: [[String]] = []
                for end in ["--help", "-h"] { ways.append(command + [end]) }
                for start in [["help"], ["--help"], ["-C", "/", "help"]] { ways.append(start + command) }
                ways.append(["-C", "/"] + command + ["--help"])
                if command.count > 1 { ways.append([command[0], "help", command[1]]) }
                for way in ways {
                    let result = try runner.run("vx", way)
                    let line = result.output.split(separator: "\n").first { $0.hasPrefix("USAGE: ") } ?? ""
                    #expect(result.status == 0 && "\(line) ".hasPrefix("USAGE: vx \(typed) "), "vx \(way): \(result)")
                }
                // What 'vx pull' does not know is git's.
                if command == ["pull"] { continue }
                let mistake = try runner.run("vx", command + ["--no-such"])
                let line = mistake.errors.split(separator: "\n").first { $0.hasPrefix("Usage: ") } ?? ""
                // What runs without a word is one of its own commands.
                #expect(mistake.status == 2 && "\(line) ".hasPrefix("Usage: vx \(typed) "), "vx \(typed): \(mistake)")
            }
        }
    }

    @Test(
        "what is no command and no topic is an error, with the one that was meant",
        arguments: [
            (["help", "BOGUS"], "'vx' has no command 'BOGUS'", nil),
            (["BOGUS"], "'vx' has no command 'BOGUS'", nil),
            (["BOGUS", "--help"], "'vx' has no command 'BOGUS'", nil),
            (["--help", "BOGUS"], "'vx' has no command 'BOGUS'", nil),
            (["-C", "/", "help", "BOGUS"], "'vx' has no command 'BOGUS'", nil),
            (["stauts"], "'vx' has no command 'stauts'", "vx status"),
            (["snap"], "'vx' has no command 'snap'", "vx snapshot"),
            (["help", "stauts"], "'vx' has no command 'stauts'", "vx status"),
            (["help", "branchs"], "'vx' has no command 'branchs'", "vx help branches"),
            (["help", "remote", "ad"], "'vx remote' has no command 'ad'", "vx remote add"),
            (["remote", "lst"], "'vx remote' has no command 'lst'", "vx remote list"),
            (["remote", "help", "bogus"], "'vx remote' has no command 'bogus'", nil),
        ] as [([String], String, String?)])
    func unknown(typed: [String], message: String, meant: String?) throws {
        try Scratch.with { scratch in
            let result = try CommandRunner(scratch).run("vx", typed)
            #expect(result.status == 2 && result.output.isEmpty, "\(result)")
            #expect(result.errors.hasPrefix("error: \(message)\nhint: "), "\(result.errors)")
            #expect(result.errors.contains("did you mean") == (meant != nil), "\(result.errors)")
            if let meant { #expect(result.errors.contains("did you mean '\(meant)'? "), "\(result.errors)") }
        }
    }

    @Test("a mistake is JSON where JSON is asked for")
    func json() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            for typed in [["add", "--json"], ["--json", "BOGUS"], ["--json", "help", "BOGUS"], ["push", "--json", "-x"]] {
                let result = try runner.run("vx", typed)
                #expect(result.status == 2 && result.errors.hasPrefix("{\"causes\":["), "\(result.errors)")
                #expect(result.errors.contains("\"code\":\"usage\""), "\(result.errors)")
            }
            #expect(try runner.run("vx", ["help", "help"]).output == runner.run("vx", ["help"]).output)
        }
    }
}

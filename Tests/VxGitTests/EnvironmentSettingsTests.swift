import Testing
import VxModel
import VxSystem

@testable import VxGit

import struct SystemPackage.FilePath

@Suite("Settings that the environment has")
struct EnvironmentSettingsTests {
    /// What stands in front of `git`, and what follows it; the settings that are asked for are below.
    private static let ways: [(variables: [String: String], options: String)] = [
        ([:], ""),
        ([:], "-c vx.filterLimit=64m"),
        ([:], "-c vx.filterLimit=1k -c vx.FILTERLIMIT=64m -c core.fileMode=no"),
        ([:], "-c vx.filterLimit= -c core.hooksPath=~/hooks"),
        ([:], "-c \"vx.filterLimit=it's \\\"odd\\\" = !\" -c Branch.Main.remote=one"),
        ([:], "-c core.fileMode"),
        (["LIMIT": "9m"], "--config-env=vx.filterLimit=LIMIT"),
        (["GIT_CONFIG_PARAMETERS": "'vx.filterLimit=old' 'core.fileMode'"], ""),
        (["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "vx.filterLimit", "GIT_CONFIG_VALUE_0": "2m"], ""),
        (
            ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "vx.filterLimit", "GIT_CONFIG_VALUE_0": "2m"],
            "-c vx.filterLimit=3m"
        ),
        (["GIT_CONFIG_GLOBAL": "global"], ""), (["GIT_CONFIG_GLOBAL": ""], ""), (["GIT_CONFIG_GLOBAL": "none"], ""),
        (["GIT_CONFIG_SYSTEM": "system"], ""), (["GIT_CONFIG_SYSTEM": "system", "GIT_CONFIG_NOSYSTEM": "1"], ""),
        (["GIT_CONFIG_NOSYSTEM": "0", "GIT_CONFIG_SYSTEM": "system"], ""),
        (["GIT_CONFIG_SYSTEM": "system", "GIT_CONFIG_GLOBAL": "global"], "-c user.name=Typed"),
    ]
    private static let keys = ["vx.filterLimit", "user.name", "branch.main.remote", "branch.Main.remote", "commit.gpgSign"]

    @Test("are those that git reads", arguments: ways.indices)
    func asGit(number: Int) async throws {
        let scratch = try await Scratch(commit: true)
        let folder = scratch.folder
        _ = try await Shell.run(
            """
            printf '[user]\\nname = Global\\n[vx]\\nfilterLimit = 5m\\n[commit]\\ngpgsign = true\\n' > ../global
            printf '[user]\\nname = System\\n[branch "main"]\\nremote = two\\n' > ../system
            git config user.email here@example.org
            """, in: scratch.top)
        let way = Self.ways[number]
        var variables = way.variables.mapValues { ["global", "system", "none"].contains($0) ? "\(folder)/\($0)" : $0 }
        // Whatever this machine has.
        if variables["GIT_CONFIG_GLOBAL"] == nil { variables["GIT_CONFIG_GLOBAL"] = "/dev/null" }
        if variables["GIT_CONFIG_SYSTEM"] == nil { variables["GIT_CONFIG_NOSYSTEM"] = "1" }
        let exports = variables.map { "export \($0)='\($1.replacing("'", with: "'\\''"))'\n" }.joined()
        // An alias sees what git hands on.
        let seen = try await Shell.run(
            "\(exports)git \(way.options) -c alias.seen='!env' seen | grep -a '^GIT_CONFIG'; true", in: scratch.top)
        var handed = variables
        for line in seen.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            handed[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        let repository = try Repository(
            discovering: scratch.top, environment: GitEnvironment(settings: try EnvironmentSettings(handed)))
        for key in Self.keys {
            let git = try await Shell.run(
                "\(exports)git \(way.options) config --get \(key) || echo '(none)'", in: scratch.top)
            let ours = try repository.configString(key)
            #expect((ours.map { "\($0)\n" } ?? "(none)\n") == git + (git.hasSuffix("\n") ? "" : "\n"), "\(key)")
        }
        let isMode = try await Shell.run(
            "\(exports)git \(way.options) config --type bool --get core.fileMode", in: scratch.top)
        #expect("\(try repository.configBool("core.fileMode") ?? true)" == isMode.split(separator: "\n").joined())
    }

    @Test("are refused where git refuses them", arguments: [
        ["GIT_CONFIG_PARAMETERS": "vx.limit=1"], ["GIT_CONFIG_PARAMETERS": "'vx.limit"], ["GIT_CONFIG_COUNT": "two"],
        ["GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"],
    ])
    func refused(variables: [String: String]) {
        #expect(throws: VxError.self) { _ = try EnvironmentSettings(variables) }
    }
}

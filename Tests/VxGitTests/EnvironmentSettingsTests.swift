import Testing
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@testable import VxGit

@Suite("Settings that the environment has")
struct EnvironmentSettingsTests {
    /// What stands in front of `git`, and what follows it; the settings that are asked for are below.
    private static let ways: [(variables: [String: String], options: String)] = [
        ([:], ""),
        ([:], "-c vx.filterLimit=64m"),
        ([:], "-c vx.filterLimit=1k -c vx.FILTERLIMIT=64m -c core.fileMode=no"),
        ([:], "-c vx.filterLimit= -c core.hooksPath=~/hooks"),
        ([:], "-c \"vx.filterLimit=it's \\\"odd\\\" = !\" -c Branch.Main.remote=one"),
        ([:], "-c core.fileMode"), ([:], "-c core.fileMode="), ([:], "-c vx.filterLimit='a\tb;#\\c '"),
        ([:], "-c include.path=FOLDER/limit"), ([:], "-c include.path=FOLDER/limit -c vx.filterLimit=7m"),
        ([:], "-c vx.filterLimit=7m -c include.path=FOLDER/limit"), ([:], "-c include.path=FOLDER/chain"),
        ([:], "-c includeIf.gitdir:FOLDER/repo/.git.path=FOLDER/limit"),
        ([:], "-c includeIf.gitdir:/no/.path=FOLDER/limit"),
        ([:], "-c includeIf.onbranch:main.path=FOLDER/limit"), ([:], "-c include.path=FOLDER/none"),
        ([:], "-c 'includeIf.hasconfig:remote.*.url:hub/**.path=FOLDER/limit'"),
        (["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "include.path", "GIT_CONFIG_VALUE_0": "FOLDER/limit"], ""),
        (
            [
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "vx.filterLimit",
                "GIT_CONFIG_VALUE_0": "two\n\tlines \\ \" ; # ",
            ], ""
        ),
        (["GIT_CONFIG_GLOBAL": "FOLDER/byRemote"], ""), (["GIT_CONFIG_GLOBAL": "FOLDER/byOtherRemote"], ""),
        (["GIT_CONFIG_GLOBAL": "FOLDER/byRemote"], "-c vx.filterLimit=3m -c user.name=Typed"),
        (["GIT_CONFIG_SYSTEM": "FOLDER/byRemote", "GIT_CONFIG_GLOBAL": "FOLDER/global"], ""),
        ([:], "-c core.excludesFile=FOLDER/excludes"), ([:], "-c core.attributesFile=FOLDER/attributes"),
        ([:], "-c core.excludesFile="), ([:], "-c include.path=FOLDER/files"),
        ([:], "-c core.ignoreCase=true -c core.excludesFile=FOLDER/excludes"),
        (["LIMIT": "9m"], "--config-env=vx.filterLimit=LIMIT"),
        (["GIT_CONFIG_PARAMETERS": "'vx.filterLimit=old' 'core.fileMode'"], ""),
        (["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "vx.filterLimit", "GIT_CONFIG_VALUE_0": "2m"], ""),
        (
            ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "vx.filterLimit", "GIT_CONFIG_VALUE_0": "2m"],
            "-c vx.filterLimit=3m"
        ),
        (["GIT_CONFIG_GLOBAL": "FOLDER/global"], ""), (["GIT_CONFIG_GLOBAL": ""], ""),
        (["GIT_CONFIG_GLOBAL": "FOLDER/none"], ""), (["GIT_CONFIG_SYSTEM": "FOLDER/system"], ""),
        (["GIT_CONFIG_SYSTEM": "FOLDER/system", "GIT_CONFIG_NOSYSTEM": "1"], ""),
        (["GIT_CONFIG_NOSYSTEM": "0", "GIT_CONFIG_SYSTEM": "FOLDER/system"], ""),
        (["GIT_CONFIG_SYSTEM": "FOLDER/system", "GIT_CONFIG_GLOBAL": "FOLDER/global"], "-c user.name=Typed"),
    ]
    private static let keys = [
        "vx.filterLimit", "user.name", "branch.main.remote", "branch.Main.remote", "commit.gpgSign",
        "remote.origin.url",
    ]
    private static let files: [RepoPath] = ["x.skip", "X.SKIP", "x.bin", "a.txt"]

    @Test("are those that git reads", arguments: ways.indices)
    func asGit(number: Int) async throws {
        let scratch = try await Scratch(commit: true)
        let folder = scratch.folder
        _ = try await Shell.run(
            """
            printf '[user]\\nname = Global\\n[vx]\\nfilterLimit = 5m\\n[commit]\\ngpgsign = true\\n' > ../global
            printf '[user]\\nname = System\\n[branch "main"]\\nremote = two\\n' > ../system
            git config user.email here@example.org && git remote add origin hub/project
            printf '[vx]\\nfilterLimit = 64m\\n' > ../limit; printf '[include]\\npath = limit\\n' > ../chain
            printf '[vx]\\nfilterLimit = 5m\\n[includeIf "hasconfig:remote.*.url:hub/**"]\\npath = limit\\n[user]\\nname = Near' > ../byRemote
            printf '[includeIf "hasconfig:remote.*.url:other/**"]\\npath = limit\\n' > ../byOtherRemote
            echo '*.skip' > ../excludes; echo '*.bin filter=mine' > ../attributes
            printf '[core]\\nexcludesFile = %s/excludes\\nattributesFile = "%s/attributes"\\n' "$PWD/.." "$PWD/.." > ../files
            """, in: scratch.top)
        var way = Self.ways[number]
        way.options = way.options.replacing("FOLDER", with: folder.string)
        var variables = way.variables.mapValues { $0.replacing("FOLDER", with: folder.string) }
        // Whatever this machine has.
        if variables["GIT_CONFIG_GLOBAL"] == nil { variables["GIT_CONFIG_GLOBAL"] = "/dev/null" }
        if variables["GIT_CONFIG_SYSTEM"] == nil { variables["GIT_CONFIG_NOSYSTEM"] = "1" }
        let exports =
            "unset GIT_CONFIG_NOSYSTEM\n"
            + variables.map { "export \($0)='\($1.replacing("'", with: "'\\''"))'\n" }.joined()
        // An alias sees what git hands on.
        let seen = try await Shell.run(
            "\(exports)git \(way.options) -c alias.seen='!env' seen | grep -a '^GIT_CONFIG_PARAMETERS'; true", in: scratch.top)
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
        for file in Self.files {
            let ignored = try await Shell.run(
                "\(exports)git \(way.options) check-ignore -q --no-index \(file) && printf yes || printf no",
                in: scratch.top)
            #expect(try repository.isIgnored(file, isDirectory: false) == (ignored == "yes"), "\(file)")
            let filter = try await Shell.run("\(exports)git \(way.options) check-attr filter \(file)", in: scratch.top)
            let ours = try repository.attribute("filter", of: file) ?? "unspecified"
            #expect("\(file): filter: \(ours)\n" == filter)
        }
        let isMode = try await Shell.run(
            "\(exports)git \(way.options) config --type bool --get core.fileMode", in: scratch.top)
        #expect("\(try repository.configBool("core.fileMode") ?? true)" == isMode.split(separator: "\n").joined())
    }

    @Test(
        "are refused where git refuses them",
        arguments: [
            ["GIT_CONFIG_PARAMETERS": "vx.limit=1"], ["GIT_CONFIG_PARAMETERS": "'vx.limit"],
            ["GIT_CONFIG_COUNT": "two"],
            ["GIT_CONFIG_PARAMETERS": "'nodot'='1'"], ["GIT_CONFIG_PARAMETERS": "'a.1b'='1'"],
            ["GIT_CONFIG_PARAMETERS": "'a b.c'='1'"],
            ["GIT_CONFIG_PARAMETERS": "'.b'='1'"], ["GIT_CONFIG_PARAMETERS": "'a.'='1'"],
            ["GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"],
        ])
    func refused(variables: [String: String]) {
        #expect(throws: VxError.self) { _ = try EnvironmentSettings(variables) }
    }
}

import Testing
import VxModel

@testable import VxConfig

@Suite struct ConfigurationTests {
    private func parse(_ text: String) throws -> Configuration {
        try Configuration.parse(Array(text.utf8))
    }

    private func failure(_ text: String) -> VxError? {
        #expect(throws: VxError.self) { try parse(text) }
    }

    @Test func nothingGivesTheDefaults() throws {
        #expect(try Configuration.parse(nil) == .default)
        #expect(try parse("") == .default)
        #expect(try parse("version: 1\nroles:\n") == .default)
    }

    @Test func theStarterFileGivesTheDefaults() throws {
        #expect(try parse(Configuration.starterText) == .default)
        let filled = Configuration.starterText.replacing("  # ", with: "  ")
        #expect(try parse(filled).snapshot.model == ["model.json"])
    }

    @Test func readsEverySetting() throws {
        let configuration = try parse(
            """
            version: 1
            roles:
              stable: ["release/*", "stable/*"]
              dev: "*"
              clean: []
            tracking: {branch: records, path: ./runs/all/}
            snapshot:
              command: python3 train.py --seed 1
              params: params.yaml
              metrics: out/metrics.json
              model: [model.json, weights/]
            """)
        #expect(configuration.roles.patterns[.stable] == ["release/*", "stable/*"])
        #expect(configuration.roles.patterns[.clean] == [])
        #expect(configuration.roles.patterns[.raw] == ["raw"])
        #expect(configuration.tracking == .init(branch: "records", path: "runs/all"))
        #expect(
            configuration.snapshot
                == .init(
                    command: "python3 train.py --seed 1", params: "params.yaml", metrics: "out/metrics.json",
                    model: ["model.json", "weights"]))
        #expect(configuration.role(ofBranch: "release/1/2") == .stable)
        #expect(configuration.role(ofBranch: "main") == .main)
        #expect(configuration.role(ofBranch: "anything") == .dev)
    }

    @Test(arguments: [
        ("main", Role.main), ("raw", .raw), ("dev/a/b", .dev), ("stable/x", .stable), ("monitoring", .monitoring),
        ("monitoring/prod", .monitoring), ("split", .split), ("clean", .clean),
    ])
    func standardRoles(branch: String, role: Role) {
        #expect(Configuration.default.role(ofBranch: branch) == role)
    }

    @Test(arguments: ["master", "dev", "stable", "mainline", "xmain", "", "dev2/a"])
    func branchesWithoutARole(branch: String) {
        #expect(Configuration.default.role(ofBranch: branch) == nil)
    }

    @Test func theMostSpecificPatternWins() {
        let roles = RolePatterns([.dev: ["*", "team/*"], .stable: ["team/stable*"], .raw: ["team/stable-raw"]])
        #expect(roles.role(ofBranch: "team/a") == .dev)
        #expect(roles.role(ofBranch: "team/stable/1") == .stable)
        #expect(roles.role(ofBranch: "team/stable-raw") == .raw)
    }

    @Test func patternsMatchWholeNames() {
        #expect(RolePatterns.matches(pattern: "a*b*c", "a/x/b/y/c"))
        #expect(!RolePatterns.matches(pattern: "a*b*c", "a/x/b/y/d"))
        #expect(RolePatterns.matches(pattern: "*", ""))
        #expect(!RolePatterns.matches(pattern: "a", "ab"))
        let hard = String(repeating: "a*", count: 50) + "b"
        #expect(!RolePatterns.matches(pattern: hard, String(repeating: "a", count: 2000)))
    }

    @Test(arguments: [
        ("role:\n", "vx.yaml:1:1: unknown key 'role'", "did you mean 'roles'?"),
        ("tracking:\n  brnach: x", "vx.yaml:2:3: unknown key 'brnach' in 'tracking'", "did you mean 'branch'?"),
        (
            "colour: x", "vx.yaml:1:1: unknown key 'colour'",
            "known keys: version, roles, policy, clean, split, drift, tracking, snapshot, remotes"
        ),
        ("roles: {stabel: x}", "vx.yaml:1:9: unknown key 'stabel' in 'roles'", "did you mean 'stable'?"),
    ])
    func unknownKeysSuggestTheNearest(text: String, message: String, hint: String) {
        let error = failure(text)
        #expect(error?.message == message)
        #expect(error?.hint == hint)
    }

    @Test(arguments: [
        (
            "[a]",
            "vx.yaml:1:1: the file must be a mapping of version, roles, policy, clean, split, drift, tracking, snapshot, remotes, found a list"
        ),
        ("version: one", "vx.yaml:1:10: 'version' must be a whole number, found a string"),
        ("version: 2", "vx.yaml:1:10: version 2 is not known to this vx, which reads version 1"),
        ("tracking:\n  path: [a]", "vx.yaml:2:9: 'path' must be a string, found a list"),
        ("tracking: x", "vx.yaml:1:11: 'tracking' must be a mapping of branch, path, found a string"),
        ("tracking: {path: ../up}", "vx.yaml:1:18: 'path' is not a path inside the repository: '../up'"),
        ("tracking: {path: /abs}", "vx.yaml:1:18: 'path' is not a path inside the repository: '/abs'"),
        ("tracking: {path: .git/x}", "vx.yaml:1:18: 'path' is not a path inside the repository: '.git/x'"),
        ("tracking: {branch: a*}", "vx.yaml:1:20: 'branch' is not the name of a branch: 'a*'"),
        ("roles: {main: {a: b}}", "vx.yaml:1:15: 'main' must be a string or a list of strings, found a mapping"),
        ("roles: {main: refs/heads/x}", "vx.yaml:1:15: 'refs/heads/x' cannot match a branch name"),
        ("roles: {main: raw}", "vx.yaml:1:15: the pattern 'raw' is given to both 'main' and 'raw'"),
        ("snapshot: {command: }", "vx.yaml:1:21: 'command' must be a string, found nothing"),
        ("snapshot: {command: \"\"}", "vx.yaml:1:21: 'command' is empty"),
        ("snapshot: {model: [true]}", "vx.yaml:1:20: 'model' must be a string, found true or false"),
    ])
    func wrongValuesSayWhatIsExpected(text: String, message: String) {
        #expect(failure(text)?.message == message)
    }

    /// What a transform's output may be, and what is said of what it may not.
    private static let outputs: [(output: String, fault: String?)] = [
        ("{stem}.csv", nil), ("{path}", nil), ("a/{name}", nil), ("{stem}{stem}.csv", nil), ("a{b.csv", nil),
        ("a}b", nil),
        ("{nope}", "has {nope}, which stands for nothing"), ("{dir}/{name}", "has {dir}, which stands for nothing"),
        ("{stem}.{ext}", "has {ext}, which stands for nothing"), ("{}", "has {}, which stands for nothing"),
        ("{Path}", "has {Path}, which stands for nothing"), ("{{name}}", nil),
        ("{input}", "has {input}, which stands for nothing"),
        ("/{name}", "it begins with a slash"), ("../{name}", "it has a part '.' or '..', which leads elsewhere"),
        ("./{name}", "it has a part '.' or '..', which leads elsewhere"),
        ("a//{name}", "a name between its slashes is empty"),
        ("{stem}/", "a name between its slashes is empty"), (".git/{name}", "a part of it is '.git'"),
        (".gitattributes", "a file that git itself reads"), ("a/.gitignore", "a file that git itself reads"),
        (".gitmodules", "a file that git itself reads"), ("{stem}/.mailmap", "a file that git itself reads"),
        (".gitkeep", "a file that git itself reads"), (".lfsconfig", "a file that git itself reads"),
        (".gitattributes2", nil), (".hidden/{name}", nil), ("{stem}.gitignore", nil),
    ]

    @Test("An output of a transform is a path below 'into' with known places", arguments: outputs)
    func output(output: String, fault: String?) throws {
        let text =
            "clean:\n  transforms: [{name: a, files: \"*\", run: \"cp {input} {output}\", output: \"\(output)\"}]"
        guard let fault else {
            #expect(try parse(text).clean.transforms.first?.output == output)
            return
        }
        #expect(failure(text)?.message.contains(fault) == true)
    }

    @Test(
        "Data goes into no folder whose name git takes for a file of its own",
        arguments: ["clean", "split"], [".gitattributes", "data/.gitignore", "data/.gitmodules/a", ".mailmap"])
    func folders(step: String, folder: String) {
        #expect(failure("\(step): {into: \(folder)}")?.message.contains("a file of its own") == true)
    }

    @Test func suggestionsCountSwapsAsOneSlip() {
        #expect(Suggestion.distance(Array("brnach"), Array("branch")) == 1)
        #expect(Suggestion.distance(Array("kitten"), Array("sitting")) == 3)
        #expect(Suggestion.nearest(to: "xyz", among: ["path", "branch"]) == nil)
    }
}

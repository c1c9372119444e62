import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@Suite("Attributes, ignoring and settings")
struct AttributeTests {
    /// Names that a pattern could take for something else.
    static let nasty: [RepoPath] = [
        "plain", "with space", "tab\there", "new\nline", "\"quoted\"", "mid\"dle", "#hash", "!bang", "star*", "what?",
        "[ab]",
        "back\\slash", "ünï", "trail ", "a]b", "-dash", "\\", "**", "{a,b}", RepoPath(bytes: [0x66, 0xff, 0x80]),
        "$x`y'z",
    ]

    private static func told(_ scratch: Scratch, _ path: RepoPath) async throws -> String {
        let answer = try await scratch.git.check(
            "check-attr", ["check-attr", "-z", "--stdin", "filter"], in: scratch.top, input: path.bytes + [0])
        let fields = answer.split(separator: 0, omittingEmptySubsequences: false)
        return String(decoding: fields[2], as: UTF8.self)
    }

    @Test(
        "A line for a file fits that file, and one for a folder all in it: to git, and to the reader here",
        arguments: nasty)
    func patterns(_ name: RepoPath) async throws {
        let scratch = try await Scratch()
        var file = AttributesFile()
        file.track([(name, isFolder: false), (RepoPath("data").appending(name.bytes), isFolder: true)])
        try Files.replace(scratch.top.appending(".gitattributes"), with: file.bytes)
        let repository = try scratch.repository
        let folder = RepoPath("data").appending(name.bytes)
        for tracked in [name, folder.appending("x"), folder.appending("deep/er x").appending(name.bytes)] {
            #expect(try await Self.told(scratch, tracked) == "vx", "\(tracked)")
            #expect(try repository.attribute("filter", of: tracked) == "vx", "\(tracked)")
            #expect(try repository.attribute("text", of: tracked) == "unset", "\(tracked)")
        }
        let others: [RepoPath] = [
            RepoPath("sub").appending(name.bytes), RepoPath(bytes: name.bytes + Array("x".utf8)), "data/other",
            "starry", "whatX",
            "a", "b", "backslash",
        ]
        for other in others where other != name {
            #expect(try await Self.told(scratch, other) == "unspecified", "\(other)")
            #expect(try repository.attribute("filter", of: other) == nil, "\(other)")
        }
    }

    @Test("The root stands for everything, and .gitattributes merges by union")
    func root() async throws {
        let scratch = try await Scratch()
        var file = AttributesFile()
        file.track([(.root, isFolder: true)])
        #expect(file.bytes == Array("/** filter=vx diff=vx merge=vx -text\n.gitattributes merge=union\n".utf8))
        try Files.replace(scratch.top.appending(".gitattributes"), with: file.bytes)
        let repository = try scratch.repository
        for path: RepoPath in ["a", "a/b/c"] {
            #expect(try await Self.told(scratch, path) == "vx")
            #expect(try repository.attribute("filter", of: path) == "vx")
        }
        #expect(try repository.attribute("merge", of: ".gitattributes") == "union")
    }

    @Test("The user's lines and line ends stay; nothing is written twice")
    func editing() {
        let own = "# mine\r\n*.txt text\r\n\r\n*.bin binary"
        var file = AttributesFile(Array(own.utf8))
        file.track([("b", isFolder: false), ("a", isFolder: true), ("b", isFolder: false)])
        let expected =
            own + "\r\n/a/** filter=vx diff=vx merge=vx -text\r\n/b filter=vx diff=vx merge=vx -text\r\n"
            + ".gitattributes merge=union\r\n"
        #expect(String(decoding: file.bytes, as: UTF8.self) == expected)
        let once = file
        file.track([("a", isFolder: true)])
        #expect(file == once)
        // A later line of the same pattern would win, so ours goes behind it.
        var overridden = AttributesFile(Array("/b filter=vx diff=vx merge=vx -text\n/b filter=lfs\n".utf8))
        overridden.track([("b", isFolder: false)])
        #expect(String(decoding: overridden.bytes, as: UTF8.self).hasSuffix("-text\n.gitattributes merge=union\n"))
    }

    @Test(
        "Folders are answered for without libgit2 only where no line could take one of their files out",
        arguments: [
            "/data/a !filter !diff !merge !text", "*.md !filter !diff !merge !text",
            "/data/*/** !filter !diff !merge !text", "/*/deep/** !filter !diff !merge !text",
            "data/deep/** !filter !diff !merge !text", "/data/[a-c]eep/** !filter !diff !merge !text",
            "/data/** -filter", "*.md filter=lfs", "[attr]binary -filter", "\"/data/a\" !filter",
        ])
    func answers(_ line: String) throws {
        let tracking = "/data/** \(AttributesFile.tracking)\n"
        let alone = try #require(AttributeLines(AttributesFile(Array(tracking.utf8))))
        #expect(alone.trackAll(in: ["data/deep", "data", .root]))
        let both = AttributeLines(AttributesFile(Array("\(tracking)\(line)\n".utf8)))
        #expect(both?.trackAll(in: ["data/deep", "data", .root]) != true, "'\(line)' was passed over")
    }

    @Test("Attributes of folders, of info/attributes and of a file that changes are seen")
    func sources() async throws {
        let scratch = try await Scratch()
        try scratch.write(".gitattributes", "*.bin filter=vx\n*.txt -diff merge\n")
        try scratch.write("sub/.gitattributes", "*.bin !filter\n")
        let repository = try scratch.repository
        #expect(try repository.attribute("filter", of: "x.bin") == "vx")
        #expect(try repository.attribute("filter", of: "sub/x.bin") == nil)
        #expect(try repository.attribute("diff", of: "a.txt") == "unset")
        #expect(try repository.attribute("merge", of: "a.txt") == "set")
        try scratch.write(".git/info/attributes", "sub/x.bin filter=mine\n")
        try scratch.write(".gitattributes", "*.bin filter=another-one\n")
        #expect(try repository.attribute("filter", of: "x.bin") == "another-one")
        #expect(try repository.attribute("filter", of: "sub/x.bin") == "mine")
    }

    @Test("Ignoring is git's, for files and folders")
    func ignoring() async throws {
        let scratch = try await Scratch()
        try scratch.write(".gitignore", "*.log\nbuild/\n!keep.log\n/only\n")
        let repository = try scratch.repository
        for (path, isDirectory) in [
            ("a.log", false), ("keep.log", false), ("build", true), ("build", false), ("build/x", false),
            ("sub/build/x", false),
            ("only", false), ("sub/only", false), ("sub/a.log", false),
        ] {
            let spelled = isDirectory ? path + "/" : path
            let status = try await scratch.git.run(["check-ignore", "-q", "--no-index", spelled], in: scratch.top)
                .status
            #expect(try repository.isIgnored(RepoPath(path), isDirectory: isDirectory) == (status == 0), "\(spelled)")
        }
    }

    @Test("Settings are read, set and removed by section, as git sees them")
    func settings() async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        let path = scratch.top.appending(".git/config")
        let before = try Files.read(path)
        try repository.setConfig("filter.vx.process", "vx filter")
        try repository.setConfig("filter.vx.required", "true")
        #expect(try await scratch.run("config", "filter.vx.process") == "vx filter")
        #expect(try repository.configString("filter.vx.process") == "vx filter")
        #expect(try repository.configBool("filter.vx.required") == true)
        #expect(try repository.configString("vx.none") == nil)
        #expect(try repository.configBool("vx.none") == nil)
        try repository.removeConfigSection("filter.vx")
        try repository.removeConfigSection("filter.vx")
        #expect(try Files.read(path) == before)
        #expect(try repository.configString("filter.vx.process") == nil)
        #expect(throws: VxError.self) { try repository.setConfig("nodot", "x") }
    }
}

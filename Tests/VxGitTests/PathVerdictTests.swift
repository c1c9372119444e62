import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Paths of a few dangerous and harmless parts, held against the verdict of the real git.
@Suite("git's verdict about paths")
struct PathVerdictTests {
    private static let words: [[UInt8]] = [
        ".git", ".GIT", ".Git", "git~1", "GIT~1", "git~2", ".gitmodules", ".GITMODULES", "gitmod~1", "gi7eba~1",
        "gi7eb~12", "~1000000", ".", "..", "...", "a", "config", ".gitignore", "gi", ".g", "it", "git",
    ].map { Array($0.utf8) }
    private static let joints: [[UInt8]] =
        ["", "/", "\\", ":", " ", ".", ". ", "::$INDEX_ALLOCATION", "\u{200c}", "\u{feff}", "\u{202e}", "//"].map {
            Array($0.utf8)
        } + [[0xff], [0xe2, 0x80], [0xef, 0xbf, 0xbe]]

    private static func paths(_ count: Int, seed: UInt64) -> [RepoPath] {
        var state = seed
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        return (0..<count).map { _ in
            var bytes: [UInt8] = []
            for _ in 0...next(3) {
                if next(3) == 0 { bytes += joints[next(joints.count)] }
                bytes += words[next(words.count)]
                bytes += joints[next(joints.count)]
            }
            return RepoPath(bytes: bytes)
        }
    }

    private static let sample = Array(Set((1...3).flatMap { paths(100, seed: UInt64($0)) })).sorted()

    /// One line of `git update-index --index-info` each, told apart by the tree git could not make.
    private static func refused(
        _ paths: [RepoPath], mode: String, in scratch: Scratch, _ blob: String, hfs: Bool
    ) async throws -> Set<RepoPath> {
        var refused: Set<RepoPath> = []
        for path in paths {
            let input = Array("\(mode) \(blob)\t".utf8) + path.bytes + [0]
            let result = try await scratch.git.run(
                ["-c", "core.protectHFS=\(hfs)", "update-index", "-z", "--index-info"], in: scratch.top, input: input,
                environment: ["GIT_INDEX_FILE": scratch.folder.appending("other").string])
            _ = try Files.remove(scratch.folder.appending("other"))
            if result.status != 0 || !result.error.isEmpty { refused.insert(path) }
        }
        return refused
    }

    @Test("What git refuses in an index, vx refuses", arguments: ["100644", "120000"])
    func index(mode: String) async throws {
        let scratch = try await Scratch(commit: true)
        let blob = try await scratch.run("rev-parse", "HEAD:a.txt")
        let refused = try await Self.refused(Self.sample, mode: mode, in: scratch, blob, hfs: true)
        let isSymlink = mode == "120000"
        let sound = Self.sample.filter { $0.fault(isSymlink: isSymlink) == nil }
        #expect(Set(sound).isDisjoint(with: refused), "\(sound.filter(refused.contains))")
        // The other way round: what vx refuses beyond that is one of a few things.
        for path in Self.sample where path.fault(isSymlink: isSymlink) != nil && !refused.contains(path) {
            let folded = path.bytes.filter { $0 < 0x80 }.map { $0 | 0x20 }
            #expect(
                folded.count != path.bytes.count || folded.contains(UInt8(ascii: "\\") | 0x20),
                "git takes \(path), vx does not")
        }
        #expect(refused.count > 80 && sound.count > 60)
    }

    /// An index that git would never write.
    @Test("An index with a path that nothing is written at is not read", arguments: [2, 4])
    func reading(version: Int) async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["aaaaaaaa", "xgit/x"] { try scratch.write(path, "x") }
        try await scratch.run("add", "-A")
        try await scratch.run("update-index", "--index-version", "\(version)")
        let file = scratch.top.appending(".git/index")
        let good = try #require(try Files.read(file))
        for (old, new) in [("aaaaaaaa", "../../xx"), ("aaaaaaaa", "/tmp/xxx"), ("xgit/x", ".git/x")] {
            var bytes = good
            let place = try #require((0..<bytes.count).first { bytes[$0...].starts(with: old.utf8) })
            bytes.replaceSubrange(place..<(place + old.utf8.count), with: Array(new.utf8))
            try Files.replace(file, with: bytes.dropLast(20) + [UInt8](repeating: 0, count: 20))
            let error = try failure { _ = try scratch.repository.readIndex() }
            #expect(error.code == .corrupt)
            #expect(error.causes.first?.contains("it names the path \(new)") == true, "\(error)")
        }
    }

    @Test("vx makes no tree and no index entry that git would refuse, nor one beside what is wrong already")
    func writing() async throws {
        let scratch = try await Scratch(commit: true)
        let repository = try scratch.repository
        let blob = try await scratch.id("HEAD:a.txt")
        for path: RepoPath in ["../x", ".GIT/x", "a/git~1", "x/.g\u{200c}it/y", "/x", "a//b"] {
            #expect(try failure { _ = try repository.updateTree(nil, [.put(path, .regular, blob)]) }.code == .refused)
            let transaction = try IndexTransaction(repository)
            let entry = IndexEntry(path: path, mode: .regular, id: blob)
            #expect(try failure { try transaction.add(entry) }.code == .refused)
        }
        #expect(
            try failure { _ = try repository.updateTree(nil, [.put(".gitmodules", .symlink, blob)]) }.code == .refused)
        let bad = try await scratch.run(["mktree"], input: Array("100644 blob \(blob)\t.git\n".utf8))
        let tree = try #require(GitObjectID(hex: bad))
        #expect(try failure { _ = try repository.updateTree(tree, [.put("b", .regular, blob)]) }.code == .corrupt)
    }

    @Test("Every tree of a commit is looked through, and each sound one once")
    func trees() async throws {
        let scratch = try await Scratch(commit: true)
        let blob = try await scratch.run("rev-parse", "HEAD:a.txt")
        func tree(_ lines: [String]) async throws -> String {
            try await scratch.run(["mktree"], input: Array(lines.map { "\($0)\n" }.joined().utf8))
        }
        let inner = try await tree(["100644 blob \(blob)\tconfig"])
        let bad = try await tree([
            "040000 tree \(inner)\t.git ", "100644 blob \(blob)\tok", "120000 blob \(blob)\t.gitmodules",
        ])
        let top = try await tree(["040000 tree \(inner)\ta", "040000 tree \(bad)\tb", "040000 tree \(bad)\tc"])
        let id = try #require(GitObjectID(hex: top))
        let paths = TreePaths(try scratch.repository)
        let findings = try paths.findings(in: id)
        #expect(findings.map(\.path) == ["b/.git ", "b/.gitmodules", "c/.git ", "c/.gitmodules"])
        #expect(findings.map(\.fault) == [.gitFolder, .gitmodulesLink, .gitFolder, .gitmodulesLink])
        #expect(try paths.findings(in: #require(GitObjectID(hex: inner))).isEmpty)
        #expect(try failure { try paths.require(id, of: "x") }.message == "x names the path b/.git ")
    }
}

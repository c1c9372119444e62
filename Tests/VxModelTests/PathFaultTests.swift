import Testing
import VxModel

@Suite("Paths that nothing is written at")
struct PathFaultTests {
    private static func bytes(_ count: Int) -> String { String(repeating: "a", count: count) }

    @Test(
        "What leads out of the work tree or into git's own folder has a fault",
        arguments: [
            ("", PathFault.empty), ("/", .absolute), ("/etc/passwd", .absolute), ("a/", .emptyName),
            ("a//b", .emptyName), (".", .dots), ("..", .dots), ("../x", .dots), ("a/..", .dots), ("a/../b", .dots),
            ("a/./b", .dots), (".git", .gitFolder), (".git/config", .gitFolder), ("a/.git/hooks/x", .gitFolder),
            (".GIT/config", .gitFolder), (".GiT", .gitFolder), ("a/.giT", .gitFolder), ("git~1", .gitFolder),
            ("GIT~1/config", .gitFolder), (".git ", .gitFolder), (".git.", .gitFolder), (".git. . /x", .gitFolder),
            (".git::$INDEX_ALLOCATION", .gitFolder), (".git:x/y", .gitFolder), ("git~1:x", .gitFolder),
            (".git\\config", .gitFolder), ("a\\.git\\config", .gitFolder), ("a\\git~1", .gitFolder),
            (".g\u{200c}it", .gitFolder), ("\u{200d}.git/x", .gitFolder), (".git\u{feff}", .gitFolder),
            ("\u{feff}.\u{202e}G\u{206a}iT\u{206f}", .gitFolder), ("a\0b", .zero), ("\0", .zero),
            (bytes(256), .longName), ("a/\(bytes(256))/b", .longName),
            ((0..<20).map { _ in bytes(250) }.joined(separator: "/"), .longPath),
        ])
    func refused(path: String, fault: PathFault) {
        #expect(RepoPath(path).fault() == fault)
        #expect(RepoPath(path).fault(isSymlink: true) == fault)
    }

    @Test(
        "Every other path is sound, however odd",
        arguments: [
            "a", "a/b", ".github/workflows/x", ".gitignore", ".gitattributes", "a/.gitkeep", "..a", "...", "a..", ".g",
            ".gi", "git", "git~2", "git~10", ".gitx", ".git-x", ".git x", "x.git", "a\\b", "\\", "-x", " ", "a\nb", "é",
            "\u{200c}", "\u{feff}x", ".\u{200c}x", "gi7eba~1", "~1000000", ".gitmodules", "C:\\x", "con", "a:b",
            bytes(255), "d/\(bytes(255))",
        ])
    func sound(path: String) {
        #expect(RepoPath(path).fault() == nil)
    }

    @Test("What is no UTF-8 is sound, and ends a name that HFS+ compares, as git has it")
    func notUTF8() {
        #expect(RepoPath(bytes: [0xff, 0xfe]).fault() == nil)
        #expect(RepoPath(bytes: Array(".g".utf8) + [0xff] + Array("it".utf8)).fault() == nil)
        #expect(RepoPath(bytes: Array(".git".utf8) + [0xff]).fault() == .gitFolder)
        #expect(RepoPath(bytes: [0xe2, 0x80, 0x8c] + Array(".git".utf8)).fault() == .gitFolder)
        #expect(RepoPath(bytes: [0xe2, 0x80] + Array(".git".utf8)).fault() == nil)
    }

    @Test(
        "A symlink may not stand in place of .gitmodules, in no disguise",
        arguments: [
            ".gitmodules", "a/.GitModules", "gitmod~1", "GITMOD~4", "gi7eba~1", "gi7eb~10", "~1000000",
            ".gitmodules .:x", ".gitmo\u{200c}dules",
        ])
    func gitmodules(path: String) {
        #expect(RepoPath(path).fault(isSymlink: true) == .gitmodulesLink)
        #expect(RepoPath(path).fault() == nil)
    }

    @Test("Other links may stand beside it", arguments: ["gitmod~5", "gi7eba~x", "gi7eba1~", ".gitattributes", "x"])
    func links(path: String) {
        #expect(RepoPath(path).fault(isSymlink: true) == nil)
    }

    @Test("A path is shown without what would move or hide the text around it")
    func printable() {
        #expect(RepoPath("é a").printable == "é a")
        #expect(RepoPath("a\u{202e}b").printable == "\"a\\342\\200\\256b\"")
        #expect(RepoPath(".g\u{200c}it").printable == "\".g\\342\\200\\214it\"")
        #expect(RepoPath("a\u{1b}[2J").printable == "\"a\\033[2J\"")
        #expect(
            PathFault.gitFolder.error(".g\u{200c}it", in: "x").message == "x names the path \".g\\342\\200\\214it\"")
    }
}

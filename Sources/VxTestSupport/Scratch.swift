import SystemPackage
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder of one test's own, gone when the test ends.
///
/// `VX_KEEP_SCRATCH=1` keeps it and says where it is, to look at what a failed test left behind.
package struct Scratch: Sendable {
    /// The folder itself, with no symlink in its path, so that programs print it the way it is written here.
    package let root: FilePath
    /// What programs see as the user's home.
    package var home: FilePath { root.appending("home") }
    /// Where commands start.
    package var work: FilePath { root.appending("work") }
    /// Where commands' output is kept; not seen by the commands.
    var captures: FilePath { root.appending("captures") }

    /// Makes a scratch folder, calls `body` with it and removes it, however `body` ends.
    package static func with<Result>(_ body: (Scratch) throws -> Result) throws -> Result {
        let scratch = try Scratch()
        defer { scratch.remove() }
        return try body(scratch)
    }

    package static func with<Result>(_ body: (Scratch) async throws -> Result) async throws -> Result {
        let scratch = try Scratch()
        defer { scratch.remove() }
        return try await body(scratch)
    }

    private init() throws {
        let parent = FilePath(TestEnvironment["TMPDIR"] ?? "/tmp")
        let name = "vx-test-\(getpid())-" + String(UInt64.random(in: .min ... .max), radix: 36)
        let path = parent.appending(name)
        try Files.createDirectories(path)
        root = try Self.resolved(path)
        for folder in [home, work, captures] { try Files.createDirectories(folder) }
        // git and libgit2 both read this file, and there is no system configuration beside it.
        try Files.replace(home.appending(".gitconfig"), with: Array("[init]\n\tdefaultBranch = main\n".utf8))
    }

    private func remove() {
        if TestEnvironment["VX_KEEP_SCRATCH"] == "1" {
            print("kept \(root)")
            return
        }
        // A folder that cannot be removed must not turn a passed test into a failed one.
        try? Files.removeTree(root)
    }

    private static func resolved(_ path: FilePath) throws -> FilePath {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else {
            throw VxError.system("cannot resolve \(path)")
        }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}

extension Scratch {
    /// Writes a file below the working folder, with the folders above it.
    package func write(_ path: String, _ bytes: [UInt8]) throws {
        let target = work.appending(RepoPath(path))
        try Files.createDirectories(target.removingLastComponent())
        try Files.replace(target, with: bytes)
    }

    package func write(_ path: String, _ text: String) throws {
        try write(path, Array(text.utf8))
    }

    /// The bytes of a file below the working folder; `nil` where there is none.
    package func read(_ path: String) throws -> [UInt8]? {
        try Files.read(work.appending(RepoPath(path)), limit: 1 << 30)
    }
}

/// The variables that steer the tests; the programs under test never see this environment.
package enum TestEnvironment {
    package static subscript(name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

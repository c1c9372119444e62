import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// A library that is loaded before the system's own (`LD_PRELOAD`). Nothing of it is in vx: tests build it, from a source
/// beside them.
enum ShimLibrary {
    private static let compiler = ["cc", "clang", "gcc"].first { name in
        ["/usr/bin/", "/usr/local/bin/"].contains { folder in
            do {
                return try Files.targetStatus(FilePath(folder + name)) != nil
            } catch {
                return false
            }
        }
    }

    /// Whether this system loads libraries in that way, and has a C compiler.
    static var canBeBuilt: Bool {
        #if os(Linux)
            compiler != nil
        #else
            false
        #endif
    }

    /// Builds a library.
    ///
    /// - Parameter source: a file below `Tests/SurfaceTests`.
    /// - Returns: where it is.
    static func build(_ source: String, _ scratch: Scratch, _ runner: CommandRunner) throws -> FilePath {
        let tests = FilePath(#filePath).removingLastComponent().removingLastComponent()
        let library = scratch.root.appending("\(FilePath(source).stem ?? "shim").so")
        try runner.check(
            compiler ?? "cc",
            [
                "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library.string, tests.appending(source).string,
                "-ldl",
                "-lpthread",
            ])
        return library
    }
}

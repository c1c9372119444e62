import SystemPackage
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds the `vx` that was built together with the tests.
package enum BuiltBinary {
    /// The folder the `vx` under test is in.
    ///
    /// It lies beside the test bundle; `VX_BINARY` names another one, a release build say.
    package static func folder() throws -> FilePath {
        if let chosen = TestEnvironment["VX_BINARY"] { return FilePath(chosen).removingLastComponent() }
        for folder in candidates where try Files.targetStatus(folder.appending("vx")) != nil { return folder }
        throw VxError(
            "there is no vx beside the tests",
            because: "looked in " + candidates.map(\.description).joined(separator: ", "),
            hint: "run 'swift build --product vx', or name one with VX_BINARY")
    }

    /// Every folder above something that looks like the test bundle, nearest first.
    private static var candidates: [FilePath] {
        var starts = CommandLine.arguments.filter { $0.contains(".xctest") }.map { FilePath($0) }
        #if os(Linux)
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
            if count > 0 { starts.append(FilePath(platformString: buffer)) }
        #endif
        return starts.flatMap { start in
            var folders: [FilePath] = []
            var folder = start.removingLastComponent()
            // On macOS the executable stands three folders deep in its bundle.
            for _ in 0..<4 where !folder.isEmpty {
                folders.append(folder)
                folder = folder.removingLastComponent()
            }
            return folders
        }
    }
}

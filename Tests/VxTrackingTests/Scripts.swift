import SystemPackage
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs `body` with a temporary folder of executable scripts, given by relative path and text.
func withScripts(_ scripts: [String: String], _ body: (String) throws -> Void) throws {
    let folder = FilePath("/tmp").appending("vx-track-\(Files.temporaryName())")
    for (name, text) in scripts {
        let path = folder.appending(RepoPath(name))
        try Files.createDirectories(path.removingLastComponent())
        let file = try OpenFile.creating(path, permissions: 0o755)
        try file.write(Array(text.utf8))
        try file.close()
    }
    do {
        try body(folder.string)
    } catch {
        try Files.removeTree(folder)
        throw error
    }
    try Files.removeTree(folder)
}

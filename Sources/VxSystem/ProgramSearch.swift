import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds programs by their names, as a shell does: the first one in the folders of PATH.
///
/// Only folders with a whole name count: `.` and an empty one are the folder that a command is typed in, and what lies there
/// may be a repository's. What cannot be looked at is passed over.
package enum ProgramSearch {
    /// The first program of a name; `nil` where there is none.
    ///
    /// - Parameter path: the variable PATH.
    package static func find(_ name: String, in path: String?) -> FilePath? {
        for folder in (path ?? "").split(separator: ":") {
            let program = FilePath(String(folder)).appending(name)
            if program.isAbsolute, isProgram(program) { return program }
        }
        return nil
    }

    /// Whether a file is there that this process may run, at the end of symlinks. A folder may be "executable", too, and is none.
    package static func isProgram(_ path: FilePath) -> Bool {
        path.withPlatformString { name in
            var status = stat()
            return stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(name, X_OK) == 0
        }
    }
}

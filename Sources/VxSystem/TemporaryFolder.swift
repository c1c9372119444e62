import VxModel

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The folder where files stand for a moment that belong to no repository: what the variable `TMPDIR` names, else `/tmp`.
package struct TemporaryFolder: Sendable, Equatable {
    package let path: FilePath
    /// Whether the variable names it.
    private let isNamed: Bool

    /// - Parameter environment: the variables of the process.
    package init(_ environment: [String: String]) {
        let name = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }
        path = FilePath(name ?? "/tmp")
        isNamed = name != nil
    }

    /// Makes a file in it that has these bytes, and that only this user may read. Whoever asks for it removes it.
    package func file(of bytes: [UInt8]) throws(VxError) -> FilePath {
        let file = path.appending(Files.temporaryName())
        do {
            let output = try OpenFile.creating(file, permissions: 0o600)
            try output.write(bytes)
            try output.close()
        } catch {
            try? Files.remove(file)  // the write's own error is the one to report
            throw explained(error)
        }
        return file
    }

    /// A file in it that has no name to leave behind.
    package func unnamedFile() throws(VxError) -> OpenFile {
        do {
            return try OpenFile.unnamed(in: path)
        } catch {
            throw explained(error)
        }
    }

    /// What keeps files from being made there; `nil` where nothing does.
    package func trouble() throws(VxError) -> VxError? {
        do {
            _ = try unnamedFile()
            return nil
        } catch {
            if error.code == .interrupted { throw error }
            return error
        }
    }

    /// The error in terms of the folder, where it is the folder's.
    private func explained(_ error: VxError) -> VxError {
        let own = [ENOENT, ENOTDIR, EACCES, EPERM, EROFS, ENOSPC, EDQUOT, ELOOP, ENAMETOOLONG]
        guard let code = error.systemCode, own.contains(code) else { return error }
        var explained = error
        explained.message = "cannot write to the temporary folder \(path)"
        if isNamed { explained.causes.append("the variable TMPDIR names it") }
        let other: FilePath = "/tmp"
        explained.hint =
            path == other
            ? "'export TMPDIR=FOLDER' names another, which is there, has room and is yours to write to"
            : "'export TMPDIR=\(other)' names the usual one; any folder will do that is yours to write to"
        return explained
    }
}

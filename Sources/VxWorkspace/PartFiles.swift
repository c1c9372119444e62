import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Where in the workspace this process makes files under temporary names, noted in git's folder: whoever comes after a
/// process that was killed finds what it has left without a walk of the workspace.
///
/// A note is a file of NUL-ended folders, whose own temporary name says whose it is.
struct PartFiles {
    private let notes: FilePath
    private let files: WorkTree

    init(gitDirectory: FilePath, files: WorkTree) {
        notes = gitDirectory.appending("vx").appending("parts")
        self.files = files
    }

    /// Calls `body`, which makes files under temporary names in some folders and removes or renames them.
    ///
    /// - Parameter folders: those folders; some may not be there yet.
    func noted<Result>(_ folders: some Collection<RepoPath>, _ body: () throws -> Result) throws -> Result {
        try Files.createDirectories(notes)
        let note = notes.appending(Files.temporaryName())
        let file = try OpenFile.creating(note)
        try file.write(folders.flatMap { $0.bytes + [0] })
        try file.close()
        let result: Result
        do {
            result = try body()
        } catch {
            try? Files.remove(note)  // the first error is the one to report
            throw error
        }
        try Files.remove(note)
        return result
    }

    /// Removes what processes that are gone have left in the folders they noted. Where nobody was killed, that is a look into
    /// one folder.
    func sweep() throws(VxError) {
        for name in try Files.unsortedNames(in: notes) ?? [] {
            let note = notes.appending(RepoPath(bytes: name))
            guard let owner = Files.owner(ofTemporaryName: name), let status = try Files.status(note),
                owner.isForsaken(modified: status.modified)
            else { continue }
            for folder in (try Files.read(note, limit: .max) ?? []).split(
                separator: 0, omittingEmptySubsequences: false)
            {
                try files.sweep(RepoPath(bytes: Array(folder)))
            }
            try Files.remove(note)
        }
    }
}

extension Workspace {
    var parts: PartFiles { PartFiles(gitDirectory: repository.gitDirectory, files: files) }

    /// Replaces one file of the workspace in one step, with folders where they are missing.
    ///
    /// - Parameter sync: whether to wait until it is on the disk: for files in which a user's own lines stand.
    /// - Returns: the new file's stat data.
    /// - Throws: where it cannot be written; what was there is then untouched.
    @discardableResult
    package func replaceFile(
        _ path: RepoPath, with bytes: [UInt8], executable isExecutable: Bool = false, sync: Bool = false
    ) throws -> FileStat {
        try parts.noted([path.parent]) {
            try files.replace(path, with: bytes, permissions: isExecutable ? 0o777 : 0o666, sync: sync)
        }
    }
}

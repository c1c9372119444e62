import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Which paths are vx's: git's attributes, asked of libgit2 only where the lines vx writes do not answer.
final class FilterRules {
    private let workspace: Workspace
    private let index: GitIndex
    /// nil where other lines, or `info/attributes`, which counts before all files, may say something else.
    private let lines: AttributeLines?
    /// Folders looked at, and whether everything in them is known to be vx's.
    private var folders: [RepoPath: Bool] = [:]
    /// The one of them that was asked for last and is: paths come folder by folder.
    private var last: RepoPath?
    /// Folders that, with all above them but the root, hold no attributes of their own.
    private var bare: [RepoPath: Bool] = [.root: true]

    init(_ workspace: Workspace, _ index: GitIndex) throws(VxError) {
        self.workspace = workspace
        self.index = index
        let location = workspace.root.appending(Workspace.attributesPath)
        let own = workspace.repository.commonDirectory.appending("info").appending("attributes")
        guard try Files.status(own) == nil, let status = try Files.status(location), status.kind == .regular,
            let bytes = try Files.read(location)
        else {
            lines = nil
            return
        }
        lines = AttributeLines(AttributesFile(bytes))
    }

    /// Whether git hands a file to vx.
    ///
    /// - Throws: where an attributes file cannot be read.
    func isTracked(_ path: RepoPath) throws(VxError) -> Bool {
        if let last, path.isDirectly(in: last) { return true }
        let folder = path.parent
        if try isTracked(everythingIn: folder) {
            last = folder
            return true
        }
        return try workspace.repository.attribute("filter", of: path) == "vx"
    }

    private func isTracked(everythingIn folder: RepoPath) throws(VxError) -> Bool {
        guard let lines else { return false }
        if let known = folders[folder] { return known }
        var above = [folder]
        while let last = above.last, !last.isRoot { above.append(last.parent) }
        let answer = lines.trackAll(in: above) ? try isBare(folder) : false
        folders[folder] = answer
        return answer
    }

    /// Whether no `.gitattributes` below the root's concerns the folder, in the workspace or, where it is not checked out,
    /// in the index.
    private func isBare(_ folder: RepoPath) throws(VxError) -> Bool {
        if let known = bare[folder] { return known }
        let nested = folder.appending(Workspace.attributesPath.bytes)
        var answer = false
        if index.find(nested) == nil, try Files.status(workspace.root.appending(nested)) == nil {
            answer = try isBare(folder.parent)
        }
        bare[folder] = answer
        return answer
    }
}

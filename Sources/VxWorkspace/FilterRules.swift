import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Which paths are vx's: git's attributes, worked out in full only where the lines vx writes do not answer.
final class FilterRules: PathOwner {
    private let workspace: Workspace
    private let index: GitIndex
    /// nil where other lines, or those of `info/attributes`, which count before all files, may say something else.
    private let lines: AttributeLines?
    /// Folders looked at, and whether everything in them is known to be vx's.
    private var folders: [RepoPath: Bool] = [:]
    /// What the lines say in full, once it has been needed.
    private var full: WorkTreeAttributes?
    /// The folder that was last found to hold nothing whose pointers git would change.
    private var harmless: RepoPath?
    /// The one of them that was asked for last and is: paths come folder by folder.
    private var last: RepoPath?
    /// Folders that, with all above them but the root, hold no attributes of their own.
    private var bare: [RepoPath: Bool] = [.root: true]

    init(_ workspace: Workspace, _ index: GitIndex) throws(VxError) {
        self.workspace = workspace
        self.index = index
        let location = workspace.root.appending(Workspace.attributesPath)
        let own = try Files.read(workspace.repository.ownAttributesFile).map { AttributeText($0, definesMacros: true) }
        let bytes = try whereReadable { () throws(VxError) in
            try Files.status(location)?.kind == .regular ? try Files.read(location) : nil
        }
        guard own?.concernsPointers != true, let bytes = bytes ?? nil else {
            lines = nil
            return
        }
        lines = AttributeLines(AttributesFile(bytes))
    }

    package func isTracked(_ path: RepoPath) throws(VxError) -> Bool {
        if let last, path.isDirectly(in: last) { return true }
        let folder = path.parent
        if try isTracked(everythingIn: folder) {
            last = folder
            return true
        }
        return try attributes().answers(for: path).filter == "vx"
    }

    /// The line that makes git change a pointer's text at this path, where there is one.
    ///
    /// - Throws: where an attributes file cannot be read.
    func harm(at path: RepoPath) throws(VxError) -> (attribute: String, answer: AttributeStack.Answer)? {
        if let harmless, path.isDirectly(in: harmless) { return nil }
        let full = try attributes()
        let folder = path.parent
        if let lines, !lines.mayHarm, !full.hasOthers, try isBare(folder) {
            harmless = folder
            return nil
        }
        return try full.answers(for: path).harm
    }

    /// How git encodes the text of a pointer at this path on its way to the work tree; `nil` where it leaves it as it is.
    ///
    /// - Throws: where an attributes file cannot be read.
    func encoding(at path: RepoPath) throws(VxError) -> WideEncoding? {
        guard try harm(at: path) != nil,
            case .value(let name) = try attributes().answers(for: path)["working-tree-encoding"]?.value
        else { return nil }
        return WideEncoding(named: name)
    }

    /// The line that gives a path to another filter, or to none; `nil` where no line does.
    ///
    /// - Throws: where an attributes file cannot be read.
    func filterLine(of path: RepoPath) throws(VxError) -> AttributeStack.Answer? {
        try attributes().answers(for: path)["filter"]
    }

    private func attributes() throws(VxError) -> WorkTreeAttributes {
        if let full { return full }
        let made = try WorkTreeAttributes(workspace, index)
        full = made
        return made
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
        let standing = try whereReadable { () throws(VxError) in try Files.status(workspace.root.appending(nested)) }
        let hasOwn = standing??.kind == .regular || index.find(nested) != nil
        let answer = try hasOwn ? false : isBare(folder.parent)
        bare[folder] = answer
        return answer
    }
}

import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// What git says of the paths of a work tree, with the line that says so: by its `.gitattributes` (the index's, where a file is
/// not checked out), and by the files of this clone, this user and this machine.
final class WorkTreeAttributes {
    private let workspace: Workspace
    private let index: GitIndex
    private let own: [AttributeStack.Source]
    private let general: [AttributeStack.Source]
    private var folders: [RepoPath: [AttributeStack.Source]] = [:]
    private var last: (folder: RepoPath, stack: AttributeStack)?

    /// Whether git here takes capital and small letters of paths for the same.
    private let foldsCase: Bool

    /// No longer file is read.
    static let longest = 16 << 20

    init(_ workspace: Workspace, _ index: GitIndex) throws(VxError) {
        self.workspace = workspace
        self.index = index
        foldsCase = try workspace.repository.ignoresCase
        own = try Self.source(workspace.repository.ownAttributesFile, "info/attributes", foldsCase)
        var general: [AttributeStack.Source] = []
        for file in try workspace.repository.generalAttributesFiles() {
            general += try Self.source(file, file.string, foldsCase)
        }
        self.general = general
        hasOthers = (own + general).contains { $0.text.concernsPointers }
    }

    /// Whether a file of this clone, user or machine says anything that matters to pointers.
    let hasOthers: Bool

    func answers(for path: RepoPath) throws(VxError) -> [String: AttributeStack.Answer] {
        let folder = path.parent
        if let last, last.folder == folder { return last.stack.answers(for: path) }
        let stack = AttributeStack(own + (try sources(of: folder)) + general)
        last = (folder, stack)
        return stack.answers(for: path)
    }

    private func sources(of folder: RepoPath) throws(VxError) -> [AttributeStack.Source] {
        if let known = folders[folder] { return known }
        // Lists of vx's may name what is no path of the work tree: nothing outside is asked what it says of that.
        guard folder.isRoot || folder.fault() == nil else { return [] }
        let path = folder.appending(Workspace.attributesPath.bytes)
        var found = folder.isRoot ? [] : try sources(of: folder.parent)
        // As git: no symlink is followed, and where there is no file that can be read, the index's counts.
        let standing = try whereReadable { () throws(VxError) in
            try workspace.files.opening(path)?.contents(limit: Self.longest)
        }
        var bytes = standing ?? nil
        if bytes == nil, let entry = index.find(path), entry.mode.isFile {
            bytes = try workspace.repository.blob(entry.id, limit: Self.longest)
        }
        if let bytes {
            let text = AttributeText(bytes, definesMacros: folder.isRoot, foldsCase: foldsCase)
            found.insert(.init(name: path.description, folder: folder, text: text), at: 0)
        }
        folders[folder] = found
        return found
    }

    private static func source(
        _ file: FilePath, _ name: String, _ foldsCase: Bool
    ) throws(VxError) -> [AttributeStack.Source] {
        guard let bytes = try Files.read(file, limit: longest) else { return [] }
        return [
            .init(name: name, folder: .root, text: AttributeText(bytes, definesMacros: true, foldsCase: foldsCase))
        ]
    }
}

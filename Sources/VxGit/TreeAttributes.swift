import VxModel

/// Tells whether git hands a path to vx.
package protocol PathOwner {
    /// - Throws: where an attributes file cannot be read.
    func isTracked(_ path: RepoPath) throws(VxError) -> Bool
}

/// What the `.gitattributes` of a tree say of its paths: the same in every clone, and where there are no files at all.
package final class TreeAttributes: PathOwner {
    private let repository: Repository
    private let tree: GitObjectID
    private let texts: AttributeTexts
    /// By folder; those of the folders above it count, too.
    private var stacks: [RepoPath: (files: [AttributeStack.Source], stack: AttributeStack)] = [:]

    /// Paths come folder by folder.
    private var lastFolder: RepoPath?
    private var lastStack = AttributeStack([])
    private var lastAnswered: AttributeStack.Answered?
    /// The folder that was asked for last whether everything in it is vx's, and the answer.
    private var lastServed: (folder: RepoPath, isServed: Bool)?
    /// The root's lines, where all are of the forms that vx writes and none may change a pointer's text.
    private lazy var plainLines = Result { () throws(VxError) -> AttributeLines? in try readPlainLines() }

    private static let fileName: RepoPath = ".gitattributes"
    /// No longer file is read.
    private static let longest = 16 << 20

    /// - Parameter texts: files that were read for other trees.
    package init(_ repository: Repository, _ tree: GitObjectID, _ texts: AttributeTexts = AttributeTexts()) {
        self.repository = repository
        self.tree = tree
        self.texts = texts
    }

    /// What is said of a path.
    ///
    /// - Throws: where a tree or a file cannot be read.
    package func answers(for path: RepoPath) throws(VxError) -> [String: AttributeStack.Answer] {
        let folder = path.parent
        if folder != lastFolder {
            lastStack = try stack(of: folder).stack
            (lastFolder, lastAnswered) = (folder, nil)
        }
        return lastStack.answers(for: path, after: &lastAnswered)
    }

    /// Whether a path is known to be vx's, and its pointer's text to stay as it is, by the folder it is in: in far less time than
    /// all that is said of it takes. `false` says nothing.
    ///
    /// - Throws: where a tree or a file cannot be read.
    package func isServed(byFolderOf path: RepoPath) throws(VxError) -> Bool {
        if let lastServed, path.isDirectly(in: lastServed.folder) { return lastServed.isServed }
        let folder = path.parent
        var isServed = false
        if let lines = try plainLines.get(), try stack(of: folder).files.allSatisfy(\.folder.isRoot) {
            var folders = [folder]
            while let last = folders.last, !last.isRoot { folders.append(last.parent) }
            isServed = lines.trackAll(in: folders)
        }
        lastServed = (folder, isServed)
        return isServed
    }

    private func readPlainLines() throws(VxError) -> AttributeLines? {
        guard let entry = try repository.entry(at: Self.fileName, inTree: tree), entry.mode.isFile,
            let bytes = try repository.blob(entry.id, limit: Self.longest),
            let lines = AttributeLines(AttributesFile(bytes)), !lines.mayHarm
        else { return nil }
        return lines
    }

    package func isTracked(_ path: RepoPath) throws(VxError) -> Bool { try answers(for: path).filter == "vx" }

    private func stack(
        of folder: RepoPath
    ) throws(VxError) -> (files: [AttributeStack.Source], stack: AttributeStack) {
        if let known = stacks[folder] { return known }
        let above = folder.isRoot ? nil : try stack(of: folder.parent)
        let path = folder.appending(Self.fileName.bytes)
        var made = above ?? ([], AttributeStack([]))
        if let entry = try repository.entry(at: path, inTree: tree), entry.mode.isFile,
            let text = try text(entry.id, isTop: folder.isRoot)
        {
            made.files.insert(.init(name: path.description, folder: folder, text: text), at: 0)
            made.stack = AttributeStack(made.files)
        }
        stacks[folder] = made
        return made
    }

    private func text(_ id: GitObjectID, isTop: Bool) throws(VxError) -> AttributeText? {
        if let known = texts.known[id]?[isTop] { return known }
        guard let bytes = try repository.blob(id, limit: Self.longest) else { return nil }
        let text = AttributeText(bytes, definesMacros: isTop)
        texts.known[id, default: [:]][isTop] = text
        return text
    }
}

/// What is said where there are no attributes: no path is vx's.
package struct NoAttributes: PathOwner {
    package init() {}

    package func isTracked(_ path: RepoPath) -> Bool { false }
}

/// Attributes files that have been read, by their blob and whether they stand at the top: most commits have the same.
package final class AttributeTexts {
    fileprivate var known: [GitObjectID: [Bool: AttributeText]] = [:]

    package init() {}
}

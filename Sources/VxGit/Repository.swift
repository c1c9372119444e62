import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// An open git repository, seen from one of its work trees.
///
/// Not `Sendable`: libgit2's handles belong to one thread at a time. Open one `Repository` per thread; that costs well
/// under a millisecond.
package final class Repository {
    /// Of this work tree: `…/.git`, or `…/.git/worktrees/<name>` for a linked one.
    package let gitDirectory: FilePath
    /// What all work trees share: objects, branches, configuration, vx's store.
    package let commonDirectory: FilePath
    /// The top of the files, without a slash at the end; `nil` for a bare repository.
    package let workTree: FilePath?
    /// Where this work tree's index is, or would be.
    package let indexPath: FilePath
    let environment: GitEnvironment
    let raw: Handle
    let objects: Handle
    let configuration: Handle
    /// What ``readIndex()`` has read last, and the state of the file then.
    var lastIndex: (status: FileStat, index: GitIndex)?
    /// Whether ``lendAttributes()`` has nothing more to do.
    var hasLentAttributes = false
    /// The trees that are being looked at, the last one last (``noteTree(_:)``).
    var lookedAt: [GitObjectID] = []
    /// Whether what a partial clone has left out comes once it is needed. What looks at a whole history does without, and says
    /// what it lacks.
    package var fetchesMissing = true
    /// What ``promisorRemotes()`` has read.
    var knownPromisors: [String]?
    /// What ``shallowEnds()`` has read.
    var knownShallowEnds: Set<GitObjectID>?

    /// Opens the repository that `start` is in, as git finds it: the environment first, then upwards.
    ///
    /// - Throws: `.notARepository` where there is none; `.refused` where git would not trust its owner; `.failed` for
    ///   formats libgit2 cannot read (SHA-256, reftable), with what to do about it.
    package convenience init(discovering start: FilePath, environment: GitEnvironment = .init()) throws(VxError) {
        try self.init(at: start, environment)
    }

    /// Opens the repository whose git folder is `directory`, whoever owns it, to read what it refers to. Nothing its
    /// configuration names is run.
    ///
    /// - Throws: as ``init(discovering:environment:)``.
    package convenience init(reading directory: FilePath) throws(VxError) {
        try self.init(at: directory, GitEnvironment(gitDirectory: directory), isTrusted: true)
    }

    private init(
        at start: FilePath, _ environment: GitEnvironment, isTrusted: Bool = false
    ) throws(VxError) {
        try Libgit2.start()
        let raw = try Self.open(start, environment)
        let pointer = raw.pointer
        try Self.placeWorkTree(pointer, start, environment, isRead: isTrusted)
        guard let directory = git_repository_path(pointer), let common = git_repository_commondir(pointer) else {
            throw VxError(.notARepository, "\(start) is in a repository without a folder")
        }
        gitDirectory = FilePath(libgit2: directory)
        commonDirectory = FilePath(libgit2: common)
        workTree = git_repository_workdir(pointer).map { FilePath(libgit2: $0) }
        if !isTrusted {
            let places = [gitDirectory] + (workTree.map { [$0, $0.appending(".git")] } ?? [])
            try OwnerTrust.require(places, from: start, name: workTree ?? gitDirectory)
        }
        indexPath = environment.indexFile.map { start.pushing($0) } ?? gitDirectory.appending("index")
        self.environment = environment
        objects = try Handle("cannot open the objects of \(gitDirectory)", release: git_odb_free) {
            git_repository_odb(&$0, pointer)
        }
        try Self.requireReadable(commonDirectory.appending("config"))
        if environment.settings.replacesFiles {
            try Self.placeConfiguration(pointer, environment.settings, commonDirectory.appending("config"))
        }
        configuration = try Handle("cannot read the configuration of \(gitDirectory)", release: git_config_free) {
            git_repository_config(&$0, pointer)
        }
        self.raw = raw
        for directory in environment.objectDirectories {
            let status = directory.withPlatformString { git_odb_add_disk_alternate(objects.pointer, $0) }
            try Libgit2.check(status, "cannot open the objects in \(directory)")
        }
        try BuiltInObjects.add(to: objects)
        try addWorktreeConfiguration()
        try addSettings(environment.settings.settings, .environment)
        // Of a repository that is only read, git is not asked.
        if !isTrusted { try addConditionalSettings() }
        try refuseOtherObjectFormats()
    }

    /// Whether there are no files beside the history.
    package var isBare: Bool { workTree == nil }

    /// Where `path` is in the work tree.
    ///
    /// - Throws: `.refused` for a bare repository, which has no files.
    package func file(_ path: RepoPath) throws(VxError) -> FilePath {
        guard let workTree else {
            throw VxError(
                .refused, "\(gitDirectory) is a bare repository", because: "this needs files to work on",
                hint: "run it in a clone, or in a work tree made with 'git worktree add'")
        }
        return workTree.appending(path)
    }

    private static func open(_ start: FilePath, _ environment: GitEnvironment) throws(VxError) -> Handle {
        var pointer: OpaquePointer?
        let place = environment.gitDirectory.map { start.pushing($0) } ?? start
        let flags =
            environment.gitDirectory == nil
            ? 0 : GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_NO_DOTGIT.rawValue
        let status = place.withPlatformString { git_repository_open_ext(&pointer, $0, flags, nil) }
        if status == 0, let pointer { return Handle(pointer, release: git_repository_free) }
        throw explain(Libgit2.error(status, "cannot open the repository at \(place)"), status, place)
    }

    /// Tells libgit2, which reads no environment, where the files are: where `GIT_WORK_TREE` says, and else, for a `GIT_DIR`,
    /// here, whatever that folder is called (git(1), GIT_WORK_TREE).
    ///
    /// - Parameter isRead: no `GIT_DIR` names it, and nobody is in it: the files are beside a folder `.git`, or not known.
    private static func placeWorkTree(
        _ repository: OpaquePointer, _ start: FilePath, _ environment: GitEnvironment, isRead: Bool
    ) throws(VxError) {
        var path = environment.workTree.map { start.pushing($0).lexicallyNormalized() }
        if path == nil, let directory = environment.gitDirectory {
            // What the configuration says is about the main work tree.
            let isLinked = git_repository_is_worktree(repository) != 0
            let isOpen = isLinked || git_repository_is_bare(repository) == 0 && !isPlacedByConfiguration(repository)
            let isKnown = isRead && (isLinked || directory.lastComponent == ".git")
            if isOpen && !isKnown { path = start }
        }
        guard let path else { return }
        let status = path.withPlatformString { git_repository_set_workdir(repository, $0, 0) }
        try Libgit2.check(status, "cannot use the work tree \(path)")
    }

    private static func isPlacedByConfiguration(_ repository: OpaquePointer) -> Bool {
        var configuration: OpaquePointer?
        defer { git_config_free(configuration) }
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        return git_repository_config(&configuration, repository) == 0
            && git_config_get_string_buf(&buffer, configuration, "core.worktree") == 0
    }

    /// Says what to do about a repository that did not open.
    private static func explain(_ error: VxError, _ status: CInt, _ place: FilePath) -> VxError {
        let reason = error.causes.first ?? ""
        if status == GIT_ENOTFOUND.rawValue {
            return VxError(
                .notARepository, "\(place) is not in a git repository",
                hint: "go to one, or make one here with 'git init' and then 'vx init'")
        }
        var error = error
        if reason.contains("refstorage") {
            error.hint = "vx cannot read the reftable format; 'git refs migrate --ref-format=files' changes it"
        } else if reason.contains("extension") || reason.contains("version") {
            error.hint = "this repository uses a git feature that vx does not know; a newer vx may"
        }
        return error
    }

    private func refuseOtherObjectFormats() throws(VxError) {
        guard let format = try configString("extensions.objectFormat"), format != "sha1" else { return }
        throw VxError(
            "the repository at \(gitDirectory) names its objects with \(format)",
            because: "vx can read SHA-1 repositories only",
            hint: "make one with 'git init --object-format=sha1' and bring the history there with git fast-export")
    }
}

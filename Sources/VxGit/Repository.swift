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
        try Self.placeWorkTree(pointer, start, environment)
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

    /// Tells libgit2, which reads no environment, where the files are: where `GIT_WORK_TREE` says, and else, for a
    /// `GIT_DIR` that is no ordinary `.git`, here (git(1), GIT_WORK_TREE).
    private static func placeWorkTree(
        _ repository: OpaquePointer, _ start: FilePath, _ environment: GitEnvironment
    ) throws(VxError) {
        var path = environment.workTree.map { start.pushing($0).lexicallyNormalized() }
        if path == nil, let directory = environment.gitDirectory, directory.lastComponent != ".git",
            git_repository_is_bare(repository) == 0, git_repository_is_worktree(repository) == 0,
            !isPlacedByConfiguration(repository)
        {
            path = start
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

    /// Tells libgit2, which reads no environment, which files of settings there are.
    private static func placeConfiguration(
        _ repository: OpaquePointer, _ settings: EnvironmentSettings, _ own: FilePath
    ) throws(VxError) {
        let made = try Handle("cannot read git's settings", release: git_config_free) { git_config_new(&$0) }
        func add(_ path: FilePath, _ level: git_config_level_t) throws(VxError) {
            guard try Files.targetStatus(path) != nil else { return }
            try Self.requireReadable(path)
            let status = path.withPlatformString { git_config_add_file_ondisk(made.pointer, $0, level, repository, 1) }
            try Libgit2.check(status, "cannot read \(path)")
        }
        func add(_ level: git_config_level_t, _ find: (UnsafeMutablePointer<git_buf>) -> CInt) throws(VxError) {
            var buffer = git_buf()
            defer { git_buf_dispose(&buffer) }
            guard find(&buffer) == 0, let path = buffer.ptr else { return }  // nobody has to have one
            try add(FilePath(platformString: path), level)
        }
        if !settings.hasNoSystem {
            if let file = settings.systemFile {
                try add(file, GIT_CONFIG_LEVEL_SYSTEM)
            } else {
                try add(GIT_CONFIG_LEVEL_SYSTEM) { git_config_find_system($0) }
            }
        }
        if let file = settings.globalFile {
            if !file.isEmpty { try add(file, GIT_CONFIG_LEVEL_GLOBAL) }
        } else {
            try add(GIT_CONFIG_LEVEL_XDG) { git_config_find_xdg($0) }
            try add(GIT_CONFIG_LEVEL_GLOBAL) { git_config_find_global($0) }
        }
        try add(own, GIT_CONFIG_LEVEL_LOCAL)
        try Libgit2.check(git_repository_set_config(repository, made.pointer), "cannot read git's settings")
    }

    /// libgit2 1.5 does not read `config.worktree`, so it is put on top of the other files here.
    private func addWorktreeConfiguration() throws(VxError) {
        let path = gitDirectory.appending("config.worktree")
        guard try configBool("extensions.worktreeConfig") == true, try Files.status(path) != nil else { return }
        try Self.requireReadable(path)
        let status = path.withPlatformString {
            git_config_add_file_ondisk(configuration.pointer, $0, GIT_CONFIG_LEVEL_APP, raw.pointer, 1)
        }
        try Libgit2.check(status, "cannot read \(path)")
    }

    private func refuseOtherObjectFormats() throws(VxError) {
        guard let format = try configString("extensions.objectFormat"), format != "sha1" else { return }
        throw VxError(
            "the repository at \(gitDirectory) names its objects with \(format)",
            because: "vx can read SHA-1 repositories only",
            hint: "make one with 'git init --object-format=sha1' and bring the history there with git fast-export")
    }
}

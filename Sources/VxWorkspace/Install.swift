import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What `vx install` set up.
package struct InstallResult: Sendable {
    package var hooks: [String] = []
    /// Hooks of the user's in a folder that others share, to which two lines are to be added by hand.
    package var unchained: [ForeignHook] = []
    package var hydrated = HydrateResult()
    /// Packs taken over from the repository this one was cloned from.
    package var linkedPacks = 0
}

extension Workspace {
    /// Git's settings for this clone. They look for the program on `PATH`, so that it may move, and know its place, because
    /// git may run where `PATH` is another one.
    private static func settings(_ program: FilePath) -> [(key: String, value: String)] {
        ProgramLookup.settings(recorded: program) + settingsWithoutProgram
    }

    /// Those that name no program.
    private static let settingsWithoutProgram: [(key: String, value: String)] = [
        // Without it git would read a whole file into memory to clean it (git's convert.c), and would commit
        // the bytes themselves where the filter fails.
        ("filter.vx.required", "true"),
        ("merge.vx.name", "vx pointer merge"),
        // Where git first merges several common ancestors into one, a conflict between them is nobody's version: with ours
        // for an ancestor, a side that stayed as it would pass for unchanged.
        ("merge.vx.recursive", "binary"),
    ]

    /// Sets what has come to vx's settings since this clone was set up.
    ///
    /// - Throws: an interrupt; where it cannot be done now, a later command does it.
    package func completeSettings() throws(VxError) {
        try keeping {
            let missing = try Self.settingsWithoutProgram.filter { try repository.configString($0.key) == nil }
            guard !missing.isEmpty, try repository.hasOwnConfig(Self.filterSetting) else { return }
            for (key, value) in missing { try repository.setConfig(key, value, .none) }
        }
    }

    /// Makes git in this clone run vx's filter, hooks and merge driver, then lays down every file that is still text.
    ///
    /// - Parameters:
    ///   - program: the vx to run.
    ///   - paths: which files to lay down, all of them where it is empty; `nil` for none.
    package func install(program: FilePath, hydrating paths: [RepoPath]? = []) throws -> InstallResult {
        var result = InstallResult(hooks: HookInstaller.names, unchained: try setUp(program))
        result.linkedPacks = try LocalOrigins(repository, root: root).link(into: store)
        if let paths { result.hydrated = try hydrate(paths) }
        return result
    }

    private func setUp(_ program: FilePath) throws -> [ForeignHook] {
        guard String(validating: program.byteArray, as: UTF8.self) != nil else {
            throw VxError(
                "git cannot be told where \(program) is", because: "its path is not UTF-8, as git's settings are",
                hint: "move vx to a folder whose name is, then repeat the command")
        }
        // All worktrees share what is set up.
        let lock = try FileLock(folder: repository.commonDirectory, cancellation: cancellation)
        defer { withExtendedLifetime(lock) {} }
        for (key, value) in Self.settings(program) { try repository.setConfig(key, value) }
        let hooks = try HookInstaller(of: repository, executable: program)
        try hooks.requireFolder()
        for folder in [hooks.directory, Self.excludes(repository).removingLastComponent()] {
            try Files.sweep(folder: folder)
        }
        try store.sweep()
        let unchained = try hooks.install()
        // What vx leaves in the workspace when it is killed is nothing for 'git add'.
        try addLine("/**/.vx-[0-9]*-*", to: Self.excludes(repository))
        // Two that clean or split at once both write these.
        try addLine(
            "/manifests/*.json merge=vx", to: Self.excludes(repository).removingLastComponent().appending("attributes"))
        return unchained
    }

    /// What keeps git from running hooks of vx's here; `nil` where nothing does, or vx is not set up.
    ///
    /// - Throws: where the folder of hooks cannot be read.
    package func idleHooks() throws -> IdleHooks? {
        guard try isInstalled else { return nil }
        return try HookInstaller(of: repository, executable: "/").idle(
            configured: repository.configString("core.hooksPath"))
    }

    private static func excludes(_ repository: Repository) -> FilePath {
        repository.commonDirectory.appending("info").appending("exclude")
    }

    /// Makes a bare repository hold to the branches' rules whatever is pushed to it.
    ///
    /// - Throws: where its folder of hooks cannot be written.
    package static func installOnServer(_ repository: Repository, program: FilePath, uninstall: Bool = false) throws {
        let hooks = HookInstaller(
            directory: try repository.hooksDirectory(), executable: program, names: HookInstaller.serverNames)
        if uninstall { try hooks.uninstall() } else { try hooks.install() }
    }

    /// Adds a line to a file of git's folder. It stays when vx is uninstalled: temporary files may stay, too, and without its
    /// driver git merges as usual.
    private func addLine(_ text: String, to file: FilePath) throws {
        let line = Array("\(text)\n".utf8)
        let old = try Files.read(file) ?? []
        if old.split(separator: UInt8(ascii: "\n")).contains(line.dropLast()) { return }
        try Files.createDirectories(file.removingLastComponent())
        try Files.replace(file, with: old + (old.isEmpty || old.last == 10 ? [] : [10]) + line)
    }

    /// Takes vx's settings and hooks out of this clone. Data files stay as they stand, and the store stays.
    package func uninstall(program: FilePath) throws {
        let lock = try FileLock(folder: repository.commonDirectory, cancellation: cancellation)
        defer { withExtendedLifetime(lock) {} }
        try HookInstaller(of: repository, executable: program).uninstall()
        for section in ["filter.vx", "merge.vx"] { try repository.removeConfigSection(section) }
    }
}

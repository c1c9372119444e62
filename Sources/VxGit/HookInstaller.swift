import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Repository {
    /// Where git looks for this repository's hooks: `core.hooksPath`, or `hooks` in the folder all work trees share.
    ///
    /// - Throws: where the configuration cannot be read.
    package func hooksDirectory() throws(VxError) -> FilePath {
        guard let configured = try configPath("core.hooksPath"), !configured.isEmpty else {
            return commonDirectory.appending("hooks")
        }
        // githooks(5): a relative path counts from where the hooks run, the top of the work tree.
        return (workTree ?? gitDirectory).pushing(configured).lexicallyNormalized()
    }
}

/// Puts vx's hooks into a folder of hooks and takes them out again, keeping the user's.
package struct HookInstaller: Sendable {
    /// The hooks of a clone: those that put real files where git wrote pointers, then those that hold to the branches'
    /// rules; the last also sends data before git sends pointers.
    package static let names = [
        "post-checkout", "post-merge", "post-index-change", "post-commit", "post-applypatch", "post-rewrite",
        "pre-commit",
        "pre-merge-commit", "commit-msg", "pre-push",
    ]
    /// The hooks of a bare repository, which others push to.
    package static let serverNames = ["pre-receive"]
    /// The user's earlier hook is kept beside ours under its name and this.
    package static let suffix = ".before-vx"

    /// The folder of hooks.
    package let directory: FilePath
    /// The vx that the hooks run; `nil` for the one on PATH.
    package let executable: FilePath?
    /// The hooks to install.
    package let names: [String]
    /// Whether others have the folder, too: it is tracked by git, or serves many repositories. Then a hook that is there is
    /// left as it is, and ours name no place of this machine.
    package let isShared: Bool

    /// Hooks of a folder that run this vx; where that is gone later, they look on PATH.
    package init(
        directory: FilePath, executable: FilePath, names: [String] = HookInstaller.names, isShared: Bool = false
    ) {
        self.directory = directory
        self.executable = isShared ? nil : executable
        self.names = names
        self.isShared = isShared
    }

    /// The hooks of a clone, in the folder where git looks for them.
    ///
    /// - Throws: where the configuration cannot be read.
    package init(of repository: Repository, executable: FilePath) throws(VxError) {
        let directory = try repository.hooksDirectory()
        let own = [repository.commonDirectory, repository.gitDirectory]
        let isOwn = own.contains { folder in
            directory.starts(with: folder) || Files.realPath(directory).map { $0.starts(with: folder) } == true
        }
        self.init(directory: directory, executable: executable, isShared: !isOwn)
    }

    /// - Throws: `refused` where `core.hooksPath` leads to something that is no folder, as `/dev/null`.
    package func requireFolder() throws(VxError) {
        guard let status = try Files.targetStatus(directory), status.kind != .directory else { return }
        throw VxError(
            .refused, "hooks cannot be put into \(directory)",
            because: "core.hooksPath leads there, and it is no folder: hooks are turned off",
            hint: "let git use its own folder again with 'git config --unset core.hooksPath', then repeat the command")
    }

    /// Where the hook `name` is to be written. A folder `_` of husky's runs the file of that name in the folder above.
    func file(_ name: String) throws(VxError) -> FilePath {
        let path = directory.appending(name)
        guard isShared, directory.lastComponent == "_", try Files.status(directory.appending("h")) != nil,
            let bytes = try Files.read(path), !HookScript.isOurs(bytes)
        else { return path }
        return directory.removingLastComponent().appending(name)
    }

    /// What is in place of one hook.
    package enum State: Sendable, Equatable {
        case missing
        /// The user's own alone.
        case foreign
        /// The user's own, which runs ours.
        case chained
        /// An older vx's, or one that runs another vx.
        case outdated
        case current
    }

    /// What is in place of a hook.
    ///
    /// - Throws: where it cannot be read.
    package func state(of name: String) throws(VxError) -> State {
        let path = try file(name)
        guard let bytes = try Files.read(path) else { return .missing }
        guard HookScript.isOurs(bytes) else {
            if HookScript.runs(name, bytes) { return .chained }
            // pre-commit puts a hook that was there under this name, and runs it.
            let kept = try Files.read(FilePath(byteArray: path.byteArray + Array(".legacy".utf8)))
            let runsKept = String(decoding: bytes, as: UTF8.self).contains("pre-commit")
            return runsKept && kept.map(HookScript.isOurs) == true ? .chained : .foreign
        }
        let isExecutable = try Files.targetStatus(path)?.isExecutable == true
        return isExecutable && bytes == HookScript.text(name, vx: executable) ? .current : .outdated
    }

    /// Installs or renews the hooks. Repeating it changes nothing.
    ///
    /// - Returns: hooks of the user's in a shared folder, which are left alone and do not run ours.
    /// - Throws: where the folder cannot be written, or where a hook of the user's is in place and another one is
    ///   already kept: one of them would be lost.
    @discardableResult
    package func install() throws(VxError) -> [ForeignHook] {
        try Files.createDirectories(directory)
        var foreign: [ForeignHook] = []
        for name in names {
            let path = try file(name)
            switch try state(of: name) {
            case .current, .chained: continue
            case .foreign where isShared:
                foreign.append(ForeignHook(name: name, file: path))
                continue
            case .foreign: try setAside(path)
            case .missing, .outdated: break
            }
            // `rename` leaves the old hook whole for a git that is running it now.
            try Files.replace(path, with: HookScript.text(name, vx: executable), permissions: 0o777)
        }
        return foreign
    }

    /// What keeps git from running some of the hooks; `nil` where nothing does.
    ///
    /// - Parameter configured: what `core.hooksPath` says.
    /// - Throws: where the folder cannot be read.
    package func idle(configured: String?) throws(VxError) -> IdleHooks? {
        var idle: [String] = []
        for name in names {
            let path = try file(name)
            let state = try self.state(of: name)
            let isRun = state != .missing && state != .foreign
            let isExecutable = try Files.targetStatus(path)?.isExecutable == true
            if !isRun || !isExecutable { idle.append(name) }
        }
        return idle.isEmpty ? nil : IdleHooks(names: idle, areAll: idle.count == names.count, configured: configured)
    }

    /// Takes our hooks out and puts the user's back, as they were.
    ///
    /// - Throws: where the folder cannot be written.
    package func uninstall() throws(VxError) {
        for name in names {
            let path = try file(name)
            let kept = Self.earlier(path)
            let state = try state(of: name)
            if state == .foreign || state == .chained { continue }
            if try Files.status(kept) != nil {
                try Files.rename(kept, to: path)
            } else {
                try Files.remove(path)
            }
        }
    }

    /// Whether a hook of the user's own runs at `name`, alone or before ours.
    ///
    /// - Throws: where it cannot be read.
    package static func hasUserHook(_ name: String, in directory: FilePath) throws(VxError) -> Bool {
        let path = directory.appending(name)
        guard let bytes = try Files.read(path) else { return false }
        let users = HookScript.isOurs(bytes) ? earlier(path) : path
        return try Files.targetStatus(users)?.isExecutable == true
    }

    /// Moves the user's hook aside by rename, which keeps its bytes, its mode, and its being a symlink.
    private func setAside(_ path: FilePath) throws(VxError) {
        let kept = Self.earlier(path)
        // A program that writes its hook again ('git lfs update --force') writes the one that is kept.
        let (earlier, now) = (try Files.read(kept), try Files.read(path))
        let isFree = try Files.status(kept) == nil
        guard isFree || earlier != nil && earlier == now else {
            throw VxError(
                .refused, "cannot install the hook \(path)", because: "both it and \(kept) are hooks of yours",
                hint: "join the two in \(kept), remove \(path), then repeat the command")
        }
        try Files.rename(path, to: kept)
    }

    private static func earlier(_ path: FilePath) -> FilePath {
        FilePath(byteArray: path.byteArray + Array(suffix.utf8))
    }
}

/// A hook of the user's in a folder that others have, too: vx does not write into it.
package struct ForeignHook: Sendable, Equatable {
    package var name: String
    package var file: FilePath

    /// What to add to it, and why.
    package var message: String {
        """
        \(file) is a hook of yours that others have, too, and does not run vx's; add these two lines at its end:
        command -v vx >/dev/null || exit 0
        exec vx hook \(name) "$@"
        """
    }
}

/// Hooks of vx's that git does not run, and why.
package struct IdleHooks: Sendable, Equatable {
    package var names: [String]
    package var areAll: Bool
    /// What `core.hooksPath` says.
    package var configured: String?

    package var message: String {
        let isOne = names.count == 1
        let which = areAll ? "vx's hooks" : "vx's \(isOne ? "hook" : "hooks") \(names.joined(separator: ", "))"
        let why =
            configured.map { "core.hooksPath is '\($0)'" }
            ?? "\(isOne ? "it is" : "they are") not in the folder of hooks"
        var harm: [String] = []
        if names.contains("pre-push") { harm.append("'git push' sends no data") }
        if names.contains("post-index-change") || names.contains("post-checkout") {
            harm.append("large files may stay pointer text")
        }
        if harm.isEmpty { harm.append("the branches' rules are not checked here") }
        return """
            git does not run \(which) here: \(why)
            \(harm.joined(separator: ", and ")); 'vx install' writes them there, or says what to add
            """
    }
}

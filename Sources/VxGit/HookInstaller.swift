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
    /// The vx that the hooks run.
    package let executable: FilePath
    /// The hooks to install.
    package let names: [String]

    /// Hooks of a folder that run this vx; where that is gone later, they look on PATH.
    package init(directory: FilePath, executable: FilePath, names: [String] = HookInstaller.names) {
        self.directory = directory
        self.executable = executable
        self.names = names
    }

    /// What is in place of one hook.
    package enum State: Sendable, Equatable {
        case missing
        /// The user's own alone.
        case foreign
        /// An older vx's, or one that runs another vx.
        case outdated
        case current
    }

    /// What is in place of a hook.
    ///
    /// - Throws: where it cannot be read.
    package func state(of name: String) throws(VxError) -> State {
        let path = directory.appending(name)
        guard let bytes = try Files.read(path) else { return .missing }
        guard HookScript.isOurs(bytes) else { return .foreign }
        let isExecutable = try Files.targetStatus(path)?.isExecutable == true
        return isExecutable && bytes == HookScript.text(name, vx: executable) ? .current : .outdated
    }

    /// Installs or renews the hooks. Repeating it changes nothing.
    ///
    /// - Throws: where the folder cannot be written, or where a hook of the user's is in place and another one is
    ///   already kept: one of them would be lost.
    package func install() throws(VxError) {
        try Files.createDirectories(directory)
        for name in names {
            let path = directory.appending(name)
            switch try state(of: name) {
            case .current: continue
            case .foreign: try setAside(path)
            case .missing, .outdated: break
            }
            // `rename` leaves the old hook whole for a git that is running it now.
            try Files.replace(path, with: HookScript.text(name, vx: executable), permissions: 0o777)
        }
    }

    /// Takes our hooks out and puts the user's back, as they were.
    ///
    /// - Throws: where the folder cannot be written.
    package func uninstall() throws(VxError) {
        for name in names {
            let path = directory.appending(name)
            let kept = Self.earlier(path)
            let state = try state(of: name)
            if state == .foreign { continue }
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
        guard try Files.status(kept) == nil else {
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

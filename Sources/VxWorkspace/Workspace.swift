import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// One checked-out worktree with its repository, its store and its configuration: what every command works on.
///
/// Not `Sendable`: it holds libgit2 handles, which belong to one thread. Work that goes to other threads gets values.
package final class Workspace {
    package let repository: Repository
    /// The top folder of the worktree.
    package let root: FilePath
    /// The files below ``root``: whatever is written, moved or removed there goes through it.
    package let files: WorkTree
    package let store: Store
    package let pool: WorkerPool
    package let cancellation: Cancellation
    package let configuration: Configuration
    /// Whether it is the newest that HEAD's branch has. What git starts by itself runs while files are laid down and before HEAD
    /// moves.
    let isConfigurationSettled: Bool
    /// How long to wait for git's locks.
    let lockPatience: LockPatience
    /// How remotes are reached; without it, what is missing is looked for on this machine only.
    package let access: RemoteAccess?

    /// Opens the worktree that holds `start`.
    ///
    /// - Parameter ignoringConfiguration: for what git starts by itself: a mistake in `vx.yaml` must not keep git from
    ///   adding files or moving to the commit that mends it.
    /// - Throws: `notARepository` where there is none or it is bare; whatever is wrong with `vx.yaml`.
    package init(
        at start: FilePath, environment: GitEnvironment = GitEnvironment(), pool: WorkerPool = WorkerPool(),
        cancellation: Cancellation = Cancellation(), ignoringConfiguration: Bool = false,
        access: RemoteAccess? = nil
    ) throws {
        self.access = access
        repository = try Repository(discovering: start, environment: environment)
        guard let root = repository.workTree else {
            throw VxError(
                .notARepository, "\(repository.gitDirectory) is a bare repository: it has no workspace",
                hint: "work in a clone of it: 'git clone \(typed: repository.gitDirectory)'")
        }
        self.root = root
        files = try WorkTree(root)
        try repository.noteMainWorkTree()
        self.pool = pool
        self.cancellation = cancellation
        // A mistake there costs what git starts no more than the remotes.
        configuration =
            ignoringConfiguration
            ? (try? Self.readConfiguration(in: root)) ?? .default : try Self.readConfiguration(in: root)
        lockPatience = ignoringConfiguration ? .hook(cancellation) : .command(cancellation)
        isConfigurationSettled = try !ignoringConfiguration && Files.status(root.appending(Configuration.path)) != nil
        store = try Store.open(try Self.findStore(of: repository))
    }

    private static func readConfiguration(in root: FilePath) throws -> Configuration {
        let location = root.appending(Configuration.path)
        let wayOut =
            "look at it with 'ls -l \(typed: location)'; put the last good one back with 'git checkout HEAD -- vx.yaml'"
        switch try Files.status(location)?.kind {
        case nil, .regular: break
        case .symlink: throw Configuration.noFile("vx.yaml", "a symlink", hint: wayOut)
        case .directory: throw Configuration.noFile("vx.yaml", "a folder", hint: wayOut)
        case .other: throw Configuration.noFile("vx.yaml", "a device or a pipe", hint: wayOut)
        }
        let bytes: [UInt8]?
        do throws(VxError) {
            bytes = try Files.read(location, limit: 1 << 20)
        } catch {
            var error = error.wrapped("vx.yaml cannot be read")
            error.hint = error.hint ?? wayOut
            throw error
        }
        return try Configuration.parse(bytes)
    }

    /// The setting that makes git run vx's filter in this clone; absent where `vx install` has not been run.
    package static let filterSetting = ProgramLookup.filterSetting

    package var isInstalled: Bool {
        get throws { try repository.configString(Self.filterSetting) != nil }
    }

    /// - Throws: `notARepository` where `vx install` has not been run in this clone; where data of it is still to come.
    package func requireInstalled() throws {
        try requireWholeClone()
        guard try isInstalled else {
            throw VxError(
                .notARepository, "vx is not set up in \(root)",
                because: "git here has no vx filter, so it would commit data files themselves",
                hint: "run 'vx install' in this clone, or 'vx init' in a new project")
        }
    }
}

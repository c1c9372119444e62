import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Where a repository's bytes are: in a store of its own, or in one that several repositories share.
extension Workspace {
    /// The setting that names a shared store's folder, absolute or relative to the git folder.
    package static let storeSetting = "vx.store"

    /// The setting that names the shared store a repository was set up with, also where ``storeSetting`` was taken out since:
    /// its contents stand there.
    static let formerStoreSetting = "vx.sharedStore"

    /// The store of a repository; shared by all its worktrees.
    ///
    /// - Throws: where git's configuration cannot be read.
    package static func storePath(of repository: Repository) throws(VxError) -> FilePath {
        if let shared = try sharedStorePath(of: repository) { return shared }
        return try linkedStorePath(of: repository) ?? ownStorePath(of: repository)
    }

    /// The store of another repository, or of several, that a symlink in place of this one's leads to.
    ///
    /// - Throws: where it leads nowhere.
    private static func linkedStorePath(of repository: Repository) throws(VxError) -> FilePath? {
        let own = ownStorePath(of: repository)
        guard try Files.status(own)?.kind == .symlink else { return nil }
        guard let path = Files.realPath(own) else {
            throw VxError(
                "there is no store at \(own)", because: "it is a symlink that leads nowhere; a disk may not be mounted",
                hint: "mount it; or remove the symlink, and 'vx hydrate' gets the data from a remote")
        }
        return path
    }

    /// The store a repository has when no other is named.
    static func ownStorePath(of repository: Repository) -> FilePath {
        repository.commonDirectory.appending("vx")
    }

    private static func sharedStorePath(of repository: Repository) throws(VxError) -> FilePath? {
        guard let path = try repository.configPath(storeSetting), !path.isEmpty else { return nil }
        return repository.commonDirectory.pushing(path).lexicallyNormalized()
    }

    /// The same, seen to be there and told of this repository.
    static func findStore(of repository: Repository) throws -> FilePath {
        let linked = try linkedStorePath(of: repository)
        guard let shared = try sharedStorePath(of: repository) ?? linked else { return ownStorePath(of: repository) }
        let registry = try StoreRegistry(shared)
        // Whose store it was knows nothing of the symlink.
        if shared == linked { try registry.make() }
        guard try registry.exists else {
            throw VxError(
                "there is no shared store at \(shared)",
                because: "git's setting \(storeSetting) names it; its disk may not be mounted",
                hint: "mount it, or make a new one there with 'vx install --store \(typed: shared)'")
        }
        do throws(VxError) {
            try RepositoryIdentity.make(repository.commonDirectory)
            try registry.add(entry(of: repository))
        } catch {
            // An earlier vx has registered it by its place alone. Where nothing can be written, that has to do.
            if try registry.entries().contains(where: {
                $0.path == repository.commonDirectory && $0.host == Machine.name && $0.identity == nil
            }) {
                return shared
            }
            var error = error.wrapped("this repository cannot be registered with the shared store \(shared)")
            error.hint =
                "make the folders of both writable for you: content that only an unknown repository names may be collected"
            throw error
        }
        return shared
    }

    /// - Throws: `refused` where a store would lie among the files of a work tree, which `git clean` removes, or among other
    ///   things.
    private static func requirePlace(_ path: FilePath, _ registry: StoreRegistry, _ repository: Repository) throws {
        if try registry.exists { return }
        let resolved = Files.realPath(path) ?? path
        if let workTree = repository.workTree.map({ Files.realPath($0) ?? $0 }), resolved.starts(with: workTree),
            !resolved.starts(with: Files.realPath(repository.commonDirectory) ?? repository.commonDirectory)
        {
            throw VxError(
                .refused, "cannot make a store at \(path)",
                because: "it is in the work tree, and 'git clean' would remove it",
                hint: "name a folder outside of \(workTree)")
        }
        // A new disk has a folder of its own; what begins with a dot is of the system's.
        let others = try (Files.unsortedNames(in: path) ?? []).filter {
            $0.first != UInt8(ascii: ".") && !$0.elementsEqual("lost+found".utf8)
        }
        if others.isEmpty || others.contains(where: { $0.elementsEqual("packs".utf8) }) { return }
        throw VxError(
            .refused, "cannot make a store at \(path)", because: "other things are in that folder",
            hint: "name a new folder: 'vx install --store \(typed: path.appending("vx"))'")
    }

    static func entry(of repository: Repository) throws(VxError) -> StoreRegistry.Entry {
        StoreRegistry.Entry(
            path: repository.commonDirectory, host: Machine.name,
            identity: try RepositoryIdentity.read(repository.commonDirectory))
    }

    /// Makes a repository use the store in `folder` from now on: made where there is none, shared where there is. What the
    /// repository's earlier store has becomes part of it, and stays where it is as well.
    ///
    /// - Parameter folder: absolute, or relative to the git folder.
    /// - Returns: how many packs were taken over.
    package static func shareStore(_ folder: FilePath, for repository: Repository) throws -> Int {
        let before = try storePath(of: repository)
        let path = repository.commonDirectory.pushing(folder).lexicallyNormalized()
        let registry = try StoreRegistry(path)
        try requirePlace(path, registry, repository)
        try registry.make()
        try RepositoryIdentity.make(repository.commonDirectory)
        try registry.add(entry(of: repository))
        let store = try Store.open(path)
        var linked = 0
        if before != path, try Files.isDirectory(before) {
            // Opened, so that what a killed filter left there comes along.
            linked = try store.link(from: Store.open(before).root)
        }
        try repository.setConfig(formerStoreSetting, folder.string)
        try repository.setConfig(storeSetting, folder.string)
        return linked
    }

    /// Gives this repository a store of its own, with all that it names and the shared store has. It stays registered with
    /// that one until ``forgetRepository(_:)`` has seen that its contents stand elsewhere.
    ///
    /// - Returns: where its store is, and how many packs came; `nil` where it has one of its own already.
    /// - Throws: where something it names cannot be read or copied: then it uses the shared store as before.
    package func takeOwnStore() async throws -> (store: FilePath, packs: Int)? {
        guard try Self.sharedStorePath(of: repository) != nil else { return nil }
        if let linked = try Self.linkedStorePath(of: repository) {
            throw VxError(
                .refused, "this repository keeps the store it shares",
                because: "\(Self.ownStorePath(of: repository)) is a symlink to \(linked)",
                hint: "remove the symlink, then repeat the command: 'rm \(typed: Self.ownStorePath(of: repository))'")
        }
        let own = try Store.open(Self.ownStorePath(of: repository))
        try own.requireOwnPacks("this repository keeps the store it shares")
        var packs = try own.takeOver(try await contentsNamed(), from: store, cancellation: cancellation)
        try repository.setConfig(Self.storeSetting, nil)
        // One that every repository of this user uses is set elsewhere.
        if try Self.sharedStorePath(of: repository) != nil { try repository.setConfig(Self.storeSetting, "") }
        // What was added meanwhile went to the shared one.
        packs += try own.takeOver(try await contentsNamed(), from: store, cancellation: cancellation)
        try repository.setConfig(Self.formerStoreSetting, nil)
        return (own.root, packs)
    }

    private func contentsNamed() async throws -> Set<ContentID> {
        let roots = ContentRoots(cancellation: cancellation)
        try await roots.addWhole([repository.commonDirectory], of: self)
        return roots.contents
    }
}

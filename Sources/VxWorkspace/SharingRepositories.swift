import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// The repositories that share a store: which there are, and how one leaves.
extension Workspace {
    /// The git folders whose contents count: this one, the one the store lies in, and all that have registered.
    func repositoriesToRead() throws -> [FilePath] {
        var paths = [repository.commonDirectory]
        let around = store.root.removingLastComponent()
        if store.root.lastComponent == "vx", try Files.status(around.appending("HEAD")) != nil { paths.append(around) }
        // Another one in the place of one that is gone may be a copy of it, and name the same.
        for entry in try StoreRegistry(store.root).entries() where try isOccupied(entry) { paths.append(entry.path) }
        var seen: Set<FilePath> = []
        return paths.filter { seen.insert($0).inserted }
    }

    func open(_ path: FilePath) throws -> Repository {
        // Of this one, what was set for this call counts as well: another index, say.
        if path == repository.commonDirectory { return repository }
        do throws(VxError) {
            return try Repository(reading: path)
        } catch {
            var error = error.wrapped(
                "nothing was collected: the repository \(path) uses this store and cannot be read")
            error.hint =
                "run this as a user who can read every repository that shares the store"
            throw error
        }
    }

    private enum Presence {
        case present, gone, unreachable
        /// Another repository is in its place.
        case replaced
    }

    /// Whether a repository is where it was. That it is not there shows only where what was around it is: a disk that is not
    /// mounted leaves an empty folder behind, or none.
    private func presence(of entry: StoreRegistry.Entry) throws -> Presence {
        // What cannot be looked into is there as far as anybody knows.
        do throws(VxError) {
            if try Files.status(entry.path.appending("HEAD")) != nil {
                guard let identity = entry.identity else { return .present }
                return try RepositoryIdentity.read(entry.path).map(identity.fits) == true ? .present : .replaced
            }
        } catch {
            return .present
        }
        let folder = entry.path.lastComponent == ".git" ? entry.path.removingLastComponent() : entry.path
        do throws(VxError) {
            let around = try Files.isDirectory(folder) ? folder : folder.removingLastComponent()
            return try Files.unsortedNames(in: around)?.isEmpty == false ? .gone : .unreachable
        } catch {
            return .unreachable
        }
    }

    /// Whether a repository is where one was registered, be it that one or another.
    private func isOccupied(_ entry: StoreRegistry.Entry) throws -> Bool {
        switch try presence(of: entry) {
        case .present, .replaced: true
        case .gone, .unreachable: false
        }
    }

    func sharingRepositories(patience: Int64, now: FileTime, dryRun: Bool) throws -> [SharingRepository] {
        let registry = try StoreRegistry(store.root)
        // One that was moved, forgotten, and moved back. What an earlier vx forgot may be any other.
        if !dryRun {
            for (entry, _) in try registry.forgotten(after: .min, removing: false)
            where try entry.identity != nil && presence(of: entry) == .present {
                try registry.add(entry)
            }
        }
        return try registry.entries().map { entry in
            var found = SharingRepository(path: entry.path, host: entry.host, state: .present)
            let presence = try presence(of: entry)
            if presence == .present {
                if !dryRun { try registry.notePresent(entry) }
                return found
            }
            // That a path is not on this machine says nothing about another's.
            if presence == .unreachable, entry.host == Machine.name {
                found.state = .unreachable
                return found
            }
            found.isReplaced = presence == .replaced
            if !dryRun { try registry.noteGone(entry) }
            found.goneSince = try registry.goneSince(entry) ?? now.seconds
            let isOver = entry.host == Machine.name && now.seconds - (found.goneSince ?? now.seconds) >= patience
            found.state = isOver ? .forgotten : .gone
            return found
        }
    }

    /// Takes a repository that is gone off the list of those that use the store.
    ///
    /// - Parameter path: its folder, or its git folder.
    /// - Returns: the git folders taken off; those beside them that use the store and were not on its list: one of them may be the
    ///   same repository under another name. For how many seconds the trash is kept, where somebody's word is all there is.
    /// - Throws: where none of the list fits, or it is there and uses the store.
    package func forgetRepository(
        _ path: FilePath
    ) throws -> (forgotten: [FilePath], found: [FilePath], keptFor: Int64?) {
        let registry = try StoreRegistry(store.root)
        let path = path.lexicallyNormalized()
        var found = try registry.entries().filter { $0.path == path || $0.path == path.appending(".git") }
        guard !found.isEmpty else {
            let known = try registry.entries().map(\.path.string)
            throw VxError(
                .usage, "no repository at \(path) is registered with the store \(store.root)",
                hint: known.isEmpty ? "it is not shared" : "registered are: \(known.joined(separator: ", "))")
        }
        // One that came to the place of another is not meant where that one is waited for.
        let away = try found.filter { try presence(of: $0) != .present }
        if !away.isEmpty { found = away }
        var moved: [FilePath] = []
        var keptFor: Int64?
        for entry in found {
            if away.isEmpty {
                try requireElsewhere(entry)
                try registry.remove(entry)
            } else {
                moved += try registerNeighbours(of: entry, registry)
                try registry.forget(entry)
                keptFor = try configuredGrace() ?? CollectionOptions.usualGrace
            }
        }
        var seen: Set<FilePath> = []
        return (found.map(\.path).filter { seen.insert($0).inserted }, moved, keptFor)
    }

    /// Puts repositories on the list that lie beside the place where one was, use the store, and are not on it.
    private func registerNeighbours(of entry: StoreRegistry.Entry, _ registry: StoreRegistry) throws -> [FilePath] {
        let folder = entry.path.lastComponent == ".git" ? entry.path.removingLastComponent() : entry.path
        let around = folder.removingLastComponent()
        var found: [FilePath] = []
        let store = Files.realPath(store.root) ?? store.root
        guard try Files.isDirectory(around) else { return [] }
        for name in try Files.names(in: around) {
            for path in [around.appending(name).appending(".git"), around.appending(name)] {
                guard let other = try Self.repository(at: path, usingStore: store) else { continue }
                let entry = try Self.entry(of: other)
                guard try !registry.contains(entry) else { continue }
                try registry.add(entry)
                found.append(entry.path)
            }
        }
        return found
    }

    /// The repository whose git folder is `path`; `nil` where there is none that uses the store, and none that this user can
    /// look into.
    ///
    /// - Throws: where the system, or whoever interrupts, is why it cannot be looked into.
    private static func repository(at path: FilePath, usingStore store: FilePath) throws -> Repository? {
        do throws(VxError) {
            guard try Files.status(path.appending("HEAD")) != nil else { return nil }
            let found = try Repository(reading: path)
            return Files.realPath(try storePath(of: found)) == store ? found : nil
        } catch {
            guard error.isLastingFailure || !error.isSystemFailure && error.code != .interrupted else { throw error }
            return nil
        }
    }

    /// - Throws: `refused` where a repository that is there has something in this store alone.
    private func requireElsewhere(_ entry: StoreRegistry.Entry) throws {
        let other = try open(entry.path)
        let folder = entry.path.lastComponent == ".git" ? entry.path.removingLastComponent() : entry.path
        let path = try Self.storePath(of: other)
        let leave = "'vx -C \(typed: folder) install --own-store'"
        if (Files.realPath(path) ?? path) == (Files.realPath(store.root) ?? store.root) {
            throw VxError(
                .refused, "\(entry.path) is there and uses the store", because: "what it names would be collected",
                hint: "give it a store of its own first, with a copy of what it names: \(leave)")
        }
        let roots = ContentRoots(cancellation: cancellation)
        try roots.add(other, at: entry.path)
        try roots.requireWhole()
        let theirs = try Store.open(path)
        try theirs.requireOwnPacks("\(entry.path) is not taken off the list")
        let only = try roots.contents.filter { try store.contains($0) && !theirs.isComplete($0) }
        if only.isEmpty { return }
        throw VxError(
            .refused,
            "\(entry.path) is there, and \(only.count == 1 ? "a content it names stands" : "\(only.count) contents it names stand") in this store alone",
            because: "its own store, \(path), does not have \(only.count == 1 ? "it" : "them")",
            hint: "'vx -C \(typed: folder) install --store \(typed: store.root)', then \(leave), makes a copy there")
    }
}

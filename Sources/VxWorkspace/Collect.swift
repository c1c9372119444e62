import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// How `vx gc` is to work.
package struct GarbageOptions: Sendable {
    /// Seconds; `nil` for the repository's own setting, and 14 days without one.
    package var grace: Int64?
    package var dryRun = false
    package var emptyTrash = false
    package var isExact = false

    package init() {}
}

/// A repository that shares the store, as `vx gc` found it.
package struct SharingRepository: Sendable {
    package enum State: String, Sendable {
        case present
        /// It is no longer where it was; until ``CollectionOptions/grace`` has passed nothing is collected.
        case gone
        /// It has been gone for longer than that: what only it names is not kept any more.
        case forgotten
    }

    package var path: FilePath
    package var host: String
    package var state: State
    /// In seconds since 1970.
    package var goneSince: Int64?
}

/// What `vx gc` did.
package struct GarbageResult: Sendable {
    package var store: FilePath
    package var grace: Int64
    package var report = CollectionReport()
    package var repositories: [SharingRepository] = []
    /// Why nothing was looked at; `nil` where it was.
    package var heldBack: String?
}

extension Workspace {
    /// git's setting for how long what nobody names stays: a number and a unit.
    package static let graceSetting = "vx.gcGrace"

    /// Takes out of the store what no repository that uses it names; see ``Store/collect(_:cancellation:roots:step:)``.
    ///
    /// - Throws: where a repository that is there cannot be read: nothing goes then.
    package func collectGarbage(
        _ options: GarbageOptions, step: (CollectionStep) throws -> Void = { _ in }
    ) throws -> GarbageResult {
        let grace = try options.grace ?? configuredGrace() ?? CollectionOptions.usualGrace
        var result = GarbageResult(store: store.root, grace: grace)
        guard try Files.isDirectory(store.root) else { return result }
        let now = options.dryRun ? FileTime.now() : try store.time()
        result.repositories = try sharingRepositories(grace: grace, now: now, dryRun: options.dryRun)
        if let gone = result.repositories.first(where: { $0.state == .gone }) {
            result.heldBack = Self.holdBack(gone, grace: grace)
            return result
        }
        var collection = CollectionOptions(grace: grace, now: now)
        collection.dryRun = options.dryRun
        collection.emptyTrash = options.emptyTrash
        collection.isExact = options.isExact
        let roots = ContentRoots(cancellation: cancellation)
        result.report = try store.collect(
            collection, cancellation: cancellation,
            roots: {
                // Asked for again each time: one may have come meanwhile.
                for path in try self.repositoriesToRead() {
                    try roots.add(try self.open(path), at: path)
                }
                return roots.contents
            }, step: step)
        return result
    }

    private static func holdBack(_ gone: SharingRepository, grace: Int64) -> String {
        if gone.host != Machine.name {
            return
                "\(gone.path) on \(gone.host) uses this store and cannot be seen from here: run 'vx gc' on \(gone.host), or 'vx gc --forget \(gone.path)' where it is no more"
        }
        return
            "\(gone.path) uses this store and is gone: what it named is kept for \(TimeSpan.text(grace)), or until 'vx gc --forget \(gone.path)'"
    }

    /// The grace period this repository's configuration asks for.
    func configuredGrace() throws -> Int64? {
        guard let text = try repository.configString(Self.graceSetting) else { return nil }
        guard let seconds = TimeSpan.seconds(text) else {
            throw VxError(
                .usage, "git's setting \(Self.graceSetting) is '\(text)'", because: "that is no length of time",
                hint: "write a number and a unit: 'git config \(Self.graceSetting) 14d' (s, m, h, d or w)")
        }
        return seconds
    }

    // MARK: - Repositories

    /// The git folders whose contents count: this one, the one the store lies in, and all that have registered.
    func repositoriesToRead() throws -> [FilePath] {
        var paths = [repository.commonDirectory]
        let around = store.root.removingLastComponent()
        if store.root.lastComponent == "vx", try Files.status(around.appending("HEAD")) != nil { paths.append(around) }
        for entry in try StoreRegistry(store.root).entries() where try isPresent(entry) { paths.append(entry.path) }
        var seen: Set<FilePath> = []
        return paths.filter { seen.insert($0).inserted }
    }

    func open(_ path: FilePath) throws -> Repository {
        do throws(VxError) {
            return try Repository(reading: path)
        } catch {
            var error = error.wrapped(
                "nothing was collected: the repository \(path) uses this store and cannot be read")
            error.hint =
                "run 'vx gc' as a user who can read every repository that shares the store, or 'vx gc --forget \(path)' where it no longer uses it"
            throw error
        }
    }

    /// Whether a repository is where it was and still uses this store.
    private func isPresent(_ entry: StoreRegistry.Entry) throws -> Bool {
        // What cannot be looked into is there as far as anybody knows.
        do {
            guard try Files.status(entry.path.appending("HEAD")) != nil else { return false }
        } catch {
            return true
        }
        return true
    }

    private func sharingRepositories(grace: Int64, now: FileTime, dryRun: Bool) throws -> [SharingRepository] {
        let registry = try StoreRegistry(store.root)
        return try registry.entries().map { entry in
            var found = SharingRepository(path: entry.path, host: entry.host, state: .present, goneSince: nil)
            if try isPresent(entry) {
                if !dryRun { try registry.notePresent(entry) }
                return found
            }
            if !dryRun { try registry.noteGone(entry) }
            found.goneSince = try registry.goneSince(entry) ?? now.seconds
            // That a path is not on this machine says nothing about another's.
            let isOver = entry.host == Machine.name && now.seconds - (found.goneSince ?? now.seconds) >= grace
            found.state = isOver ? .forgotten : .gone
            return found
        }
    }

    /// Takes a repository that is gone off the list of those that use the store.
    ///
    /// - Parameter path: its folder, or its git folder.
    /// - Returns: the git folders taken off.
    /// - Throws: where none of the list fits, or it is there and uses the store.
    package func forgetRepository(_ path: FilePath) throws -> [FilePath] {
        let registry = try StoreRegistry(store.root)
        let path = path.lexicallyNormalized()
        let found = try registry.entries().filter { $0.path == path || $0.path == path.appending(".git") }
        guard !found.isEmpty else {
            let known = try registry.entries().map(\.path.string)
            throw VxError(
                .usage, "no repository at \(path) is registered with the store \(store.root)",
                hint: known.isEmpty ? "it is not shared" : "registered are: \(known.joined(separator: ", "))")
        }
        for entry in found {
            if try isPresent(entry), let other = try? Repository(reading: entry.path),
                try Self.storePath(of: other) == store.root
            {
                throw VxError(
                    .refused, "\(entry.path) is there and uses the store", because: "it would register again",
                    hint: "give it a store of its own first: 'git -C \(path) config --unset \(Self.storeSetting)'")
            }
            try registry.remove(entry)
        }
        return found.map(\.path)
    }
}

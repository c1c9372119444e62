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
        /// Nothing of what was around it is there either: its disk may not be mounted. Nothing is collected.
        case unreachable
    }

    package var path: FilePath
    package var host: String
    package var state: State
    /// In seconds since 1970.
    package var goneSince: Int64?
    /// Whether another repository is in its place.
    package var isReplaced = false
}

/// Contents that stay in the store for the sake of one place alone.
package struct KeptContents: Sendable {
    /// `ORIG_HEAD`, another index, or a file of a work tree.
    package var place: String
    /// Whether the place is a file that holds the pointer's text.
    package var isText: Bool
    package var contents: Int
    /// Their bytes as files.
    package var bytes: UInt64
}

/// What `vx gc` did.
package struct GarbageResult: Sendable {
    package var store: FilePath
    package var grace: Int64
    package var report = CollectionReport()
    package var repositories: [SharingRepository] = []
    /// Repositories that were taken off the list a short time ago, when in seconds since 1970, and until when the trash is kept for
    /// their sake: one may have been moved. The last one stands last.
    package var forgotten: [(path: FilePath, since: Int64, until: Int64)] = []
    /// What stays though no commit, reflog or index names it, and why.
    package var kept: [KeptContents] = []
    /// Why nothing was looked at; `nil` where it was.
    package var heldBack: String?
}

extension Repository {
    /// What commands keep to be faster the next time, and can do without.
    package var cacheFolder: FilePath { commonDirectory.appending("vx").appending("cache") }
}

extension Workspace {
    /// git's setting for how long what nobody names stays: a number and a unit.
    package static let graceSetting = "vx.gcGrace"

    /// Takes out of the store what no repository that uses it names; see ``Store/collect(_:cancellation:roots:step:)``.
    ///
    /// - Throws: where a repository that is there cannot be read: nothing goes then.
    package func collectGarbage(
        _ options: GarbageOptions, step: (CollectionStep) throws -> Void = { _ in }
    ) async throws -> GarbageResult {
        let grace = try options.grace ?? configuredGrace() ?? CollectionOptions.usualGrace
        var result = GarbageResult(store: store.root, grace: grace)
        // What is kept to be faster is worked out anew where it is needed.
        if !options.dryRun { try Files.removeTree(repository.cacheFolder) }
        guard try Files.isDirectory(store.root) else { return result }
        let now = options.dryRun ? FileTime.now() : try store.time()
        // A short time for this one call is no reason to give up a repository that was there a moment ago.
        let patience = max(grace, try configuredGrace() ?? CollectionOptions.usualGrace)
        result.repositories = try sharingRepositories(patience: patience, now: now, dryRun: options.dryRun)
        if let away = result.repositories.first(where: { $0.state == .gone || $0.state == .unreachable }) {
            result.heldBack = Self.holdBack(away, patience: patience)
            return result
        }
        var collection = CollectionOptions(grace: grace, now: now)
        collection.dryRun = options.dryRun
        collection.emptyTrash = options.emptyTrash
        collection.isExact = options.isExact
        result.forgotten = try StoreRegistry(store.root).forgotten(
            after: now.seconds - patience, removing: !options.dryRun
        ).map { ($0.entry.path, $0.since, $0.since + patience) }
        collection.keepsTrash = !result.forgotten.isEmpty
        let roots = ContentRoots(notedAfter: now.seconds - grace, cancellation: cancellation)
        try await roots.addWhole(try repositoriesToRead(), of: self)
        result.report = try store.collect(
            collection, cancellation: cancellation,
            roots: {
                // Asked for again each time: one may have come meanwhile.
                for path in try self.repositoriesToRead() {
                    try roots.add(try self.open(path), at: path)
                }
                try roots.requireWhole()
                return roots.contents
            }, step: step)
        result.kept = kept(roots.onlyPinned)
        return result
    }

    /// What is in the store for the sake of such places alone.
    private func kept(_ pins: [ContentRoots.Pin]) -> [KeptContents] {
        var kept: [KeptContents] = []
        let top = root.string + "/"
        for pin in pins where store.contains(pin.pointer.id) {
            var pin = pin
            if pin.place.hasPrefix(top) { pin.place.removeFirst(top.count) }
            if let last = kept.last, last.place == pin.place {
                kept[kept.count - 1].contents += 1
                kept[kept.count - 1].bytes.add(size: pin.pointer.size)
            } else {
                kept.append(KeptContents(place: pin.place, isText: pin.isText, contents: 1, bytes: pin.pointer.size))
            }
        }
        return kept
    }

    private static func holdBack(_ gone: SharingRepository, patience: Int64) -> String {
        if gone.state == .unreachable {
            return
                "\(gone.path) uses this store and cannot be looked at: mount its disk, or 'vx gc --forget \(typed: gone.path)' where it is no more"
        }
        if gone.host != Machine.name {
            return
                "\(gone.path) on \(gone.host) uses this store and cannot be seen from here: run 'vx gc' on \(gone.host), or 'vx gc --forget \(typed: gone.path)' where it is no more"
        }
        return
            "\(gone.path) uses this store and is gone\(gone.isReplaced ? " (another repository is in its place)" : ""): what it named is kept for \(TimeSpan.text(patience)). If it was moved, 'vx status' where it is now puts that on the list. Then, or where it is no more: 'vx gc --forget \(typed: gone.path)'"
    }

    /// The grace period this repository's configuration asks for.
    func configuredGrace() throws -> Int64? {
        guard let text = try repository.configString(Self.graceSetting) else { return nil }
        guard let seconds = TimeSpan.seconds(text) else {
            throw VxError(
                .usage, "git's setting \(Self.graceSetting) is '\(text)'", because: "that is no length of time",
                hint: "write a number and a unit: 'git config \(typed: Self.graceSetting) 14d' (s, m, h, d or w)")
        }
        return seconds
    }
}

import SystemPackage
import VxModel
import VxSystem

/// How to collect.
package struct CollectionOptions: Sendable {
    /// Packs, and trash, younger than this stay: seconds.
    package var grace: Int64
    /// The time it is, by the clock of the disk the store is on; see ``Store/time()``.
    package var now: FileTime
    /// Says what would be done, and changes nothing.
    package var dryRun = false
    /// Deletes what earlier collections have put into the trash, however young.
    package var emptyTrash = false
    /// Deletes nothing from the trash, whatever its age: something may turn up that names what is there.
    package var keepsTrash = false
    /// Writes every pack anew that holds anything nobody needs, however little.
    package var isExact = false
    /// Deletes what goes instead of putting it into the trash, and leaves the trash alone: for what is proven to be
    /// elsewhere.
    var deletesAtOnce = false

    package init(grace: Int64, now: FileTime) {
        self.grace = grace
        self.now = now
    }

    /// 14 days.
    package static let usualGrace: Int64 = 14 * 86_400
}

/// What a collection did, or would do.
package struct CollectionReport: Sendable {
    /// What becomes of a pack that does not simply stay.
    package enum Fate: String, Sendable {
        /// Nothing in it is needed.
        case dropped
        /// What is needed was written into other packs first.
        case rewritten
        /// It would have gone, and something speaks against it.
        case kept
    }

    package struct Pack: Sendable {
        package var name: PackID
        package var fate: Fate
        /// Bytes of the file.
        package var bytes: UInt64
        /// Chunks and recipes in it.
        package var records: Int
        /// Of those, the ones that are needed.
        package var needed = 0
        /// Stored bytes that nobody needs.
        package var deadBytes: UInt64 = 0
        /// Needed records it holds a second copy of.
        package var copies = 0
        /// Seconds since it was written.
        package var age: Int64
        /// Why, as a sentence.
        package var reason: String
    }

    package var packs: [Pack] = []
    /// Packs in the store, and their bytes, before.
    package var packsBefore = 0
    package var bytesBefore: UInt64 = 0
    /// Packs that are too young to be looked at, and bytes in them that nobody needs yet.
    package var youngPacks = 0
    package var youngDeadBytes: UInt64 = 0
    /// Bytes of packs written for what is still needed.
    package var rewrittenBytes: UInt64 = 0
    /// Contents that are named and not in the store.
    package var missingContents = 0
    /// Packs that came back from the trash, because something names what they hold.
    package var restored: [PackID] = []
    /// Packs deleted from the trash for good, and their bytes.
    package var emptied = 0
    package var emptiedBytes: UInt64 = 0
    /// What is in the trash now.
    package var trashBytes: UInt64 = 0
    /// Where packs went this time.
    package var trash: FilePath?

    package init() {}

    /// Bytes that went, or would go, less those written anew.
    package var freedBytes: UInt64 {
        let gone = packs.filter { $0.fate != .kept }.sum(ofSizes: \.bytes)
        return gone - min(gone, rewrittenBytes)
    }
}

/// Moments of a collection, in order, for progress and for tests that stop or interfere there.
package enum CollectionStep: Sendable, Equatable {
    /// What is needed is known.
    case marked
    /// The records that are still needed are in packs of their own, which are part of the store.
    case rewritten
    /// No writer is at work; what is needed was looked at again.
    case locked
    /// The catalog no longer leads to what will go.
    case catalogued
    /// One pack has gone to the trash.
    case moved
    /// Before one pack is deleted for good.
    case emptying
    case done
}

extension Store {
    /// Now, by the clock of the disk the store is on: on a shared disk it may not be this machine's.
    package func time() throws(VxError) -> FileTime {
        let path = try temporaryPath()
        let time: FileTime
        do throws(VxError) {
            time = try OpenFile.creating(path).status().modified
        } catch {
            try? Files.remove(path)  // the first error is the one to report
            throw error
        }
        try Files.remove(path)
        return time
    }

    /// Takes out of the store what nobody names: into its trash first (docs/formats/store.md, "Collection").
    ///
    /// - Parameters:
    ///   - roots: gives every content that anything names. Called again while no writer is at work, and then only has
    ///     to find what is new; what it gave once stays needed.
    ///   - step: called at each moment of the work; what it throws ends it there.
    /// - Throws: `corrupt` where the store is damaged, and `locked` where somebody else collects or a writer does not end:
    ///   nothing has gone then.
    package func collect(
        _ options: CollectionOptions, cancellation: Cancellation,
        roots: () throws -> Set<ContentID>, step: (CollectionStep) throws -> Void = { _ in }
    ) throws -> CollectionReport {
        guard let packs = try Files.status(layout.packs) else { return CollectionReport() }
        // Who else has packs there is not known.
        if packs.kind == .symlink { throw Self.linked(layout.packs, "nothing was collected") }
        if options.dryRun {
            try refresh()
            let collector = Collector(self, options, cancellation)
            try collector.mark(try roots())
            try collector.considerTrash()
            return collector.report
        }
        let maintenance = try maintenance()
        try refresh()
        let collector = Collector(self, options, cancellation)
        try collector.mark(try roots())
        try step(.marked)
        try collector.rewrite()
        try step(.rewritten)
        do {
            let alone: FileLock
            do throws(VxError) {
                alone = try FileLock(layout.holdLock, sharing: layout.sharing)
            } catch {
                guard error.code == .locked else { throw Self.noLocks(error) }
                throw Self.busy(error)
            }
            try collector.markAgain(try roots())
            try step(.locked)
            try collector.remove(step)
            try layout.sweep(isAlone: true)
            try layout.sweepBeside()
            try Trash(layout).tidy()
            withExtendedLifetime(alone) {}
        }
        try step(.done)
        withExtendedLifetime(maintenance) {}
        return collector.report
    }

    /// - Throws: `refused` where the packs of this store, or one of them, are another's to which a symlink leads: they stay as long
    ///   as that one wants them.
    package func requireOwnPacks(_ what: String) throws(VxError) {
        guard let packs = try Files.status(layout.packs) else { return }
        if packs.kind == .symlink { throw Self.linked(layout.packs, what) }
        for name in try Files.names(in: layout.packs) {
            let path = layout.packs.appending(name)
            if try Files.status(path)?.kind == .symlink { throw Self.linked(path, what) }
        }
    }

    private static func linked(_ path: FilePath, _ what: String) -> VxError {
        VxError(
            .refused, "\(what): \(path) is a symlink", because: "other stores may have their packs there, too",
            hint:
                "put what it leads to in its place; 'vx install --store FOLDER' makes a store that several share"
        )
    }

    private static func busy(_ error: VxError) -> VxError {
        var error = error.wrapped("nothing was collected: something is being added to the store")
        error.hint = "wait for 'vx add' or git to end, then repeat the command"
        return error
    }

    private static func noLocks(_ error: VxError) -> VxError {
        var error = error.wrapped("nothing was collected")
        error.hint =
            error.hint
            ?? "the store's file system has no locks, and without them a writer could lose what it relies on; collect from a machine where the disk is local, or mount it with locks"
        return error
    }
}

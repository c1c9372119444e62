import VxModel
import VxSystem

extension Store {
    /// Drops the local copies of contents that are proven to be elsewhere. Everything else stays, named or not: what a
    /// pack holds besides is written into new packs first.
    ///
    /// Nothing goes to the trash, since room is what it is for. A kill at any moment leaves more than was to stay, never
    /// less; chunks that a content which stays has in common stay with it.
    ///
    /// - Parameters:
    ///   - contents: what is to go; whoever calls has the proof.
    ///   - named: gives every content that anything names, asked for again while no writer is at work: a chunk of what goes
    ///     may be a file of its own.
    /// - Throws: `corrupt` where the store is damaged, and `locked` where somebody else collects or a writer does not end:
    ///   nothing has gone then.
    package func evict(
        _ contents: Set<ContentID>, dryRun: Bool, cancellation: Cancellation, named: () throws -> Set<ContentID>
    ) throws -> CollectionReport {
        // However young a pack is: what it holds is elsewhere.
        var options = CollectionOptions(grace: .min, now: FileTime(seconds: 0, nanoseconds: 0))
        options.dryRun = dryRun
        options.isExact = true
        options.deletesAtOnce = true
        return try collect(
            options, cancellation: cancellation,
            roots: {
                try self.refresh()
                return try self.kept(evicting: contents, named: try named(), cancellation)
            })
    }

    /// The ids that stay; what recipes among them name stays with them.
    private func kept(
        evicting contents: Set<ContentID>, named: Set<ContentID>, _ cancellation: Cancellation
    ) throws -> Set<ContentID> {
        let index = index
        var going: Set<ContentID> = []
        for id in contents where index.locate(id) != nil {
            try cancellation.check()
            going.formUnion(try parts(of: id))
        }
        var kept = named.subtracting(contents).filter { index.locate($0) != nil }
        for pack in index.allPacks {
            try cancellation.check()
            for record in try records(inPack: pack.name) where !contents.contains(record.id) {
                if record.kind == .recipe || !going.contains(record.id) { kept.insert(record.id) }
            }
        }
        return kept
    }
}

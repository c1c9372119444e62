import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What `vx add` did.
package struct AddResult: Sendable {
    package struct File: Sendable {
        package var path: RepoPath
        package var size: UInt64
        /// `nil` where nothing was read: in a dry run.
        package var id: ContentID?
    }

    /// Files whose pointer in the index is new or another one.
    package var added: [File] = []
    package var removed: [RepoPath] = []
    package var unchanged = 0
    /// Bytes the store did not have.
    package var newBytes: UInt64 = 0
    package var notes: [String] = []
}

extension Workspace {
    /// Stores the bytes of files and puts their pointers into git's index; nothing is committed.
    ///
    /// Packs are durable before git's objects are written, and those before the index: a kill leaves either the old
    /// index or the new one, and nothing it names is missing.
    /// - Throws: where a path is none of the workspace's, a file keeps changing while it is read, or the disk is full;
    ///   the index is then as before.
    package func add(_ paths: [RepoPath], dryRun: Bool = false) throws -> AddResult {
        try requireInstalled()
        let index = try repository.readIndex()
        let newlyTracked = try attributeLines(for: paths)
        let plan = try planAdd(paths, index: index, trusted: newlyTracked.isEmpty)
        var result = AddResult(removed: plan.removed, unchanged: plan.unchanged, notes: plan.notes)
        if dryRun {
            result.added = plan.toRead.map { .init(path: $0.path, size: $0.status.size, id: nil) }
            return result
        }
        // Until the index names it, nothing that is found in the store may be collected.
        let hold = try store.hold()
        defer { withExtendedLifetime(hold) {} }
        try writeAttributes(newlyTracked)
        let stagesAttributes = try !newlyTracked.isEmpty || attributesAreUnstaged(index)
        let (read, storing) = try readIntoStore(try withoutOthers(plan, index, &result.notes))
        let plain = try plan.plain.map { try readPlain($0) }

        let objects =
            Repository.blobs(of: read.map(\.pointer), pool)
            + Repository.blobs(plain.map(\.1))
        let missing = try repository.missing(objects)
        let blobs = objects.map(\.id)
        let trustsFileMode = try repository.trustsFileMode
        func mode(of file: AddPlan.File) -> FileMode {
            if !trustsFileMode, let known = index.find(file.path)?.mode, known.isFile { return known }
            return trustsFileMode && file.status.isExecutable ? .executable : .regular
        }
        // Those of the root come first, and what is in order already need not be sorted.
        var entries: [IndexEntry] = []
        entries.reserveCapacity(objects.count)
        for (item, blob) in zip(plain, blobs[read.count...]) {
            entries.append(
                IndexEntry(path: item.0.path, mode: .regular, id: blob, stat: IndexEntry.Stat(item.0.status)))
        }
        for (read, blob) in zip(read, blobs) {
            entries.append(
                IndexEntry(
                    path: read.file.path, mode: mode(of: read.file), id: blob, stat: IndexEntry.Stat(read.file.status)))
        }
        let texts = newTexts(zip(read, blobs).filter { $0.0.isText }, index)
        for text in texts { try text.pointer.check(in: store, at: text.path) }
        // Before the index is locked: the disk may take its time.
        try storing?.work.wait()
        let tree = try writeIndex(entries, removing: plan.removed, missing, stagingAttributes: stagesAttributes)
        if let tree {
            try keeping {
                try UnservedFiles(repository).note(
                    tree, zip(read, blobs).map { ($0.file.path, $1) }.sorted { $0.0 < $1.0 }, besides: index.count)
            }
        }
        result.newBytes = storing?.session.newBytes ?? 0
        for (item, blob) in zip(read, blobs)
        where index.find(item.file.path)?.item != TreeItem(mode: mode(of: item.file), id: blob) {
            result.added.append(
                .init(path: item.file.path, size: item.pointer?.size ?? 0, id: item.pointer?.id ?? .empty))
        }
        result.unchanged += read.count - result.added.count
        result.notes += try textsOfNothing(texts)
        return result
    }

    /// The texts of pointers among what was read. One that the index had already, at whatever path, is a file that was not laid
    /// down, and not among them.
    private func newTexts(
        _ texts: [(file: ReadFile, blob: GitObjectID)], _ index: GitIndex
    ) -> [(path: RepoPath, pointer: Pointer)] {
        if texts.isEmpty { return [] }
        var new = Set(texts.map(\.blob))
        for position in 0..<index.count { new.remove(index[position].id) }
        return texts.filter { new.contains($0.blob) }.compactMap { text, _ in text.pointer.map { (text.file.path, $0) } }
    }

    /// Says which files are the texts of pointers to contents that nobody can get.
    private func textsOfNothing(_ texts: [(path: RepoPath, pointer: Pointer)]) throws -> [String] {
        if texts.isEmpty { return [] }
        let lost: Set<ContentID>
        do {
            lost = try outOfReach(texts.map(\.pointer))
        } catch let error as VxError where error.code != .interrupted {
            return [
                "texts of pointers were added, and whether their contents can be had is not known: \(error.message)"
            ]
        }
        let isFirst = try repository.head().commit == nil
        return texts.filter { lost.contains($0.pointer.id) }.map { path, _ in
            "\(path) is the text of a pointer to content that is neither here nor on \(remotes.wording): "
                + (isFirst
                    ? "'git rm --cached \(typed: path)' takes it out again"
                    : "'git restore --staged \(typed: path)' takes it out again")
        }
    }

    // MARK: - Content

    private func readPlain(_ file: AddPlan.File) throws -> (AddPlan.File, [UInt8]) {
        let location = root.appending(file.path)
        let status = try OpenFile.reading(location, followSymlinks: false).settleTime()
        let bytes = try Files.read(location, limit: 16 << 20) ?? []
        guard try Files.status(location) == status else { throw FileReader.changed(file.path) }
        return (AddPlan.File(path: file.path, status: status), bytes)
    }

    /// Content that has been read and is on its way to the disk.
    private struct Storing {
        let session: StoreSession
        let work: BackgroundWork
    }

    /// Reads files into the store. Once the work is done, and not before, their content is durable.
    private func readIntoStore(_ found: [AddPlan.File]) throws -> ([ReadFile], Storing?) {
        if found.isEmpty { return ([], nil) }
        let session = try store.session(pool: pool, cancellation: cancellation)
        do {
            // A walk gives them in this order already, but for folders in folders.
            let isSorted = zip(found, found.dropFirst()).allSatisfy { $0.path < $1.path }
            let sorted = isSorted ? found : found.sorted { $0.path < $1.path }
            let small = sorted.filter { $0.status.size <= LayDown.smallLimit }
            let results = OrderedResults<ReadFile>(count: small.count)
            let files = files
            let readers = PerWorker<FileReader>(pool)
            try pool.forEachBatch(count: small.count, batch: 256, cancellation: cancellation) { worker, range in
                let reader = try readers.value(of: worker) { try FileReader(files, lane: session.lane()) }
                results.store(try reader.readSmall(small[range]), at: range)
            }
            var read = results.all
            let reader = try readers.value(of: 0) { try FileReader(files, lane: session.lane()) }
            for file in sorted where file.status.size > LayDown.smallLimit {
                try cancellation.check()
                read.append(try reader.readLarge(file))
            }
            let work = BackgroundWork { () throws(VxError) in try session.finish() }
            return (read, Storing(session: session, work: work))
        } catch {
            session.abandon()
            throw error
        }
    }

    // MARK: - Index

    /// Puts entries into the index, at a moment from which git takes all of them for unchanged. Answers the index's tree, where
    /// that was worked out.
    private func writeIndex(
        _ entries: [IndexEntry], removing removed: [RepoPath], _ missing: [NewObject], stagingAttributes: Bool
    ) throws -> GitObjectID? {
        if entries.isEmpty && removed.isEmpty && !stagingAttributes { return nil }
        let transaction = try IndexTransaction(repository, .command(cancellation))
        var entries = entries
        var missing = missing
        if stagingAttributes {
            let (entry, blob) = try attributesEntry()
            entries.insert(entry, at: 0)
            missing += try repository.missing([blob]).filter { new in !missing.contains { $0.id == new.id } }
        }
        // What git has put there again meanwhile is not gone any more.
        for path in removed where try Files.status(root.appending(path)) == nil { transaction.remove(path) }
        for entry in entries { try transaction.add(entry) }
        try waitUntilOlderThanNow(entries)
        return try transaction.commit(storing: missing, pool)
    }

    /// Sleeps until the second after the newest entry's: one second at most, and only where a file is that young and its
    /// time could not be set back (``SettledTime``), being another user's.
    private func waitUntilOlderThanNow(_ entries: [IndexEntry]) throws {
        guard let newest = entries.map({ Int64($0.stat.modifiedSeconds) }).max() else { return }
        guard SettledTime.isYoung(FileTime(seconds: newest, nanoseconds: 0), now: .now()) else { return }
        FileTime.sleep(until: newest + 1)
        for entry in entries where Int64(entry.stat.modifiedSeconds) == newest {
            guard let status = try Files.status(root.appending(entry.path)), IndexEntry.Stat(status) == entry.stat
            else {
                throw FileReader.changed(entry.path)
            }
        }
    }
}

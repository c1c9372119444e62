import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One folder as it was when it was read: its names in bytewise order, and a way to look at each.
package final class FolderListing {
    package struct Item: Sendable {
        package let name: [UInt8]
        package let kind: FileStat.Kind
    }

    /// Relative to the root of the walk.
    package let path: RepoPath
    package let items: [Item]
    private let directory: OpenFile

    init(_ path: RepoPath, below root: FilePath) throws(VxError) {
        self.path = path
        let location = root.appending(path)
        let directory = try OpenFile.directory(location)
        // The stream takes the descriptor over, so it gets one of its own.
        guard let stream = fdopendir(try retrying("cannot open the folder \(location)") { dup(directory.descriptor) })
        else { throw VxError.system("cannot read the folder \(location)") }
        defer { closedir(stream) }
        var items: [Item] = []
        while let entry = try Files.nextEntry(in: location, { readdir(stream) }) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                let start = UnsafeRawPointer(field).assumingMemoryBound(to: UInt8.self)
                return Array(
                    UnsafeBufferPointer(
                        start: start, count: strlen(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self))))
            }
            if name == [UInt8(ascii: ".")] || name == Array("..".utf8) { continue }
            items.append(Item(name: name, kind: try Self.kind(entry.pointee.d_type, name, directory)))
        }
        self.items = items.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        self.directory = directory
    }

    private static func kind(_ type: UInt8, _ name: [UInt8], _ directory: borrowing OpenFile) throws(VxError)
        -> FileStat.Kind
    {
        switch Int(type) {
        case Int(DT_REG): .regular
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .symlink
        case Int(DT_UNKNOWN): try status(name, directory)?.kind ?? .other  // some file systems do not tell
        default: .other
        }
    }

    private static func status(_ name: [UInt8], _ directory: borrowing OpenFile) throws(VxError) -> FileStat? {
        var text = name.map { CChar(bitPattern: $0) }
        text.append(0)
        return try Files.status(text, in: directory)
    }

    /// What `lstat` says of the name; `nil` where it has gone meanwhile.
    package func status(of item: Item) throws(VxError) -> FileStat? {
        try Self.status(item.name, directory)
    }
}

/// Walks folders in parallel, one level of the tree after the other.
package enum DirectoryWalk {
    /// Reads each folder of a level on some thread with `read`, then hands all results to `collect` on the calling
    /// thread, which answers with the folders of the next level.
    ///
    /// Levels, not a shared queue, because the caller's objects (git's ignore rules) belong to one thread.
    package static func run<Result: Sendable>(
        below root: FilePath, from start: [RepoPath], pool: WorkerPool, cancellation: Cancellation,
        read: @Sendable (FolderListing) throws -> Result,
        collect: ([Result]) throws -> [RepoPath]
    ) throws {
        var level = start
        while !level.isEmpty {
            let folders = level
            let results = try pool.map(count: folders.count, batch: 4, cancellation: cancellation) { position in
                try read(try FolderListing(folders[position], below: root))
            }
            level = try collect(results)
        }
    }
}

extension WorkerPool {
    /// The results of `body` for `0..<count`, in order, made on all threads.
    package func map<Result: Sendable>(
        count: Int, batch: Int, cancellation: Cancellation, _ body: @Sendable (_ position: Int) throws -> Result
    ) throws -> [Result] {
        let results = OrderedResults<Result>(count: count)
        try forEachBatch(count: count, batch: batch, cancellation: cancellation) { _, range in
            var part: [Result] = []
            part.reserveCapacity(range.count)
            for position in range { part.append(try body(position)) }
            results.store(part, at: range)
        }
        return results.all
    }
}

import VxModel
import VxStore
import VxSystem

/// A file as it was read.
struct ReadFile: Sendable {
    var file: AddPlan.File
    /// `nil` for an empty file, which git keeps as an empty blob.
    var pointer: Pointer?
    /// Whether the file is the text of the pointer: nothing of it was stored.
    var isText = false
}

/// Reads workspace files into the store on one thread.
final class FileReader {
    private let folders: FolderCursor
    private let lane: StoreLane
    private var buffer: UnsafeMutableRawBufferPointer
    /// Bytes at the start of the buffer that belong to `waiting`.
    private var filled = 0
    /// Files of the result whose bytes stand in the buffer, one after the other, and are not in the store yet.
    private var waiting: [(place: Int, length: Int)] = []

    init(_ files: WorkTree, lane: StoreLane) {
        folders = FolderCursor(files)
        self.lane = lane
        // Some dozens of small files, so that many are hashed in step, and small enough for a processor's own cache.
        buffer = .allocate(byteCount: 512 << 10, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    /// How often a file that changes while it is read is read again.
    private static let attempts = 3

    /// What was found where a small file should be.
    private enum Found {
        /// Its bytes now stand in the buffer after the filled ones.
        case bytes(Int)
        /// It is not hydrated yet: its pointer is what it stands for.
        case pointer(Pointer)
    }

    /// Stores files of up to 4 MiB; those that fit the buffer together are hashed together.
    func readSmall(_ files: ArraySlice<AddPlan.File>) throws -> [ReadFile] {
        var read: [ReadFile] = []
        read.reserveCapacity(files.count)
        for file in files {
            let (status, found) = try readingAgainWhileItChanges(file) { input, status -> Found? in
                let count = Int(status.size)
                if filled + count > buffer.count { try storeWaiting(&read) }
                reserve(count)
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
                // One that grew shows by its stat data.
                guard try input.read(into: room) == count else { return nil }
                let start = UnsafeRawBufferPointer(room).prefix(Pointer.maximumLength + 1)
                let text = count <= Pointer.maximumLength ? Pointer(workTreeText: Array(start)) : nil
                if let standing = try text ?? Pointer.checked(start, at: file.path) { return .pointer(standing) }
                return .bytes(count)
            }
            var result = ReadFile(file: .init(path: file.path, status: status), pointer: nil)
            switch found {
            case nil: break
            case .pointer(let pointer):
                result.pointer = pointer
                result.isText = true
            case .bytes(let count):
                waiting.append((read.count, count))
                filled += count
            }
            read.append(result)
        }
        try storeWaiting(&read)
        return read
    }

    private func storeWaiting(_ read: inout [ReadFile]) throws {
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
        let ids = try lane.add(bytes, lengths: waiting.map(\.length))
        for (item, id) in zip(waiting, ids) {
            read[item.place].pointer = Pointer(id: id, size: UInt64(item.length))
        }
        waiting.removeAll(keepingCapacity: true)
        filled = 0
    }

    /// Stores one file of any size.
    func readLarge(_ file: AddPlan.File) throws -> ReadFile {
        let (status, pointer) = try readingAgainWhileItChanges(file) { input, status -> Pointer? in
            let start = UnsafeMutableRawBufferPointer(rebasing: buffer[...Pointer.maximumLength])
            let count = try input.read(at: 0, into: start)
            _ = try Pointer.checked(UnsafeRawBufferPointer(start)[..<count], at: file.path)
            let (id, size) = try lane.add { try input.read(into: $0) }
            return size == status.size ? Pointer(id: id, size: size) : nil
        }
        return ReadFile(file: .init(path: file.path, status: status), pointer: pointer)
    }

    /// What `body` makes of a file that did not change meanwhile, with its stat data; `nil` for an empty one.
    ///
    /// - Parameter body: gives `nil` where it saw the file change.
    private func readingAgainWhileItChanges<Result>(
        _ file: AddPlan.File, _ body: (borrowing OpenFile, FileStat) throws -> Result?
    ) throws -> (FileStat, Result?) {
        for _ in 1...Self.attempts {
            let input = try open(file.path)
            let before = try input.settleTime()
            if before.size == 0 { return (before, nil) }
            guard before.size <= LayDown.smallLimit || file.status.size > LayDown.smallLimit else { continue }
            if let result = try body(input, before), try input.status() == before { return (before, result) }
        }
        throw Self.changed(file.path)
    }

    private func open(_ path: RepoPath) throws(VxError) -> OpenFile {
        guard let folder = try folders.folder(holding: path) else { throw Self.changed(path) }
        return try folder.file.opening(path.platformName)
    }

    static func changed(_ path: RepoPath) -> VxError {
        VxError(
            "\(path) changed while it was being added", because: "something is still writing to it",
            hint: "wait until it is complete, then repeat the command; nothing was staged")
    }

    /// Makes room for a file that the buffer is too small for. Nothing may be waiting in it.
    private func reserve(_ count: Int) {
        if buffer.count >= count { return }
        buffer.deallocate()
        buffer = .allocate(byteCount: count, alignment: 64)
    }
}

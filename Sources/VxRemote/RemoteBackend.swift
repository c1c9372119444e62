import VxModel

/// A dumb object store: what vx needs of a place to share data, and nothing more.
///
/// All calls block and may come from many threads at once. Keys are ASCII paths without a leading slash
/// (``RemoteLayout``). Objects never change once they are there: putting one that exists leaves it as it is.
package protocol RemoteBackend: AnyObject, Sendable {
    /// The place as people read it in errors; never a credential.
    var location: String { get }

    /// What this place can do. May cost a request or two the first time.
    func properties() throws(RemoteError) -> RemoteProperties

    /// Stores `body` under `key` unless something is there already. Readers see all of it or nothing.
    ///
    /// - Parameter moved: called with the number of bytes as they leave, in pieces.
    /// - Returns: whether it was stored; `false` where something was there.
    func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool

    /// Stores `body` under a key that a listing of a moment ago did not show; otherwise like ``put(_:_:moved:)``, which may have
    /// to look first. Where something came there meanwhile it stays, or is replaced by the same bytes.
    func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool

    /// Fills the whole of `buffer` from the object's bytes at `offset`.
    ///
    /// - Parameter moved: called with the number of bytes as they arrive, in pieces.
    /// - Throws: ``RemoteError/Kind/notFound`` without such an object, ``RemoteError/Kind/damaged`` where other than
    ///   exactly the bytes asked for came. The buffer's content is undefined then.
    func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError)

    /// All bytes of a small object, in one request where the storage can; `nil` where there is none.
    ///
    /// - Throws: also where it has more than `limit` bytes.
    func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]?

    /// What is known of one object without its bytes; `nil` where there is none.
    func head(_ key: String) throws(RemoteError) -> RemoteObject?

    /// The hash of all of an object's bytes, as the storage tells it, none of them going over the line; `nil` where it
    /// tells none, or there is no such object.
    func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum?

    /// Gives every object whose key starts with `prefix`, in no promised order. Some places list new objects late.
    func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError)

    /// Removes an object; none there is fine.
    func delete(_ key: String) throws(RemoteError)

    /// Removes what puts that were killed or interrupted before a time have left behind, and nobody sees.
    ///
    /// - Parameter time: seconds since 1970 by the storage's clock.
    func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers
}

/// What puts that were killed or interrupted have left behind.
package struct RemoteLeftovers: Sendable, Equatable {
    /// Files, or uploads in parts, that were removed, or would be.
    package var files = 0
    package var bytes: UInt64 = 0
    /// Files that could not be removed: another user's, where the folder does not let others remove them.
    package var kept = 0

    package init(files: Int = 0, bytes: UInt64 = 0, kept: Int = 0) {
        self.files = files
        self.bytes = bytes
        self.kept = kept
    }
}

/// One object of a remote.
package struct RemoteObject: Sendable, Hashable {
    package var key: String
    /// In bytes.
    package var size: UInt64
    /// When it was stored, in seconds since 1970 by the storage's clock.
    package var modified: Int64

    package init(key: String, size: UInt64, modified: Int64) {
        self.key = key
        self.size = size
        self.modified = modified
    }
}

/// What a place can do.
package struct RemoteProperties: Sendable, Hashable {
    /// How "unless something is there" is kept.
    package enum PutIfAbsent: String, Sendable {
        /// By the storage, in one step: of two that put at once, one is told so.
        case atomic
        /// By looking first: of two that put at once, both may store. Harmless for vx, whose keys are hashes.
        case checked
    }

    package var putIfAbsent: PutIfAbsent
    /// Requests it serves well at once.
    package var connections: Int

    package init(putIfAbsent: PutIfAbsent, connections: Int) {
        self.putIfAbsent = putIfAbsent
        self.connections = connections
    }
}

extension RemoteBackend {
    /// For places that look at no cost.
    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try put(key, body, moved: moved)
    }

    /// A place that shows all it keeps has nothing of the kind.
    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers { RemoteLeftovers() }

    /// Stores bytes that are in memory; see ``put(_:_:moved:)``.
    @discardableResult
    package func put(_ key: String, _ bytes: [UInt8]) throws(RemoteError) -> Bool {
        try put(key, .bytes(bytes)) { _ in }
    }

    /// The object's bytes from `offset` on, `count` of them.
    package func read(_ key: String, at offset: UInt64, count: Int) throws(RemoteError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(RemoteError) in try read(key, at: offset, into: buffer) { _ in } }
        }
        try result.get()
        return bytes
    }

    /// For places that look at no cost.
    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        guard let object = try head(key) else { return nil }
        guard object.size <= UInt64(limit) else { throw tooLong(key, object.size) }
        return try read(key, at: 0, count: Int(object.size))
    }

    /// The error for an object that is longer than what is read as a whole.
    func tooLong(_ key: String, _ size: UInt64) -> RemoteError {
        RemoteError(.refused, "\(key) in \(location) has \(ByteCount.text(size))", because: "it is read as a whole")
    }

    /// Everything under a prefix, sorted by key.
    package func list(_ prefix: String) throws(RemoteError) -> [RemoteObject] {
        var objects: [RemoteObject] = []
        try list(prefix) { (object) throws(RemoteError) in objects.append(object) }
        return objects.sorted { $0.key < $1.key }
    }
}

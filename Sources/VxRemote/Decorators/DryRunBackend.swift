import Synchronization
import VxModel
import VxSystem

/// Changes nothing, and behaves towards its caller as though it did: what was put is there, what was deleted is gone.
///
/// Bytes of what was put are not kept: reading them is an error of the kind ``RemoteError/Kind/dryRun``.
package final class DryRunBackend: RemoteBackend {
    private struct Changes: Sendable {
        var put: [String: RemoteObject] = [:]
        var deleted: Set<String> = []
    }

    private let base: any RemoteBackend
    private let changes = Mutex(Changes())
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: seconds since 1970, the time of what is put.
    package init(_ base: any RemoteBackend, clock: @escaping @Sendable () -> Int64) {
        self.base = base
        self.clock = clock
    }

    package var location: String { base.location }

    /// What would have been put, sorted by key.
    package var wouldPut: [RemoteObject] { changes.withLock { $0.put.values.sorted { $0.key < $1.key } } }
    /// What would have been deleted, sorted.
    package var wouldDelete: [String] { changes.withLock { $0.deleted.sorted() } }

    package func properties() throws(RemoteError) -> RemoteProperties { try base.properties() }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try RemoteLayout.check(key: key)
        if try head(key) != nil { return false }
        return try add(key, body, moved: moved)
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try RemoteLayout.check(key: key)
        let object = RemoteObject(key: key, size: body.length, modified: clock())
        moved(Int(body.length))
        return changes.withLock { $0.put.updateValue(object, forKey: key) == nil }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        if try isGone(key) { throw RemoteError(.notFound, "there is no \(key) in \(location)") }
        try base.read(key, at: offset, into: buffer, moved: moved)
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        try isGone(key) ? nil : try base.contents(key, limit: limit)
    }

    /// Whether an object would have been deleted.
    ///
    /// - Throws: where it would have been put: nobody has its bytes.
    private func isGone(_ key: String) throws(RemoteError) -> Bool {
        let (isPut, isGone) = changes.withLock { ($0.put[key] != nil, $0.deleted.contains(key)) }
        if isPut {
            throw RemoteError(.dryRun, "\(key) was not really stored in \(location)", because: "this is a dry run")
        }
        return isGone
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        let (put, isGone) = changes.withLock { ($0.put[key], $0.deleted.contains(key)) }
        if let put { return put }
        return isGone ? nil : try base.head(key)
    }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        let isChanged = changes.withLock { $0.put[key] != nil || $0.deleted.contains(key) }
        return isChanged ? nil : try base.checksum(key)
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        let changes = changes.withLock { $0 }
        try base.list(prefix) { (object) throws(RemoteError) in
            if changes.put[object.key] == nil, !changes.deleted.contains(object.key) { try each(object) }
        }
        for object in changes.put.values.sorted(by: { $0.key < $1.key }) where object.key.hasPrefix(prefix) {
            try each(object)
        }
    }

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try base.sweep(before: time, dryRun: true)
    }

    package func delete(_ key: String) throws(RemoteError) {
        let exists = try head(key) != nil
        changes.withLock { changes in
            changes.put[key] = nil
            if exists { changes.deleted.insert(key) }
        }
    }
}

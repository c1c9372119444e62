import Crypto
import Synchronization
import VxModel

/// A remote in this process's memory, for tests and for trying a plan out.
package final class MemoryBackend: RemoteBackend {
    private struct Stored: Sendable {
        var bytes: [UInt8]
        var modified: Int64
    }

    package let location: String
    private let objects = Mutex<[String: Stored]>([:])
    private let clock: @Sendable () -> Int64

    /// An empty remote.
    ///
    /// - Parameter clock: seconds since 1970, the time that objects get.
    package init(location: String = "memory", clock: @escaping @Sendable () -> Int64) {
        self.location = location
        self.clock = clock
    }

    package func properties() throws(RemoteError) -> RemoteProperties {
        RemoteProperties(putIfAbsent: .atomic, connections: 4)
    }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try RemoteLayout.check(key: key)
        if objects.withLock({ $0[key] != nil }) { return false }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(body.length))
        try body.forEachPiece { (piece) throws(RemoteError) in
            bytes.append(contentsOf: piece)
            moved(piece.count)
        }
        let stored = Stored(bytes: bytes, modified: clock())
        return objects.withLock { objects in
            if objects[key] != nil { return false }
            objects[key] = stored
            return true
        }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        guard let stored = objects.withLock({ $0[key] }) else {
            throw RemoteError(.notFound, "there is no \(key) in \(location)")
        }
        guard offset <= UInt64(stored.bytes.count), buffer.count <= stored.bytes.count - Int(offset) else {
            throw RemoteError(.damaged, "\(key) in \(location) is shorter than it should be")
        }
        stored.bytes.withUnsafeBytes { bytes in
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset) + buffer.count]))
        }
        moved(buffer.count)
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        objects.withLock { objects in
            objects[key].map { RemoteObject(key: key, size: UInt64($0.bytes.count), modified: $0.modified) }
        }
    }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        guard let stored = objects.withLock({ $0[key] }) else { return nil }
        return .sha256(Array(SHA256.hash(data: stored.bytes)))
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        let found = objects.withLock { objects in
            objects.filter { $0.key.hasPrefix(prefix) }.map {
                RemoteObject(key: $0.key, size: UInt64($0.value.bytes.count), modified: $0.value.modified)
            }
        }
        for object in found.sorted(by: { $0.key < $1.key }) { try each(object) }
    }

    package func delete(_ key: String) throws(RemoteError) {
        objects.withLock { $0[key] = nil }
    }
}

import VxModel
import VxSystem

/// Lets only so many requests through at once; the others wait for their turn.
package final class LimitedBackend: RemoteBackend {
    private let base: any RemoteBackend
    private let limit: Int
    private let free: Monitor<Int>

    /// - Parameter connections: requests at once, 1 at least.
    package init(_ base: any RemoteBackend, connections: Int) {
        self.base = base
        limit = max(1, connections)
        free = Monitor(limit)
    }

    package var location: String { base.location }

    private func limited<Result>(_ body: () throws(RemoteError) -> Result) throws(RemoteError) -> Result {
        _ = free.wait { (free) -> Bool? in
            if free == 0 { return nil }
            free -= 1
            return true
        }
        defer { free.update { $0 += 1 } }
        return try body()
    }

    package func properties() throws(RemoteError) -> RemoteProperties {
        var properties = try limited { () throws(RemoteError) in try base.properties() }
        properties.connections = limit
        return properties
    }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try limited { () throws(RemoteError) in try base.put(key, body, moved: moved) }
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try limited { () throws(RemoteError) in try base.add(key, body, moved: moved) }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try limited { () throws(RemoteError) in try base.read(key, at: offset, into: buffer, moved: moved) }
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        try limited { () throws(RemoteError) in try base.contents(key, limit: limit) }
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        try limited { () throws(RemoteError) in try base.head(key) }
    }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try limited { () throws(RemoteError) in try base.checksum(key) }
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        // `each` may make requests of its own, which must not wait for the one that is listing.
        var objects: [RemoteObject] = []
        try limited { () throws(RemoteError) in
            try base.list(prefix) { (object) throws(RemoteError) in objects.append(object) }
        }
        for object in objects { try each(object) }
    }

    package func delete(_ key: String) throws(RemoteError) {
        try limited { () throws(RemoteError) in try base.delete(key) }
    }

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try limited { () throws(RemoteError) in try base.sweep(before: time, dryRun: dryRun) }
    }
}

import VxModel
import VxSystem

/// Keeps the bytes of all requests together under a rate.
package final class ThrottledBackend: RemoteBackend {
    private let base: any RemoteBackend
    private let bytesPerSecond: Double
    private let timing: Timing
    /// When the bytes let through so far will have had their time.
    private let due: Monitor<Double>

    /// - Parameter bytesPerSecond: of all requests together, both ways.
    package init(_ base: any RemoteBackend, bytesPerSecond: Double, timing: Timing) {
        self.base = base
        self.bytesPerSecond = max(1, bytesPerSecond)
        self.timing = timing
        due = Monitor(-.infinity)
    }

    package var location: String { base.location }

    /// Called from within a transfer: to wait here makes the other side wait.
    private func pass(_ count: Int) {
        if count <= 0 { return }
        let now = timing.now()
        let wait = due.update { due in
            // Time that nobody used is not saved up.
            due = max(due, now) + Double(count) / bytesPerSecond
            return due - now
        }
        timing.sleep(wait)
    }

    package func properties() throws(RemoteError) -> RemoteProperties { try base.properties() }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try base.put(key, body) {
            pass($0)
            moved($0)
        }
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try base.add(key, body) {
            pass($0)
            moved($0)
        }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try base.read(key, at: offset, into: buffer) {
            pass($0)
            moved($0)
        }
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        let bytes = try base.contents(key, limit: limit)
        pass(bytes?.count ?? 0)
        return bytes
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? { try base.head(key) }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? { try base.checksum(key) }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        try base.list(prefix, each: each)
    }

    package func delete(_ key: String) throws(RemoteError) { try base.delete(key) }

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try base.sweep(before: time, dryRun: dryRun)
    }
}

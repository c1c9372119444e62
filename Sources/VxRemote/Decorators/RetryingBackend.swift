import VxModel
import VxSystem

/// Tries again what may pass (docs/remotes.md, "What is tried again"), after pauses that double and are jittered, so
/// that many clients that were sent away together do not come back together.
package final class RetryingBackend: RemoteBackend {
    package struct Policy: Sendable {
        /// How often a request is made at most.
        package var attempts: Int
        /// Seconds before the second attempt, on average half of it; each later pause is up to twice as long.
        package var firstPause: Double
        /// Seconds that no pause exceeds, but where the server asks for more.
        package var longestPause: Double

        package init(attempts: Int = 6, firstPause: Double = 0.5, longestPause: Double = 20) {
            self.attempts = attempts
            self.firstPause = firstPause
            self.longestPause = longestPause
        }
    }

    /// How often a server may be silent before it is given up.
    private static let silences = 2
    /// Seconds a server may ask to be left alone for.
    private static let longestWait = 60.0

    private let base: any RemoteBackend
    private let policy: Policy
    private let timing: Timing
    private let cancellation: Cancellation
    /// A number from 0 up to 1.
    private let random: @Sendable () -> Double

    package init(
        _ base: any RemoteBackend, policy: Policy = Policy(), timing: Timing, cancellation: Cancellation,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.base = base
        self.policy = policy
        self.timing = timing
        self.cancellation = cancellation
        self.random = random
    }

    package var location: String { base.location }

    private func retrying<Result>(_ body: () throws(RemoteError) -> Result) throws(RemoteError) -> Result {
        var attempt = 1
        var silences = 0
        while true {
            do {
                return try body()
            } catch {
                if error.isSilence { silences += 1 }
                // A server that asks for an hour is not waited for: the user sees its message sooner.
                guard error.kind.mayPass, !error.isFinal, attempt < policy.attempts, silences < Self.silences,
                    error.retryAfter ?? 0 <= Self.longestWait
                else { throw error }
                timing.sleep(pause(after: attempt, error))
                if cancellation.isCancelled { throw RemoteError(.interrupted, "interrupted") }
                attempt += 1
            }
        }
    }

    /// "Full jitter": anything up to the bound, which doubles (Brooker, "Exponential Backoff And Jitter", 2015).
    private func pause(after attempt: Int, _ error: RemoteError) -> Double {
        let bound = min(policy.longestPause, policy.firstPause * Double(1 << min(attempt - 1, 20)))
        return max(bound * random(), error.retryAfter ?? 0)
    }

    package func properties() throws(RemoteError) -> RemoteProperties {
        try retrying { () throws(RemoteError) in try base.properties() }
    }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try retrying { () throws(RemoteError) in try base.put(key, body, moved: moved) }
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try retrying { () throws(RemoteError) in try base.add(key, body, moved: moved) }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        // Bytes of a failed attempt are taken back, so that the sum is what arrived for good.
        try retrying { () throws(RemoteError) in
            var counted = 0
            do throws(RemoteError) {
                try base.read(key, at: offset, into: buffer) {
                    counted += $0
                    moved($0)
                }
            } catch {
                if counted > 0 { moved(-counted) }
                throw error
            }
        }
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        try retrying { () throws(RemoteError) in try base.contents(key, limit: limit) }
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        try retrying { () throws(RemoteError) in try base.head(key) }
    }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try retrying { () throws(RemoteError) in try base.checksum(key) }
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        // What was listed before a failure must not be given twice.
        var objects: [RemoteObject] = []
        try retrying { () throws(RemoteError) in
            objects = []
            try base.list(prefix) { (object) throws(RemoteError) in objects.append(object) }
        }
        for object in objects { try each(object) }
    }

    package func delete(_ key: String) throws(RemoteError) {
        try retrying { () throws(RemoteError) in try base.delete(key) }
    }

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try retrying { () throws(RemoteError) in try base.sweep(before: time, dryRun: dryRun) }
    }
}

import Synchronization
import VxModel
import VxSystem

/// Requests that need not wait for each other: together they take as long as one.
enum Simultaneous {
    /// Makes all of them, and waits.
    ///
    /// - Throws: of several errors that of the first in the list, whichever came first.
    static func run(_ requests: [@Sendable () throws -> Void], _ cancellation: Cancellation) throws {
        let failures = Mutex<[Int: any Error]>([:])
        try WorkerPool(width: requests.count).forEachBatch(
            count: requests.count, batch: 1, cancellation: cancellation
        ) { _, range in
            for number in range {
                do {
                    try requests[number]()
                } catch {
                    failures.withLock { $0[number] = error }
                }
            }
        }
        if let first = failures.withLock({ failures in failures.keys.min().flatMap { failures[$0] } }) { throw first }
    }
}

import Synchronization
import VxSystem

/// How far a transfer is. The engine counts; whoever shows it looks now and then.
package final class TransferProgress: Sendable {
    package enum Phase: String, Sendable {
        case listing, sending, receiving, proving
    }

    private let current = Mutex(Phase.listing)
    /// Bytes that will have to go over the line, as far as is known yet.
    package let expected = Counter()
    /// Bytes that went over the line.
    package let moved = Counter()
    /// Requests for packs that are done.
    package let packs = Counter()

    package init() {}

    package var phase: Phase {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

import Synchronization
import VxModel

/// A flag that says "stop as soon as nothing can be lost". Workers look at it between files and chunks.
package final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    /// Safe to call from a signal handler: it only stores a flag.
    package func cancel() {
        flag.store(true, ordering: .relaxed)
    }

    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// - Throws: `VxError.Code.interrupted` once ``cancel()`` was called.
    package func check() throws(VxError) {
        if isCancelled {
            throw VxError(.interrupted, "interrupted", hint: "nothing is lost; repeat the command to go on")
        }
    }
}

import Synchronization

/// One value for each worker of a pool, made when the worker first asks: buffers, codecs, pack writers.
///
/// `@unchecked Sendable`: a slot is only ever touched by the worker it belongs to, and worker numbers are handed out
/// by ``WorkerPool``, one thread each.
package final class PerWorker<Value>: @unchecked Sendable {
    private let slots: UnsafeMutableBufferPointer<Value?>

    package init(_ pool: WorkerPool) {
        slots = .allocate(capacity: pool.width)
        slots.initialize(repeating: nil)
    }

    deinit {
        slots.deinitialize()
        slots.deallocate()
    }

    package func value(of worker: Int, make: () throws -> Value) rethrows -> Value {
        if let value = slots[worker] { return value }
        let value = try make()
        slots[worker] = value
        return value
    }
}

import Synchronization
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Blocking work on as many threads as there are cores.
///
/// Hashing, `pread` and `fsync` block; they run on threads of their own and never on Swift's cooperative pool, which
/// has no thread to spare for waiting.
package struct WorkerPool: Sendable {
    package let width: Int

    /// - Parameter width: the number of threads; the number of cores by default.
    package init(width: Int = WorkerPool.coreCount) {
        self.width = max(1, width)
    }

    package static var coreCount: Int { max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    /// Calls `body` once on each thread with the thread's number and waits for all of them. Worker 0 runs on the
    /// caller's thread. Where the system refuses more threads there are fewer.
    ///
    /// - Throws: the first error any of them threw, after all have ended.
    package func run(_ body: @Sendable (_ worker: Int) throws -> Void) throws {
        if width == 1 { return try body(0) }
        try withoutActuallyEscaping(body) { body in
            let failure = FirstFailure()
            var threads: [pthread_t] = []
            defer { for thread in threads { pthread_join(thread, nil) } }
            for worker in 1..<width {
                // Fewer threads than asked for are slower and still right. To give up here could leave those that run
                // waiting for work that worker 0 was to hand out.
                guard let thread = try? Self.start({ failure.record { try body(worker) } }) else { break }
                threads.append(thread)
            }
            failure.record { try body(0) }
            for thread in threads { pthread_join(thread, nil) }
            threads = []
            try failure.rethrow()
        }
    }

    /// Hands out `0..<count` in batches, in order, to whichever thread is free.
    ///
    /// Stops handing out after an error or when `cancellation` fires.
    ///
    /// - Throws: of several errors that of the first batch, which is the same however many threads there are: all batches
    ///   before it were handed out before it.
    package func forEachBatch(
        count: Int, batch: Int, cancellation: Cancellation,
        _ body: @Sendable (_ worker: Int, _ range: Range<Int>) throws -> Void
    ) throws {
        let next = Counter()
        let failed = Cancellation()
        let first = Mutex<(start: Int, error: any Error)?>(nil)
        let threads = min(width, (count + batch - 1) / max(1, batch))
        guard threads > 0 else { return }
        try WorkerPool(width: threads).run { worker in
            while !failed.isCancelled {
                try cancellation.check()
                let start = next.add(batch) - batch
                if start >= count { return }
                do {
                    try body(worker, start..<min(start + batch, count))
                } catch {
                    failed.cancel()
                    first.withLock { if $0.map({ start < $0.start }) ?? true { $0 = (start, error) } }
                    return
                }
            }
        }
        if let error = first.withLock({ $0?.error }) { throw error }
    }

    /// Hands out `0..<count` in batches to work that cannot fail.
    package func forEachBatch(count: Int, batch: Int, _ body: @Sendable (_ range: Range<Int>) -> Void) {
        let next = Counter()
        let threads = max(1, min(width, (count + batch - 1) / max(1, batch)))
        // Worker 0 is the caller's thread and always runs, so that all of it is done even where no thread can be had.
        try? WorkerPool(width: threads).run { _ in
            while true {
                let start = next.add(batch) - batch
                if start >= count { return }
                body(start..<min(start + batch, count))
            }
        }
    }

    /// Keeps the first error of several threads.
    private final class FirstFailure: Sendable {
        private let error = Mutex<(any Error)?>(nil)

        func record(_ body: () throws -> Void) {
            do {
                try body()
            } catch let thrown {
                error.withLock { if $0 == nil { $0 = thrown } }
            }
        }

        func rethrow() throws {
            if let error = error.withLock({ $0 }) { throw error }
        }
    }

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own that nobody waits for.
    ///
    /// - Throws: where the system refuses a thread.
    package static func detach(_ body: @escaping @Sendable () -> Void) throws(VxError) {
        pthread_detach(try start(body))
    }

    /// Has that many threads at once for a moment: the language's runtime waits for ever for those it is refused.
    ///
    /// - Throws: where the system refuses one.
    static func requireThreads(_ count: Int) throws(VxError) {
        let isOver = Monitor(false)
        var threads: [pthread_t] = []
        defer {
            isOver.update { $0 = true }
            for thread in threads { pthread_join(thread, nil) }
        }
        for _ in 0..<count { threads.append(try start { _ = isOver.wait { $0 ? true : nil } }) }
    }

    fileprivate static func start(_ body: @escaping @Sendable () -> Void) throws(VxError) -> pthread_t {
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        let job = Unmanaged.passRetained(Job(body))
        let result = pthread_create(
            &thread, nil,
            { argument in
                #if canImport(Glibc)
                    guard let argument else { return nil }
                #endif
                Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, job.toOpaque())
        guard result == 0 else {
            job.release()
            throw VxError.system("cannot start a thread", errno: result)
        }
        #if canImport(Glibc)
            return thread
        #else
            guard let thread else { throw VxError("cannot start a thread") }
            return thread
        #endif
    }
}

/// One piece of blocking work on a thread of its own.
///
/// `@unchecked Sendable`: after `init`, the thread's number is only touched with `lock` held.
package final class BackgroundWork: @unchecked Sendable {
    private final class Outcome: Sendable {
        let error = Mutex<VxError?>(nil)
    }

    private let outcome = Outcome()
    private var thread: pthread_t?
    private let lock = Mutex(())

    /// Starts the work; does it at once where the system refuses another thread.
    package init(_ body: @escaping @Sendable () throws(VxError) -> Void) {
        let outcome = outcome
        let run: @Sendable () -> Void = {
            do throws(VxError) {
                try body()
            } catch {
                outcome.error.withLock { $0 = error }
            }
        }
        do throws(VxError) {
            thread = try WorkerPool.start(run)
        } catch {
            run()
        }
    }

    deinit { join() }

    private func join() {
        lock.withLock { _ in
            if let thread { pthread_join(thread, nil) }
            thread = nil
        }
    }

    /// Waits for the end of the work.
    ///
    /// - Throws: what it threw.
    package func wait() throws(VxError) {
        join()
        if let error = outcome.error.withLock({ $0 }) { throw error }
    }
}

/// A counter many threads add to: work handed out, bytes done.
package final class Counter: Sendable {
    private let storage = Atomic<Int>(0)

    package init() {}

    /// Adds and returns the new value.
    @discardableResult
    package func add(_ amount: Int) -> Int {
        storage.add(amount, ordering: .relaxed).newValue
    }

    package var value: Int { storage.load(ordering: .relaxed) }
}

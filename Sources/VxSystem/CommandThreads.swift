import VxModel

/// The threads on which the tasks of a command run: the main one, and others once it has no time.
///
/// The language's own pool looks at its threads in `/proc` once a second and ends the process where it cannot open a file for
/// that (`_dispatch_workq_count_runnable_workers` of libdispatch), so that a command with few descriptors left could die at any
/// moment. These threads need no descriptor, and a command that waits for nothing starts none.
package final class CommandThreads: TaskExecutor {
    private struct State {
        /// Those that wait for a thread, the oldest first.
        var jobs: [UnownedJob] = []
        /// Threads that wait for a job, or are about to; the main one does from the beginning.
        var idle = 1
        /// Threads that may still be started.
        var spare: Int
    }

    private let state: Monitor<State>

    /// - Parameter width: the number of threads, the main one among them; at least 2, so that one which waits for a program does
    ///   not keep what reads its output from running.
    private init(width: Int) {
        state = Monitor(State(spare: max(2, width) - 1))
    }

    /// Runs `body` and all tasks that it starts. Never returns: `body` ends the process.
    package static func run(_ body: @escaping @Sendable () async -> Never) -> Never {
        let threads = CommandThreads(width: WorkerPool.coreCount)
        Task(executorPreference: threads) { await body() }
        threads.serve()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let needsThread = state.update { state in
            state.jobs.append(job)
            guard state.jobs.count > state.idle, state.spare > 0 else { return false }
            state.spare -= 1
            state.idle += 1
            return true
        }
        guard needsThread else { return }
        do throws(VxError) {
            try WorkerPool.detach { self.serve() }
        } catch {
            // Those there are do the work, one after the other; the main one always is.
            state.update { state in
                state.spare = 0
                state.idle -= 1
            }
        }
    }

    /// Runs jobs on this thread for ever.
    private func serve() -> Never {
        while true {
            let job: UnownedJob = state.wait { state in
                if state.jobs.isEmpty { return nil }
                state.idle -= 1
                return state.jobs.removeFirst()
            }
            job.runSynchronously(on: asUnownedTaskExecutor())
            state.update { $0.idle += 1 }
        }
    }
}

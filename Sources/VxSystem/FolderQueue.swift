import Synchronization

/// Hands out groups of work in batches so that each thread keeps to one group, and no two threads are in the same while
/// there are enough of them.
package final class FolderQueue: Sendable {
    private struct State {
        /// What is left of each group.
        var left: [Range<Int>]
        /// Groups before it were taken by some thread.
        var firstFree = 0
        /// Groups before it have nothing left.
        var firstUnfinished = 0
        var isStopped = false
    }

    private let state: Mutex<State>
    private let batch: Int

    /// - Parameter counts: how much work each group has.
    package init(counts: [Int], batch: Int) {
        state = Mutex(State(left: counts.map { 0..<$0 }))
        self.batch = batch
    }

    /// The next work for a thread that has just done some of group `last`; `nil` where there is none left.
    package func next(after last: Int?) -> (group: Int, range: Range<Int>)? {
        state.withLock { state in
            if state.isStopped { return nil }
            var group = last
            if group.map({ state.left[$0].isEmpty }) ?? true {
                if state.firstFree < state.left.count {
                    group = state.firstFree
                    state.firstFree += 1
                } else {
                    while state.firstUnfinished < state.left.count, state.left[state.firstUnfinished].isEmpty {
                        state.firstUnfinished += 1
                    }
                    group = state.firstUnfinished
                }
            }
            guard let group, group < state.left.count else { return nil }
            let left = state.left[group]
            let end = min(left.lowerBound + batch, left.upperBound)
            state.left[group] = end..<left.upperBound
            return (group, left.lowerBound..<end)
        }
    }

    /// Hands out nothing any more.
    package func stop() { state.withLock { $0.isStopped = true } }
}

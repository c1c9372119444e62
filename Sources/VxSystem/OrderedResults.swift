import Synchronization

/// Collects what several threads make for consecutive ranges, in the order of the ranges.
package final class OrderedResults<Element: Sendable>: Sendable {
    private let parts = Mutex<[(start: Int, elements: [Element])]>([])

    package init(count: Int) {
        parts.withLock { $0.reserveCapacity(min(count, 1024)) }
    }

    package func store(_ elements: [Element], at range: Range<Int>) {
        parts.withLock { $0.append((range.lowerBound, elements)) }
    }

    /// Everything stored so far, in order.
    package var all: [Element] {
        parts.withLock { parts in
            parts.sort { $0.start < $1.start }
            var all: [Element] = []
            all.reserveCapacity(parts.reduce(0) { $0 + $1.elements.count })
            for part in parts { all += part.elements }
            return all
        }
    }
}

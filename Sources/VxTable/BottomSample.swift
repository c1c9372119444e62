/// A uniform sample of a stream: the values whose rows have the smallest hashes. It depends on the rows alone, not on their
/// order or on who read them.
struct BottomSample: Sendable, Equatable {
    /// The most values kept.
    private var capacity = SummaryShare().numbers
    private var items: [(hash: UInt64, value: Double)] = []
    private var bound = UInt64.max

    /// As many as may wait for the next sorting: all over again, or a few where there are many samples.
    private var slack: Int { capacity == SummaryShare().numbers ? capacity : capacity / 4 + 1 }

    mutating func add(_ value: Double, hash: UInt64) {
        guard hash <= bound else { return }
        items.append((hash, value))
        if items.count >= capacity + slack { trim() }
    }

    mutating func add(_ other: BottomSample) {
        for item in other.items { add(item.value, hash: item.hash) }
    }

    /// Keeps no more values than that from now on.
    mutating func limit(to capacity: Int) {
        if capacity >= self.capacity { return }
        self.capacity = capacity
        trim()
        // An array of its own size: a copy would share what was set aside for more.
        items = items.map { $0 }
    }

    private mutating func trim() {
        guard items.count > capacity else { return }
        items.sort { ($0.hash, $0.value) < ($1.hash, $1.value) }
        items.removeLast(items.count - capacity)
        bound = items.last?.hash ?? .max
    }

    /// The values, in no order.
    var values: [Double] {
        var whole = self
        whole.trim()
        return whole.items.map(\.value)
    }

    static func == (left: BottomSample, right: BottomSample) -> Bool { left.values.sorted() == right.values.sorted() }
}

/// Where rows are in their files: next to nothing where each row is on a line of its own, as in most tables; else 4 bytes for each.
struct LineNumbers: Sendable {
    /// Rows one line below the other, by the first of them.
    private struct Run: Sendable {
        var row: UInt32
        var line: UInt32
    }

    private var runs: [Run] = []
    /// Each line, where there are too many runs.
    private var each = LongList<UInt32>()
    private var isEach = false
    private(set) var count = 0

    init() {}

    /// So many rows, one line below the other.
    init(first: UInt32, count: Int) {
        self.count = count
        if count > 0 { runs = [Run(row: 0, line: first)] }
    }

    init(_ lines: UnsafeBufferPointer<UInt32>) {
        for line in lines { append(line) }
    }

    subscript(_ row: Int) -> UInt32 {
        if isEach { return each[row] }
        var (low, high) = (0, runs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(runs[middle].row) <= row { low = middle } else { high = middle }
        }
        return runs[low].line &+ UInt32(row) &- runs[low].row
    }

    mutating func append(_ line: UInt32) { append(line, count: 1) }

    /// Appends rows one line below the other.
    private mutating func append(_ line: UInt32, count added: Int) {
        if isEach {
            for number in 0..<added { each.append(line &+ UInt32(number)) }
        } else if let last = runs.last, line == last.line &+ UInt32(count) &- last.row {
            // They go on where the last ones end.
        } else {
            runs.append(Run(row: UInt32(count), line: line))
        }
        count += added
        if !isEach, runs.count > 64, runs.count > count / 4 { keepEach() }
    }

    private mutating func keepEach() {
        each = LongList(count: count) { self[$0] }
        (runs, isEach) = ([], true)
    }

    /// Appends the lines of other rows and takes them from there.
    mutating func append(taking other: inout LineNumbers) {
        if other.isEach {
            if !isEach { keepEach() }
            each.append(taking: &other.each)
            count += other.count
        } else {
            for (place, run) in other.runs.enumerated() {
                let end = place + 1 < other.runs.count ? Int(other.runs[place + 1].row) : other.count
                append(run.line, count: end - Int(run.row))
            }
        }
        other = LineNumbers()
    }
}

import VxConfig

/// The times at which the sides begin.
extension Assigner {
    /// The side of a time, by the cuts.
    func side(at time: TimePoint.Moment) -> Int { order[(cuts ?? []).count { $0.moment <= time }] }

    /// The sides in the order written, but for the test side, which is the newest wherever it is written.
    static func order(_ split: Configuration.Split) -> [Int] {
        let test = SplitRule.testSide(split)
        return split.ratios.indices.filter { split.ratios[$0].side != test }
            + split.ratios.indices.filter { split.ratios[$0].side == test }
    }

    /// Sets the times at which the later sides begin, so that each gets its share of these rows; equal times stay together.
    /// A group, or a key, is as new as its newest example: nothing of an older side is newer than the cut. Without rows there are none.
    mutating func cut(_ rows: Range<Int>) {
        let newest = NewestTimes(examples, rows)
        var counts = [Int](repeating: 0, count: examples.moments.count)
        for row in rows { if let time = newest.time(row, examples) { counts[time] += 1 } }
        let total = counts.reduce(0, +)
        if total == 0 { return }
        let sorted = counts.indices.filter { counts[$0] > 0 }.sorted { examples.moments[$0] < examples.moments[$1] }
        /// What the time at a place is, where they are in order, those of one moment as their rows come.
        func time(at place: Int) -> Int {
            var (first, next) = (0, 0)
            var moment: TimePoint.Moment?
            for time in sorted {
                if moment.map({ $0 < examples.moments[time] }) ?? true {
                    if next > place { break }
                    (moment, first) = (examples.moments[time], next)
                }
                next += counts[time]
            }
            var left = place - first
            for row in rows {
                guard let time = newest.time(row, examples), examples.moments[time] == moment else { continue }
                if left == 0 { return time }
                left -= 1
            }
            return sorted[sorted.count - 1]
        }
        var sum = 0.0
        cuts = order.dropLast().map { side in
            sum += shares[side].ratio
            let number = time(at: min(total - 1, max(0, Int((sum * Double(total)).rounded()))))
            return TimePoint(examples.text(ofTime: number), at: examples.moments[number])
        }
    }
}

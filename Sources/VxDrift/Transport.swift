/// Wasserstein's first distance: how far values must be moved, on average, to make one sample the other.
package enum Transport {
    /// The area between the distribution functions of two sorted samples; 0 where one is empty.
    package static func distance(_ one: [Double], _ two: [Double]) -> Double {
        if one.isEmpty || two.isEmpty { return 0 }
        let pool = Pool(one, two)
        return pool.distance { pool.isFirst[$0] }
    }

    /// The standard deviation of values.
    package static func deviation(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// As many times the two samples are mixed and divided anew.
    private static let draws = 1000

    /// How likely a division of all the values by chance moves them at least so far.
    ///
    /// The distance has no distribution of its own: it follows that of the values. So the values are divided by chance, in
    /// the same way at every call; beyond what as many draws can tell, the tail is that of a gamma distribution with the
    /// draws' mean, variance and skewness (Pearson's type III, as in Winkler and others 2016).
    package static func probability(_ one: [Double], _ two: [Double]) -> Double {
        if one.isEmpty || two.isEmpty { return 1 }
        let pool = Pool(one, two)
        let found = pool.distance { pool.isFirst[$0] }
        var random = SplitMix(state: 0)
        var drawn: [Double] = []
        for _ in 0..<draws {
            var left = one.count
            drawn.append(
                pool.distance { position in
                    let isFirst = random.next(below: pool.values.count - position) < left
                    if isFirst { left -= 1 }
                    return isFirst
                })
        }
        // One part in 10^12: sums in another order.
        let reached = drawn.count { $0 >= found * (1 - 1e-12) }
        let counted = Double(reached + 1) / Double(draws + 1)
        return reached >= 10 ? counted : min(counted, fittedTail(drawn, above: found) ?? counted)
    }

    /// `nil` where the draws do not lean to the right, as a distance does.
    private static func fittedTail(_ drawn: [Double], above found: Double) -> Double? {
        let count = Double(drawn.count)
        let mean = drawn.reduce(0, +) / count
        let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        guard variance > 0 else { return nil }
        let scale = variance.squareRoot()
        let skewness =
            drawn.reduce(0) { sum, value in
                let step = (value - mean) / scale
                return sum + step * step * step
            } / count
        guard skewness > 0.05 else { return nil }
        let shape = 4 / (skewness * skewness)
        return Gamma.tail(shape: shape, above: shape + (found - mean) / scale * shape.squareRoot())
    }

    /// Two samples in one order.
    private struct Pool {
        var values: [Double] = []
        var isFirst: [Bool] = []
        private let counts: (Double, Double)

        init(_ one: [Double], _ two: [Double]) {
            var (i, j) = (0, 0)
            while i < one.count || j < two.count {
                let takesFirst = j == two.count || i < one.count && one[i] <= two[j]
                values.append(takesFirst ? one[i] : two[j])
                isFirst.append(takesFirst)
                if takesFirst { i += 1 } else { j += 1 }
            }
            counts = (Double(one.count), Double(two.count))
        }

        /// The distance, where `isFirst` says of each value, in order, which side it is on.
        func distance(_ isFirst: (Int) -> Bool) -> Double {
            var (first, second, sum) = (0.0, 0.0, 0.0)
            for position in 0..<(values.count - 1) {
                if isFirst(position) { first += 1 } else { second += 1 }
                let gap = values[position + 1] - values[position]
                sum += gap * abs(first / counts.0 - second / counts.1)
            }
            return sum
        }
    }
}

/// Steele, Lea and Flood's generator (2014): the same numbers on every machine.
private struct SplitMix {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        // The bias of a bound that is no power of 2 is below 2^-50 here.
        return Int((mixed ^ (mixed >> 31)).multipliedFullWidth(by: UInt64(bound)).high)
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Counts of two samples over the same bins.
package enum Contingency {
    /// The least count that is expected of the smaller sample in a bin (Cochran 1954).
    private static let leastExpected = 5.0

    /// Puts bins together, neighbours with neighbours, until chance is expected to give each of them five of the smaller
    /// sample. It looks at both samples together, so that it favours neither.
    package static func merged(_ bins: [(Double, Double)]) -> [(Double, Double)] {
        let n = bins.reduce(0) { $0 + $1.0 }
        let m = bins.reduce(0) { $0 + $1.1 }
        guard n > 0, m > 0 else { return [] }
        let least = leastExpected * (n + m) / min(n, m)
        var merged: [(Double, Double)] = []
        var open = (0.0, 0.0)
        for bin in bins {
            open = (open.0 + bin.0, open.1 + bin.1)
            if open.0 + open.1 >= least {
                merged.append(open)
                open = (0, 0)
            }
        }
        if let last = merged.popLast() {
            merged.append((last.0 + open.0, last.1 + open.1))
        } else {
            merged.append(open)
        }
        return merged
    }

    /// Pearson's chi-square (1900) of two samples being of one distribution, and how likely so much or more is by chance.
    package static func homogeneity(_ bins: [(Double, Double)]) -> (statistic: Double, probability: Double) {
        let n = bins.reduce(0) { $0 + $1.0 }
        let m = bins.reduce(0) { $0 + $1.1 }
        let used = bins.filter { $0.0 + $0.1 > 0 }
        guard n > 0, m > 0, used.count > 1 else { return (0, 1) }
        let statistic = used.reduce(0) { sum, bin in
            let difference = (m / n).squareRoot() * bin.0 - (n / m).squareRoot() * bin.1
            return sum + difference * difference / (bin.0 + bin.1)
        }
        return (statistic, Gamma.chiSquaredTail(statistic, freedom: used.count - 1))
    }

    /// How likely it is that two samples of one distribution differ at least so much in a share: Fisher's exact test
    /// (1935), twice the smaller tail.
    ///
    /// - Parameters:
    ///   - one: how many of the first sample's n have it.
    ///   - two: how many of the second's m.
    package static func fisher(_ one: Int, of n: Int, _ two: Int, of m: Int) -> Double {
        let total = one + two
        let range = max(0, total - n)...min(total, m)
        let center = logHypergeometric(two, total, n, m)
        /// The sum of the probabilities from what was found outwards, as a part of that of what was found.
        func tail(_ step: Int) -> Double {
            var (count, term, sum) = (two, 1.0, 1.0)
            while range.contains(count + step), term > 1e-17 * sum {
                // The ratio of neighbouring probabilities.
                let high = Double(step > 0 ? count + 1 : count)
                let ratio =
                    (Double(m) - high + 1) * (Double(total) - high + 1) / (high * (Double(n - total) + high))
                term *= step > 0 ? ratio : 1 / ratio
                count += step
                sum += term
            }
            return sum
        }
        return min(1, 2 * exp(center) * min(tail(1), tail(-1)))
    }

    private static func logHypergeometric(_ found: Int, _ total: Int, _ n: Int, _ m: Int) -> Double {
        logChoose(m, found) + logChoose(n, total - found) - logChoose(n + m, total)
    }

    private static func logChoose(_ n: Int, _ k: Int) -> Double {
        func factorial(_ number: Int) -> Double { Gamma.logarithm(Double(number) + 1) }
        return factorial(n) - factorial(k) - factorial(n - k)
    }

    /// How likely it is that some value is found only in the second sample and there as often as the most frequent of
    /// those that are: that of one value, `m/(n+m) · (m−1)/(n+m−1) …`, times the number of values there are.
    ///
    /// - Parameters:
    ///   - count: of the most frequent value that only the second sample has.
    ///   - values: how many different values both have together.
    package static func onlyInSecond(_ count: Int, values: Int, _ n: Int, _ m: Int) -> Double {
        var probability = Double(values)
        for taken in 0..<count {
            probability *= Double(m - taken) / Double(n + m - taken)
            if probability < 1e-300 { return 0 }
        }
        return min(1, probability)
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The two-sample test of Kolmogorov and Smirnov (Smirnov 1939): the largest distance of two distribution functions.
package enum Smirnov {
    /// The distance of two samples, both sorted and neither empty.
    package static func distance(_ one: [Double], _ two: [Double]) -> Double {
        let (n, m) = (Double(one.count), Double(two.count))
        var (i, j, most) = (0, 0, 0.0)
        while i < one.count, j < two.count {
            let value = min(one[i], two[j])
            while i < one.count, one[i] <= value { i += 1 }
            while j < two.count, two[j] <= value { j += 1 }
            most = max(most, abs(Double(i) / n - Double(j) / m))
        }
        return most
    }

    /// As many pairs are counted exactly; beyond, the limit is close, and errs to the side of no drift.
    private static let exactPairs = 10_000

    /// How likely two samples of one continuous distribution are at least so far apart. Equal values make it less likely,
    /// so that the test is then on the safe side.
    package static func probability(_ distance: Double, _ n: Int, _ m: Int) -> Double {
        n * m < exactPairs ? exact(distance, n, m) : limit(distance, n, m)
    }

    /// The share of the ways to order n and m values by which the two functions are so far apart, counted along the
    /// lattice (Hodges 1958) and divided on the way, so that no count overflows.
    package static func exact(_ distance: Double, _ n: Int, _ m: Int) -> Double {
        let (long, short) = (max(n, m), min(n, m))
        let (a, b) = (Double(short), Double(long))
        // Between two distances there are: 1 / (n · m) at least.
        let bound = (0.5 + floor(distance * a * b - 1e-7)) / (a * b)
        var inside = (0...long).map { Double($0) / b > bound ? 0.0 : 1 }
        for i in 1...short {
            let weight = Double(i) / Double(i + long)
            inside[0] = Double(i) / a > bound ? 0 : weight * inside[0]
            for j in 1...long {
                inside[j] =
                    abs(Double(i) / a - Double(j) / b) > bound ? 0 : weight * inside[j] + inside[j - 1]
            }
        }
        return min(1, max(0, 1 - inside[long]))
    }

    /// Kolmogorov's limit (1933), `2 Σ (−1)^(k−1) exp(−2 k² x²)`.
    package static func limit(_ distance: Double, _ n: Int, _ m: Int) -> Double {
        let (n, m) = (Double(n), Double(m))
        let square = distance * distance * n * m / (n + m)
        // Below it is 1 to eight digits, and the series is slow.
        if square < 0.08 { return 1 }
        var (sum, sign, k) = (0.0, 1.0, 1.0)
        while true {
            let term = exp(-2 * k * k * square)
            sum += sign * term
            if term < 1e-17 * sum || term == 0 { return min(1, max(0, 2 * sum)) }
            (sign, k) = (-sign, k + 1)
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The gamma function and the distributions that follow from it.
package enum Gamma {
    /// The natural logarithm of Γ(x), for x above 0: Stirling's series, after x has been raised to where it is exact to
    /// the last digits.
    package static func logarithm(_ x: Double) -> Double {
        var (x, shift) = (x, 0.0)
        while x < 12 {
            shift += log(x)
            x += 1
        }
        let square = x * x
        let series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / x
        return (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + series - shift
    }

    /// The share of a gamma distribution of some shape, and scale 1, that lies above x: the regularised upper incomplete
    /// gamma function, by its series below and by its continued fraction (Lentz) above the mean.
    package static func tail(shape: Double, above x: Double) -> Double {
        guard x > 0 else { return 1 }
        guard x.isFinite else { return 0 }
        let front = exp(shape * log(x) - x - logarithm(shape))
        if x < shape + 1 {
            var (term, sum, n) = (1 / shape, 1 / shape, shape)
            while term > sum * 1e-16 {
                n += 1
                term *= x / n
                sum += term
            }
            return max(0, 1 - front * sum)
        }
        var b = x + 1 - shape
        var (c, d) = (1e300, 1 / b)
        var h = d
        for i in 1...100_000 {
            let a = Double(i) * (shape - Double(i))
            b += 2
            d = a * d + b
            if abs(d) < 1e-300 { d = 1e-300 }
            c = b + a / c
            if abs(c) < 1e-300 { c = 1e-300 }
            d = 1 / d
            h *= d * c
            if abs(d * c - 1) < 1e-15 { break }
        }
        return min(1, front * h)
    }

    /// The share of a chi-squared distribution that lies above x.
    package static func chiSquaredTail(_ x: Double, freedom: Int) -> Double {
        freedom < 1 ? 1 : tail(shape: Double(freedom) / 2, above: x / 2)
    }
}

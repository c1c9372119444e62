import Testing

@testable import VxDrift

/// Whether two numbers agree to so many parts of the larger.
func agree(_ one: Double, _ two: Double, within part: Double = 1e-10) -> Bool {
    one == two || abs(one - two) <= part * max(abs(one), abs(two))
}

/// The expected numbers were computed by SciPy 1.17.1: `scipy.special.gammaln`, `scipy.stats.chi2.sf`,
/// `scipy.stats.ks_2samp(method='exact')`, `scipy.special.kolmogorov(d * sqrt(n * m / (n + m)))`,
/// `scipy.stats.wasserstein_distance`, `scipy.stats.chi2_contingency(correction=False)` and `scipy.stats.hypergeom`.
@Suite("Statistics of drift, beside SciPy's") struct StatisticTests {
    private let one = [
        0.61, 0.29, 0.06, 0.59, -1.73, -0.74, 0.51, -0.56, 0.39, 1.64, 0.05, -0.06, 0.64, -0.82, 0.37, 1.77, 1.09,
        -1.28,
        2.36, 1.31, 1.05, -0.32, -0.40, 1.06, -2.47,
    ].sorted()
    private let two = [
        0.9, 1.41, -0.2, 2.2, 1.01, 0.33, 1.72, -0.11, 0.88, 1.95, 2.6, 0.07, 1.3, 0.75, 1.11, 2.01, -0.45, 1.6, 0.52,
        1.22,
    ].sorted()

    @Test(
        "the logarithm of the gamma function",
        arguments: [
            (0.1, 2.252_712_651_734_206), (0.5, 0.572_364_942_924_7), (3.7, 1.428_072_326_665_388),
            (11.9, 17.258_477_450_595_52), (12.0, 17.502_307_845_873_887), (100.5, 361.435_540_467_777_57),
            (1e6, 12_815_504.569_147_611),
        ])
    func logGamma(x: Double, expected: Double) {
        #expect(agree(Gamma.logarithm(x), expected))
    }

    @Test(
        "the chi-squared distribution's tail",
        arguments: [
            (3.841_458_820_694_124, 1, 0.05), (0.5, 3, 0.918_891_411_654_675_8), (16.918_977_604_620_448, 9, 0.05),
            (60.0, 9, 1.340_678_048_395_962_5e-09), (1000.0, 999, 0.485_131_489_274_901_46),
            (1200.0, 999, 1.112_935_044_825_893e-05), (0.0, 4, 1.0), (200.0, 9, 3.312_992_393_909_567e-38),
        ])
    func chiSquared(x: Double, freedom: Int, expected: Double) {
        #expect(agree(Gamma.chiSquaredTail(x, freedom: freedom), expected))
    }

    @Test("Kolmogorov and Smirnov's distance, with its exact probability")
    func smirnov() {
        let distance = Smirnov.distance(one, two)
        #expect(agree(distance, 0.42))
        #expect(agree(Smirnov.probability(distance, one.count, two.count), 0.029_080_084_528_345_252))
        #expect(
            agree(Smirnov.distance([1, 1, 2, 2, 2, 3, 3, 4, 5, 5], [1, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5]), 1 / 3.0))
        #expect(Smirnov.distance(one, one) == 0)
        #expect(Smirnov.distance([1, 2], [3]) == 1)
    }

    @Test(
        "the exact probability of a distance",
        arguments: [
            (18 / 35.0, 7, 5, 0.328_282_828_282_828_3), (0.4, 20, 30, 0.034_520_320_441_861_46),
            (0.25, 50, 80, 0.035_393_589_223_314_52), (0.6, 20, 200, 1.088_980_637_416_040_7e-06), (0.0, 20, 20, 1.0),
        ])
    func exactSmirnov(distance: Double, n: Int, m: Int, expected: Double) {
        #expect(agree(Smirnov.exact(distance, n, m), expected, within: 1e-8))
        #expect(agree(Smirnov.exact(distance, m, n), expected, within: 1e-8))
    }

    @Test(
        "the limit of that probability",
        arguments: [
            (0.05, 1000, 1000, 0.164_079_197_726_652_1), (0.1, 1000, 1000, 9.079_985_952_496_105e-05),
            (0.04, 4096, 4096, 0.002_849_952_868_138_594), (0.2, 500, 300, 6.118_046_410_036_483e-07),
            (0.01, 1000, 1000, 1.0),
        ])
    func limit(distance: Double, n: Int, m: Int, expected: Double) {
        #expect(agree(Smirnov.limit(distance, n, m), expected))
    }

    @Test("Wasserstein's distance, and how likely it is by chance")
    func transport() {
        #expect(agree(Transport.distance(one, two), 0.8246))
        #expect(agree(Transport.deviation(one), 1.111_541_272_288_168_3))
        #expect(
            agree(
                Transport.distance([1, 1, 2, 2, 2, 3, 3, 4, 5, 5], [1, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5]),
                0.866_666_666_666_666_7))
        #expect(Transport.distance(one, one) == 0)
        // 200,000 and 1,000,000 divisions by NumPy's generator.
        #expect(agree(Transport.probability(one, two), 0.009_76, within: 0.5))
        #expect(agree(Transport.probability(one, two.map { $0 + 0.3 }), 0.000_491, within: 0.7))
        #expect(Transport.probability(one, one) == 1)
    }

    @Test("Pearson's chi-square of two samples over the same bins")
    func homogeneity() {
        let found = Contingency.homogeneity([(30, 10), (50, 40), (20, 35), (5, 12)])
        #expect(agree(found.statistic, 17.795_453_159_916_47))
        #expect(agree(found.probability, 0.000_484_706_355_982_144_5))
        #expect(Contingency.homogeneity([(3, 8)]).probability == 1)
        #expect(Contingency.homogeneity([]).probability == 1)
    }

    @Test("bins are put together until each is expected to hold five of the smaller sample")
    func merging() {
        let merged = Contingency.merged([(1, 0), (0, 1), (40, 4), (50, 5), (9, 10)])
        #expect(merged.map(\.0) == [41, 59])
        #expect(merged.map(\.1) == [5, 15])
        #expect(Contingency.merged([(3, 0), (2, 1)]).count == 1)
        #expect(Contingency.merged([(3, 0)]).isEmpty)
    }

    @Test(
        "Fisher's exact test, twice the smaller tail",
        arguments: [
            (2, 100, 9, 50, 0.001_809_373_784_574_606_9), (0, 1000, 0, 50, 1.0),
            (5, 1000, 40, 1000, 5.798_598_501_127_194e-08),
            (50, 100, 50, 100, 1.0), (100_000, 1_000_000, 10_900, 100_000, 4.904_391_668_631_759e-19),
            (0, 200, 200, 200, 1.942_643_449_522_235e-119),
        ])
    func fisher(one: Int, n: Int, two: Int, m: Int, expected: Double) {
        // The logarithms of factorials of a million have lost that many digits.
        #expect(agree(Contingency.fisher(one, of: n, two, of: m), expected, within: 1e-7))
    }

    @Test("a value that only the second sample has")
    func onlyInSecond() {
        #expect(agree(Contingency.onlyInSecond(2, values: 3, 90, 10), 3 * 0.1 * 9 / 99))
        #expect(Contingency.onlyInSecond(1, values: 50, 100, 100) == 1)
        #expect(Contingency.onlyInSecond(100_000, values: 2, 100_000, 200_000) == 0)
    }

    @Test("Holm's correction, as in R's p.adjust")
    func holm() {
        let found = Holm.adjusted([0.01, 0.04, 0.03, 0.005])
        #expect(zip(found, [0.03, 0.06, 0.06, 0.02]).allSatisfy { agree($0, $1) })
        #expect(Holm.adjusted([]).isEmpty)
        #expect(Holm.adjusted([0.9, 0.8]) == [1, 1])
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The population stability index: how far two distributions over the same bins are apart.
///
/// `PSI = Σ (b − a) · ln(b / a)` over the bins' shares `a` and `b`: the symmetric Kullback–Leibler divergence (Jeffreys
/// 1946), under the name and with the limits of credit scoring (Siddiqi, *Credit Risk Scorecards*, 2006): below 0.1 no
/// shift, from 0.25 a large one. Half a case is added to each bin, so that an empty one does not make it infinite.
package enum PopulationStability {
    /// What an index means.
    package enum Shift: String, Sendable {
        case none, some, large
        /// Too few rows to say.
        case unknown
    }

    /// The index of two counts over the same bins; 0 for no bins.
    package static func index(_ before: [Double], _ after: [Double]) -> Double {
        let (a, b) = (shares(before), shares(after))
        return zip(a, b).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
    }

    private static func shares(_ counts: [Double]) -> [Double] {
        let total = counts.reduce(0, +) + 0.5 * Double(counts.count)
        return counts.map { ($0 + 0.5) / total }
    }

    /// How many of some sorted numbers fall below each of the inner deciles of `reference`, and above the last.
    package static func decileCounts(_ values: [Double], reference: [Double]) -> [Double] {
        counts(values, inPartsOf: reference, 10)
    }

    /// How many of some sorted numbers fall into each of as many equal parts of `reference`; there are fewer where some
    /// of the parts' edges are the same.
    package static func counts(_ values: [Double], inPartsOf reference: [Double], _ parts: Int) -> [Double] {
        var edges: [Double] = []
        for part in 1..<max(2, parts) {
            guard let edge = ColumnSummary.quantile(Double(part) / Double(parts), ofSorted: reference) else { continue }
            if edges.last != edge { edges.append(edge) }
        }
        var counts = [Double](repeating: 0, count: edges.count + 1)
        var bin = 0
        for value in values {
            while bin < edges.count, value >= edges[bin] { bin += 1 }
            counts[bin] += 1
        }
        return counts
    }

    /// What an index means for so many rows: it is no shift where chance alone gives as much.
    ///
    /// Without any shift `PSI / (1/n + 1/m)` follows a chi-squared distribution with one degree of freedom less than there
    /// are bins (Yurdakul, *Statistical Properties of Population Stability Index*, 2018); its 99 % quantile by Wilson and
    /// Hilferty (1931).
    package static func shift(_ index: Double, bins: Int, before: Int, after: Int) -> Shift {
        guard before >= 20, after >= 20 else { return .unknown }
        let freedom = Double(max(1, bins - 1))
        let part = 2 / (9 * freedom)
        let root = 1 - part + 2.326_348 * part.squareRoot()
        let chance = freedom * root * root * root * (1 / Double(before) + 1 / Double(after))
        if index < 0.1 || index <= chance { return .none }
        return index < 0.25 ? .some : .large
    }
}

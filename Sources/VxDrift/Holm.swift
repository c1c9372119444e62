/// Holm's step-down correction (1979): of many tests, the chance that any one of them finds something where there is nothing
/// stays below the level, whatever the tests have to do with one another.
package enum Holm {
    /// Each probability as it is to be compared with the level, in the same order.
    package static func adjusted(_ probabilities: [Double]) -> [Double] {
        var adjusted = probabilities
        var most = 0.0
        let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
        for (rank, position) in order.enumerated() {
            most = max(most, min(1, Double(probabilities.count - rank) * probabilities[position]))
            adjusted[position] = most
        }
        return adjusted
    }
}

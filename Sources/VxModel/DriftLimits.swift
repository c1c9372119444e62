/// What a difference between a batch and its reference is measured by.
package enum DriftMeasure: String, Sendable, CaseIterable {
    /// The population stability index over bins.
    case psi
    /// The largest distance of the two distribution functions.
    case ks
    /// How far values have moved, in standard deviations of the reference.
    case wasserstein
    /// The change of the share of missing values.
    case missing
    /// The share of rows whose value the reference does not have.
    case new
}

/// From where a difference between a batch and its reference counts.
package struct DriftLimits: Sendable, Equatable {
    /// How often, at most, a batch without any drift may be called one that has drifted.
    package var level = 0.01
    private var limits: [DriftMeasure: Double] = [.psi: 0.1, .ks: 0.1, .wasserstein: 0.25, .missing: 0.05, .new: 0.01]

    /// The defaults.
    package init() {}

    /// The smallest effect that matters in practice.
    package subscript(measure: DriftMeasure) -> Double {
        get { limits[measure] ?? 0 }
        set { limits[measure] = newValue }
    }
}

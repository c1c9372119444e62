/// What a branch is for on the road from problem to production.
package enum Role: String, Sendable, CaseIterable {
    /// The problem statement, documentation and tracking records.
    case main
    /// The source of truth: data as it arrived, append-only.
    case raw
    /// Only data that passed the declared checks.
    case clean
    /// Clean data divided into train, validation and test.
    case split
    /// Code and exploration, without rules.
    case dev
    /// Training, inference and tagged snapshots.
    case stable
    /// Data and predictions that came back from production.
    case monitoring
}

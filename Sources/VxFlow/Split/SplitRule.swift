import VxConfig

/// What is fixed about a division whatever the data.
package enum SplitRule {
    /// The side that only grows: `test`, or the last one where none has that name.
    package static func testSide(_ split: Configuration.Split) -> String {
        split.ratios.first { $0.side == "test" }?.side ?? split.ratios.last?.side ?? "test"
    }
}

/// What one column's summary may keep. All columns of a table together keep as much as a few hundred columns do, so that the
/// memory has a bound: about 64 MiB for the numbers, 20 MiB for the values.
package struct SummaryShare: Sendable, Equatable {
    /// As many columns get a whole share.
    package static let wholeColumns = 488
    private static let wholeCategoryColumns = 160
    private static let most = (numbers: 4096, categories: 1000)
    /// What a column gets among any number of others: a comparison needs as much.
    private static let least = (numbers: 50, categories: 11)

    /// As many numbers are kept for quantiles.
    package private(set) var numbers = most.numbers
    /// As many different values are told apart.
    package private(set) var categories = most.categories

    /// The whole share.
    package init() {}

    /// The share of one of so many columns.
    package init(columns: Int) {
        let columns = max(1, columns)
        numbers = max(Self.least.numbers, min(numbers, numbers * Self.wholeColumns / columns))
        categories = max(Self.least.categories, min(categories, categories * Self.wholeCategoryColumns / columns))
    }

    func smaller(than other: SummaryShare) -> SummaryShare {
        var share = self
        share.numbers = min(numbers, other.numbers)
        share.categories = min(categories, other.categories)
        return share
    }
}

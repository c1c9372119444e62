/// Sums of sizes. A pointer may say any size below 2^63, so the sum of a few can be more than a number holds: it stays at the largest
/// then. What is summed here still fits a signed number, as JSON has them.
extension UInt64 {
    /// Reads a size as another program or machine says it: a decimal number below 2^63; `nil` for anything else.
    package init?(sizeText text: some StringProtocol) {
        guard let size = Int64(text), size >= 0 else { return nil }
        self = UInt64(size)
    }

    /// Adds a size; the sum is 2^63 - 1 at most.
    package mutating func add(size: UInt64) {
        let (sum, overflowed) = addingReportingOverflow(size)
        self = overflowed ? UInt64(Int64.max) : Swift.min(sum, UInt64(Int64.max))
    }
}

extension Sequence {
    /// The sum of a size of each element; 2^63 - 1 at most.
    package func sum(ofSizes size: (Element) throws -> UInt64) rethrows -> UInt64 {
        try reduce(into: UInt64(0)) { total, element in total.add(size: try size(element)) }
    }
}

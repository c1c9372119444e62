import Testing
import VxModel

@Suite("Sums of sizes") struct SizeSumTests {
    private static let most = UInt64(Int64.max)

    @Test("a sum is that of the numbers, and 2^63 - 1 where it would be more")
    func sums() {
        #expect([UInt64]().sum(ofSizes: \.self) == 0)
        #expect([1, 2, 3].sum(ofSizes: { UInt64($0) }) == 6)
        for sizes in [[Self.most, 1], [1, Self.most], [.max], [.max, .max], [1 << 62, 1 << 62], [Self.most, 0]] {
            #expect(sizes.sum(ofSizes: \.self) == Self.most)
            var sum: UInt64 = 0
            for size in sizes { sum.add(size: size) }
            #expect(sum == Self.most)
        }
    }

    @Test(
        "a size that another program says is a number below 2^63",
        arguments: [
            ("0", 0), ("9223372036854775807", most), ("9223372036854775808", nil), ("-1", nil), ("", nil), ("1e3", nil),
        ] as [(String, UInt64?)])
    func reading(_ text: String, _ size: UInt64?) {
        #expect(UInt64(sizeText: text) == size)
    }
}

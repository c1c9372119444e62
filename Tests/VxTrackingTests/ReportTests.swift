import Testing
import VxModel

@testable import VxTracking

@Suite struct RunTableTests {
    private func table() throws -> RunTable {
        RunTable([
            try Fixture.record("v1", metrics: ["accuracy": 0.9712345678, "test": ["loss": 1e-9]]),
            try Fixture.record("v2", metrics: ["accuracy": 1, "f1": "NaN"], seconds: 90_000),
        ])
    }

    @Test func alignsEverythingNewestFirst() throws {
        #expect(
            try table().text(width: 120) == """
                NAME  BRANCH           CREATED           accuracy   f1  test.loss  DATA    MODEL
                v2    stable/penguins  2025-03-02 10:30         1  NaN          -     3  2.0 KiB
                v1    stable/penguins  2025-03-01 09:30  0.971235    -      1e-09     3  2.0 KiB

                """)
    }

    @Test func leavesOutWhatDoesNotFit() throws {
        #expect(
            try table().text(width: 66) == """
                NAME  BRANCH           CREATED           accuracy  DATA    MODEL
                v2    stable/penguins  2025-03-02 10:30         1     3  2.0 KiB
                v1    stable/penguins  2025-03-01 09:30  0.971235     3  2.0 KiB
                (2 more metrics; --json shows all)

                """)
    }

    @Test func noRunsGiveNoText() throws {
        #expect(RunTable([]).text(width: 80) == "")
        #expect(RunTable([]).jsonValue == [])
        guard case .array(let list) = try table().jsonValue else { return }
        #expect(list.map { $0["name"] } == ["v2", "v1"])
    }

    @Test func nothingReachesTheTerminalUnescaped() throws {
        let record = try Fixture.record("v1", metrics: ["a\u{1b}[31m": "x\u{7}"], branch: "b\u{202e}")
        let text = RunTable([record]).text(width: 200)
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202e })
    }

    @Test func wideCharactersTakeTwoColumns() {
        #expect(NumberText.columns("日本a") == 5)
        #expect(NumberText.short(.number(123456789.0)) == "1.23457e+08")
        #expect(NumberText.short(.number(0.1 + 0.2)) == "0.3")
        #expect(NumberText.short(.number(-.infinity)) == "-Infinity")
        #expect(NumberText.short(.integer(123456789)) == "123456789")
    }
}

@Suite struct OutputComparisonTests {
    @Test func saysWhatIsSameDifferentMissingAndExtra() {
        let comparison = OutputComparison(
            expectedOutputs: [
                FileEntry(path: "a.bin", id: Fixture.id1, size: 1), FileEntry(path: "b.bin", id: Fixture.id1, size: 1),
                FileEntry(path: "c.bin", id: Fixture.id1, size: 1),
            ],
            actualOutputs: [
                FileEntry(path: "a.bin", id: Fixture.id1, size: 1), FileEntry(path: "b.bin", id: Fixture.id2, size: 1),
            ],
            expectedMetrics: ["accuracy": 1, "loss": ["train": 0.1, "test": "NaN"]],
            actualMetrics: ["accuracy": 1.0, "loss": ["train": 0.2, "test": .number(.nan)], "new": 3])
        #expect(
            comparison.items.map(\.verdict) == [
                .identical, .different, .missing, .identical, .identical, .different, .extra,
            ])
        #expect(!comparison.isReproduced)
        let one = "sha256:\(Fixture.id1.hex)"
        #expect(
            comparison.text == """
                output  a.bin       identical
                output  b.bin       different  \(one) -> sha256:\(Fixture.id2.hex)
                output  c.bin       missing    expected \(one)
                metric  accuracy    identical
                metric  loss.test   identical
                metric  loss.train  different  0.1 -> 0.2
                metric  new         extra      3

                """)
        #expect(comparison.jsonValue["reproduced"] == false)
    }

    @Test func whatIsExtraIsNotTheSame() {
        let comparison = OutputComparison(
            expectedOutputs: [], actualOutputs: [], expectedMetrics: ["a": [1, 2.5]],
            actualMetrics: ["a": [1.0, 2.5], "b": true])
        #expect(comparison.items.map(\.verdict) == [.identical, .extra])
        #expect(!comparison.isReproduced)
    }

    @Test func valuesCompareByValue() {
        #expect(OutputComparison.isSameValue(3, .number(3)))
        #expect(OutputComparison.isSameValue("Infinity", .number(.infinity)))
        #expect(!OutputComparison.isSameValue(.integer(.max), .integer(.max - 1)))
        // The double nearest to both is the same one.
        #expect(!OutputComparison.isSameValue(.integer(.max), .large("9223372036854775808")))
        #expect(!OutputComparison.isSameValue(.large("18446744073709551615"), .number(0x1p64)))
        #expect(!OutputComparison.isSameValue(.integer(9_007_199_254_740_993), .number(9_007_199_254_740_992)))
        #expect(OutputComparison.isSameValue(.large("18446744073709551616"), .number(0x1p64)))
        #expect(OutputComparison.isSameValue(0, .number(-0.0)))
        #expect(!OutputComparison.isSameValue(.large("18446744073709551615"), .large("18446744073709551614")))
        #expect(OutputComparison.isSameValue(.large("18446744073709551616"), .number(18_446_744_073_709_551_616)))
        #expect(!OutputComparison.isSameValue("1", 1))
        #expect(!OutputComparison.isSameValue(true, 1))
        #expect(OutputComparison.isSameValue([.number(.nan)], [.number(.nan)]))
    }
}

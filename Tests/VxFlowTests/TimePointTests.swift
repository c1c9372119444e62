import Testing

@testable import VxFlow

@Suite("Places in time") struct TimePointTests {
    @Test(
        "each is before the next",
        arguments: [
            ["-1e3", "-2", "-0.5", "0", "9", "10", "91", "100", "999", "1000", "1e6"],
            [
                "1969-12-31", "2023-12-31T23:59:59.5Z", "2024-01", "2024-01-01T00:00:01", "2024-01-01 00:01",
                "2024-01-01T02:00:00+01:00", "2024-01-01T02:00:00Z", "2024-01-01T02:00:00.25Z",
                "2024-01-01T02:00:00-0130", "2024-01-02", "2024-02-29", "9999-12",
            ],
        ])
    func order(texts: [String]) throws {
        let times = try texts.map { try #require(TimePoint($0), "\($0)") }
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(earlier < later, "\(earlier) \(later)") }
        #expect(Set(times.map(\.kind)).count == 1)
    }

    @Test func oneMomentIsWrittenInSeveralWays() {
        let one = TimePoint("2024-03-01T12:00:00Z")
        for text in ["2024-03-01 12:00", "2024-03-01T12:00:00.000", "2024-03-01T14:30:00+02:30", "2024-03-01t12:00z"] {
            #expect(TimePoint(text) == one, "\(text)")
        }
        #expect(TimePoint("1.0") == TimePoint("1"))
    }

    @Test(
        arguments: [
            "", " ", "monday", "01.02.2024", "2024-02-30", "2024-13", "2024-01-01T", "2024-01-01T25:00", "nan", "inf",
            "0x10", "1,5", "2024-01-01T12:00:00+1", "2024-01-01T12:00:00 UTC", "2024-W05", "--", "1-1",
        ])
    func whatIsNoTime(text: String) {
        #expect(TimePoint(text) == nil)
    }
}

import Testing
import VxModel

@testable import VxTracking

@Suite struct SnapshotNameTests {
    @Test(arguments: ["v1.2", "penguins/v1", "a", "é", "v1-rc_2+build", "a/b/c", "1", "lock", "x.json5"])
    func takes(text: String) throws {
        let name = try SnapshotName(text)
        #expect(name.reference == "refs/tags/\(text)")
        #expect(name.recordPath(in: "tracking/runs") == RepoPath("tracking/runs/\(text).json"))
    }

    @Test(arguments: [
        "", "-v1", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{1}", "@", "HEAD", "a.", "/a", "a/",
        "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.json", "a.json/b", "a\nb", "a\u{7f}", "a\u{1b}[31m",
        "abababababababababababababababababababab", String(repeating: "a", count: 251),
    ])
    func refusesWithReasonAndHint(text: String) {
        let error = #expect(throws: VxError.self) { try SnapshotName(text) }
        #expect(error?.code == .usage)
        #expect(error?.causes.isEmpty == false)
        #expect(error?.hint != nil)
        #expect(error?.message.utf8.allSatisfy { $0 >= 0x20 } == true)
    }
}

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (1_740_821_400, "2025-03-01T09:30:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        (-62_167_219_200, "0000-01-01T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
    ])
    func goesBothWays(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).text == text)
        #expect(Timestamp(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-01-00T00:00:00Z",
        "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z", "2025-01-01T00:00:60Z", "2025-01-01t00:00:00Z",
        "2025-01-01T00:00:00", "2025-01-01T00:00:00.5Z", "2025-01-01T00:00:00+00:00", "", "2025-04-31T00:00:00Z",
    ])
    func refusesEveryOtherForm(text: String) {
        #expect(Timestamp(text) == nil)
    }
}

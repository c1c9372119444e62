import Testing
import VxGit
import VxModel

/// `http.<url>.*` means what it means to git.
@Suite("Settings for some URLs only") struct URLSettingsTests {
    private static let patterns = [
        "", "https://example.org", "https://example.org/", "https://example.org/team", "https://example.org/team/p/",
        "https://example.org:443/te", "https://*.example.org", "https://s3.*.org/team", "http://example.org",
        "https://ada@example.org/team", "https://EXAMPLE.org:8443", "https://127.0.0.1:9000/b",
    ]
    private static let urls = [
        "https://example.org/team/p/x", "https://example.org/teams", "https://example.org/",
        "https://s3.example.org/team/x",
        "https://a.b.example.org/", "http://example.org/team", "https://example.org:8443/team",
        "https://ada@example.org/team/p",
        "https://127.0.0.1:9000/b/c", "https://other.net/",
    ]

    @Test("the one that git takes, of any mix of them", arguments: 0..<12)
    func single(seed: Int) async throws {
        let scratch = try await Scratch()
        // Another half of them each time, in another order.
        let mix = Self.patterns.indices.sorted { ($0 * 7 + seed * 5) % 13 < ($1 * 7 + seed * 5) % 13 }.prefix(7)
        for index in mix {
            let pattern = Self.patterns[index]
            try await scratch.run(
                "config", "--add", pattern.isEmpty ? "http.proxy" : "http.\(pattern).proxy", "p\(index)")
        }
        let records = try await scratch.git.run(["config", "--null", "--get-regexp", "^http[.]"], in: scratch.top)
            .output
        let settings = URLSettings(section: "http", records: records)
        for url in Self.urls {
            let git = try await scratch.git.run(["config", "--get-urlmatch", "http.proxy", url], in: scratch.top).output
            let expected = git.isEmpty ? nil : String(decoding: git.dropLast(), as: UTF8.self)
            #expect(settings.text("proxy", for: url) == expected, "\(url)")
        }
    }

    @Test("values of one that may be given often come in git's order, and booleans are git's")
    func others() throws {
        let records = Array(
            "http.extraheader\nA: 1\0http.https://e.org.extraheader\nB: 2\0http.extraheader\nC: 3\0http.sslverify\0http.https://e.org.sslverify\noff\0"
                .utf8)
        let settings = URLSettings(section: "http", records: records)
        #expect(settings.values("extraHeader", for: "https://e.org/x") == ["A: 1", "B: 2"])
        #expect(settings.values("extraHeader", for: "https://f.org/x") == ["A: 1", "C: 3"])
        #expect(try settings.bool("sslVerify", for: "https://e.org/x") == false)
        #expect(try settings.bool("sslVerify", for: "https://f.org/x") == true)
        #expect(try settings.bool("other", for: "https://f.org/x") == nil)
    }
}

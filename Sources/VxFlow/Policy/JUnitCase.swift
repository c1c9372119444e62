/// A test case of JUnit's XML.
struct JUnitCase {
    var name: String
    /// What went wrong, each in short and in full; none where the case has passed.
    var failures: [(message: String, text: String)] = []
    /// What else there is to say.
    var output: [String] = []

    /// A document of one suite.
    static func document(_ cases: [JUnitCase], suite: String) -> String {
        let name = suite.replacing(" ", with: ".")
        let failed = cases.count { !$0.failures.isEmpty }
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuite name=\"\(suite)\" tests=\"\(cases.count)\" failures=\"\(failed)\">",
        ]
        for one in cases {
            let start = "  <testcase classname=\"\(name)\" name=\"\(escaped(one.name))\""
            if one.failures.isEmpty, one.output.isEmpty {
                lines.append(start + "/>")
                continue
            }
            lines.append(start + ">")
            lines += one.failures.map {
                "    <failure message=\"\(escaped($0.message))\">\(escaped($0.text))</failure>"
            }
            lines += one.output.map { "    <system-out>\(escaped($0))</system-out>" }
            lines.append("  </testcase>")
        }
        return lines.joined(separator: "\n") + "\n</testsuite>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}

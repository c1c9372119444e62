import Testing
import VxModel

@Test("docs/exit-codes.md lists every kind of failure with its status")
func exitCodes() throws {
    let rows = try Repository.table(in: "docs/exit-codes.md", headed: "status")
    let written = Dictionary(rows.map { ($0[1], $0[0]) }, uniquingKeysWith: { first, _ in first })
    var real = ["ok": "0"]
    for code in VxError.Code.allCases { real[code.rawValue] = String(code.exitStatus) }
    #expect(written == real)
}

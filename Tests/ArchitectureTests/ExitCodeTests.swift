import Testing
import VxModel
import VxSystem

@Test("docs/exit-codes.md lists every kind of failure with its status")
func exitCodes() throws {
    let rows = try Repository.table(in: "docs/exit-codes.md", headed: "status")
    let written = Dictionary(rows.map { ($0[1], $0[0]) }, uniquingKeysWith: { first, _ in first })
    var real = ["ok": "0"]
    for code in VxError.Code.allCases { real[code.rawValue] = String(code.exitStatus) }
    #expect(written == real)
}

@Test("'vx help exit-codes' lists every status that docs/exit-codes.md has")
func exitCodesOfHelp() throws {
    let source = try Repository.text("Sources/VxCLI/Documents/HelpTopic.swift")
    let start = try #require(source.firstRange(of: "name: \"exit-codes\"")?.upperBound)
    let end = try #require(source[start...].firstRange(of: "\"\"\"),")?.lowerBound)
    let lines = source[start..<end].split(separator: "\n").map(trimmed)
    let statuses = lines.compactMap { $0.first?.isNumber == true ? Int($0.prefix(while: \.isNumber)) : nil }
    // Besides the kinds of failure, what the page says below its table.
    let brokenPipe = Int(CurrentProcess.statusOfBrokenPipe)
    #expect(try Repository.text("docs/exit-codes.md").contains("the status is\n\(brokenPipe), "))
    #expect(statuses == Set([0, brokenPipe] + VxError.Code.allCases.map { Int($0.exitStatus) }).sorted())
}

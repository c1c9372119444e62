import Testing
import VxModel
import VxTestSupport

/// Every git command that touches files, on a repository with vx and on one of plain git that have the same bytes: each
/// command ends in the same way, the files are the same, and git says the same of them.
///
/// `VX_GIT_ALL=1` tries every size of file, hooks on and off, and every kind of change; `VX_GIT_ROW` and `VX_GIT_CELL` are
/// parts of names (`Tests/PlainGit/README.md`).
@Suite("Git's commands beside plain git")
struct GitMatrixTests {
    private static let isWhole = TestEnvironment["VX_GIT_ALL"] == "1"

    private struct Row: Sendable, CustomTestStringConvertible {
        var row: GitCommandRow
        var cells: [GitCell]
        var testDescription: String { row.name }
    }

    private static func rows() throws -> [Row] {
        let part = TestEnvironment["VX_GIT_ROW"] ?? ""
        let square = TestEnvironment["VX_GIT_CELL"] ?? ""
        return try GitCommandRow.read().enumerated().compactMap { number, row in
            let cells = (isWhole ? GitCell.all : [GitCell.chosen(number)]).filter {
                square.isEmpty || $0.description.contains(square)
            }
            return (part.isEmpty || row.name.contains(part)) && !cells.isEmpty ? Row(row: row, cells: cells) : nil
        }
    }

    @Test("the same bytes, the same status, and each command ends the same way", arguments: try rows())
    private func same(_ row: Row) throws {
        var expected: [GitCell.Kind: GitWorld.Sight] = [:]
        for cell in row.cells {
            try Scratch.with { scratch in
                if expected[cell.kind] == nil {
                    let plain = try GitWorld.copy(scratch, size: nil, kind: cell.kind)
                    _ = try plain.run(row.row.script)
                    expected[cell.kind] = try plain.look()
                }
                guard let wanted = expected[cell.kind] else { return }
                let copy = try GitWorld.copy(scratch, size: cell.size, hooks: cell.hooks, kind: cell.kind)
                _ = try copy.run(row.row.script)
                let outcome = try Self.outcome(copy, cell, wanted)
                let exception = row.row.exceptions.first { $0.covers(cell) }
                switch outcome {
                case .same:
                    #expect(exception == nil, "\(row.row.name), \(cell): no exception any more")
                case .sameOnceHydrated:
                    // Without hooks nobody else is there to lay them down.
                    let isExpected = exception?.isUntilHydrated ?? (cell.hooks == .off)
                    #expect(isExpected, "\(row.row.name), \(cell): pointer text until 'vx hydrate'")
                case .different(let difference):
                    let pattern = try exception?.mayDiffer.map { try Regex($0) }
                    let others = difference.split(separator: "\n").filter { line in
                        pattern.map { line.firstMatch(of: $0) == nil } ?? true
                    }
                    #expect(others.isEmpty, "\(row.row.name), \(cell):\n\(others.joined(separator: "\n"))")
                }
            }
        }
    }

    private enum Outcome {
        case same
        /// Large files were pointer text until 'vx hydrate' in each work tree.
        case sameOnceHydrated
        case different(String)
    }

    private static func outcome(
        _ copy: GitWorld.Copy, _ cell: GitCell, _ wanted: GitWorld.Sight
    ) throws -> Outcome {
        var found = try copy.look()
        if found == wanted { return .same }
        if cell.size == .above {
            try copy.hydrate()
            let hydrated = try copy.look()
            if hydrated == wanted { return .sameOnceHydrated }
            // Without hooks that they were pointer text is expected.
            if cell.hooks == .off { found = hydrated }
        }
        return .different(found.difference(from: wanted))
    }
}

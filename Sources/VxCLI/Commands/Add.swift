import ArgumentParser
import VxModel
import VxWorkspace

struct Add: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Store data files and stage their pointers.",
        discussion: """
            Everything below a folder is added; files that are gone are staged as removed. Commit with 'git commit'.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: [.customShort("n"), .long], help: "Only say what would be added.") var dryRun = false
    @Argument(help: "Files and folders.") var paths: [String]

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let result = try workspace.add(try session.paths(paths, in: workspace), dryRun: dryRun)
        for note in result.notes { session.note(note) }
        session.report(json(result), text(result, isVerbose: session.options.verbose))
    }

    private func json(_ result: AddResult) -> JSONValue {
        [
            "added": .array(
                result.added.map {
                    [
                        "path": .string($0.path.description), "size": .integer(Int64($0.size)),
                        "oid": $0.id.map { .string("sha256:\($0)") } ?? .null,
                    ]
                }),
            "removed": .array(result.removed.map { .string($0.description) }),
            "unchanged": .integer(Int64(result.unchanged)),
            "newBytes": .integer(Int64(result.newBytes)),
            "dryRun": .bool(dryRun),
        ]
    }

    private func text(_ result: AddResult, isVerbose: Bool) -> String {
        var lines: [String] = []
        if isVerbose || dryRun {
            lines += result.added.map { "\(dryRun ? "would add" : "added") \($0.path) (\(ByteCount.text($0.size)))" }
            lines += result.removed.map { "\(dryRun ? "would remove" : "removed") \($0)" }
        }
        let bytes = result.added.sum(ofSizes: \.size)
        var summary = "\(dryRun ? "Would add" : "Added") \(Wording.count(result.added.count, "file", bytes: bytes))"
        if !dryRun, !result.added.isEmpty { summary += ", \(ByteCount.text(result.newBytes)) of it new" }
        if !result.removed.isEmpty { summary += "; \(result.removed.count) removed" }
        if result.unchanged > 0 { summary += "; \(result.unchanged) unchanged" }
        return (lines + [summary]).joined(separator: "\n")
    }
}

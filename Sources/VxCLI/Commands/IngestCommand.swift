import ArgumentParser
import VxConfig
import VxFlow
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct IngestCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Put data onto raw, with where it came from.",
        discussion: """
            raw need not be checked out. Files keep their names, folders theirs and what is in them. A file with the content \
            of another one is kept and counted, unless '--duplicates' says otherwise; a file that raw has with other content is refused, for raw only grows.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Where the data came from: who made it, where you got it.", valueName: "text"))
    var source: String
    @Option(help: ArgumentHelp("The folder on raw.", valueName: "folder")) var into = "data/raw"
    @Option(
        help: ArgumentHelp(
            "Content that is there under another name: keep, once (take the first only) or refuse.", valueName: "what"))
    var duplicates = Configuration.Duplicates.keep
    @Flag(help: "Say what would be done.") var dryRun = false
    @Argument(help: "Files, folders, or REV:PATH for data of another commit.") var sources: [String]

    func run(_ session: Session) async throws {
        try session.requireText(sources)
        let workspace = try session.workspace(remotes: true)
        let folder = try PathArguments(root: workspace.root, current: workspace.root).resolve(FilePath(into))
        let result = try await Ingest(workspace, current: session.currentDirectory).run(
            .init(
                sources: sources, provenance: source, into: folder, duplicates: duplicates, now: FileTime.now().seconds,
                dryRun: dryRun))
        for note in result.notes { session.note(note) }
        for known in result.known.prefix(20) {
            session.note(
                known.source == known.path
                    ? "\(known.path) is there already" : "\(known.source) is there already as \(known.path)")
        }
        if result.known.count > 20 { session.note("and \(result.known.count - 20) more are there already") }
        if let first = result.equal.first {
            let count = result.equal.count == 1 ? "1 file has" : "\(result.equal.count) files have"
            session.note(
                "\(count) the content of another, and \(result.equal.count == 1 ? "is" : "are") kept: "
                    + "\(first.path) equals \(first.other)"
                    + (result.equal.count > 1 ? ", and \(result.equal.count - 1) more" : ""))
        }
        let bytes = result.added.sum(ofSizes: \.size)
        let counts = Wording.count(result.added.count, "file", bytes: bytes)
        session.report(
            [
                "branch": .string(result.branch), "commit": result.commit.map { .string($0.hex) } ?? .null,
                "added": .array(
                    result.added.map { ["path": .string($0.path.description), "size": .integer(Int64($0.size))] }),
                "equal": .array(
                    result.equal.map {
                        ["path": .string($0.path.description), "other": .string($0.other.description)]
                    }),
                "known": .array(
                    result.known.map {
                        ["source": .string($0.source.description), "path": .string($0.path.description)]
                    }),
            ],
            dryRun
                ? "Would add \(Wording.count(result.added.count, "file")) to \(result.branch)"
                : result.commit.map { "Added \(counts) to \(result.branch) at \($0.short)" }
                    ?? "Nothing to add to \(result.branch)")
    }
}

extension Configuration.Duplicates: ExpressibleByArgument {}

import ArgumentParser
import VxModel
import VxSystem
import VxTracking

import struct SystemPackage.FilePath

struct ReproduceCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract: "Run a snapshot's command again and compare what comes out.",
        discussion: """
            Works in a worktree of its own, from which the outputs are removed first. Exits with 0 where every output and \
            metric is identical and there is no other one, and with 4 where it is not so; the worktree is kept then.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Keep the worktree in any case.") var keep = false
    @Flag(help: "Trust the snapshot's command, as 'vx trust snapshot TAG' would.") var trust = false
    @Argument(help: "The snapshot's tag.") var tag: String

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        if trust { try await session.trust([Reproduce.trustItem(SnapshotName(tag), in: workspace)], in: workspace) }
        let result = try await Reproduce(workspace, SnapshotName(tag), variables: session.environment)
            .run(keep: keep) { step in if !session.options.quiet { session.note(step) } }
        if let first = result.outside.first {
            session.warn(
                "while the command ran, \(first)"
                    + (result.outside.count == 1 ? "" : " and \(result.outside.count - 1) more")
                    + " changed outside of its own worktree: what writes there is not proven")
        }
        var text = result.comparison.text + "\(tag): \(result.isReproduced ? "identical" : "different")"
        if let kept = result.kept { text += "\nKept at \(kept) ('git worktree remove --force' removes it)" }
        session.result(json(result), text)
        if !result.isReproduced { throw ExitStatus(.refused) }
    }

    private func json(_ result: ReproduceResult) -> JSONValue {
        guard case .object(var members) = result.comparison.jsonValue else { return .null }
        members["tag"] = .string(tag)
        members["reproduced"] = .bool(result.isReproduced)
        members["outside"] = .array(result.outside.map(JSONValue.string))
        members["worktree"] = result.kept.map { .string($0.string) } ?? .null
        return .object(members)
    }
}

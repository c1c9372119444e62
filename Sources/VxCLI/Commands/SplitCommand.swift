import ArgumentParser
import VxFlow
import VxModel

struct SplitCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: "Divide clean into train, validation and test, once for the whole team.",
        discussion: """
            By file or by row, as 'split:' in main's vx.yaml says. A keyed hash decides, so that new data never moves an old \
            example. Everything that was given is counted: on the sides, repeated, left out. The manifest beside the data has the rule, the counts and the proof.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Say what would be done.") var dryRun = false

    func run(_ session: Session) async throws {
        let splitter = try Splitter(try session.workspace(remotes: true))
        let result = try await session.showingProgress { _ in try await splitter.run(dryRun: dryRun) }
        if let note = result.note { session.note(note) }
        guard let manifest = result.manifest else { return }
        for warning in manifest.warnings { session.warn(warning) }
        for left in manifest.leftOut.prefix(5) { session.warn("left out: \(left)") }
        if manifest.leftOut.count > 5 { session.warn("and \(manifest.leftOut.count - 5) more left out") }
        if manifest.near.count > 0 {
            session.warn(
                "\(Wording.count(manifest.near.count, "near-duplicate")) across sides: "
                    + manifest.near.pairs.prefix(3).joined(separator: "; "))
        }
        if let text = Self.notCompared(manifest) { session.warn(text) }
        let sides = manifest.sides.sorted { $0.key < $1.key }
        let lines = sides.map { name, side in
            "\(name.padded(to: 12))\(Wording.count(side.examples, "example")) in \(Wording.count(side.files, "file"))"
        }
        session.reportStep(
            result.branch, result.commit, added: result.added, removed: result.removed, leftBehind: result.leftBehind,
            dryRun: dryRun, details: ["manifest": manifest.jsonValue],
            (lines + [Self.text(manifest)]).joined(separator: "\n"))
    }

    /// What was not looked at for near-duplicates, and why.
    private static func notCompared(_ manifest: SplitManifest) -> String? {
        if let reason = manifest.near.skipped {
            return "near-duplicates were not looked for: \(reason); "
                + "'split: {near-duplicates: true}' in vx.yaml asks for it"
        }
        if manifest.near.notComparedCount == 0 { return nil }
        let reasons = manifest.near.reasons.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        return "\(Wording.count(manifest.near.notComparedCount, "file")) not compared for near-duplicates: "
            + reasons.map { reason, files in
                files.count == 1 ? "\(files.first): \(reason)" : "\(files.count) such as \(files.first): \(reason)"
            }.joined(separator: "; ")
    }

    /// What was given, and what became of all of it.
    private static func text(_ manifest: SplitManifest) -> String {
        let counts = manifest.counts
        var parts = ["\(counts.onSides - counts.remaining) on the sides"]
        if counts.repeated > 0 { parts.append("\(counts.repeated) repeated, not written") }
        if counts.leftOut > 0 { parts.append("\(counts.leftOut) left out") }
        var text =
            "\(Wording.count(counts.given, manifest.isByRow ? "row" : "file")) of \(manifest.branch): \(parts.joined(separator: ", "))"
        if counts.equal > 0 { text += "; \(counts.equal) with the content of another" }
        if counts.remaining > 0 { text += "; besides, \(counts.remaining) of before" }
        return text
    }
}

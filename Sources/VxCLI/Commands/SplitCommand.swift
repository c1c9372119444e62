import ArgumentParser
import VxFlow
import VxModel

struct SplitCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: "Divide clean into train, validation and test, once for the whole team.",
        discussion: """
            By file or by row, as 'split:' in vx.yaml says. A keyed hash decides, so that new data never moves an old \
            example; the test side only grows. The manifest beside the data has the rule, the counts and the proof.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Say what would be done.") var dryRun = false

    func run(_ session: Session) async throws {
        let result = try await Splitter(try session.workspace()).run(dryRun: dryRun)
        guard let manifest = result.manifest else { return }
        if manifest.equalToTestCount > 0 {
            session.warn(
                "\(Wording.count(manifest.equalToTestCount, "new example")) equal to a test example, and not written again: "
                    + manifest.equalToTest.prefix(5).joined(separator: ", "))
        }
        for left in manifest.leftOut.prefix(5) { session.warn("left out: \(left)") }
        if manifest.leftOut.count > 5 { session.warn("and \(manifest.leftOut.count - 5) more left out") }
        if manifest.nearDuplicateCount > 0 {
            session.warn(
                "\(Wording.count(manifest.nearDuplicateCount, "near-duplicate")) across sides: "
                    + manifest.nearDuplicates.prefix(3).joined(separator: "; "))
        }
        if manifest.notComparedCount > 0 {
            session.warn(
                "\(Wording.count(manifest.notComparedCount, "image")) not compared for near-duplicates: "
                    + manifest.notCompared.prefix(3).joined(separator: "; "))
        }
        if manifest.cuts != nil, !manifest.emptySides.isEmpty {
            session.warn(
                "there is no example on \(manifest.emptySides.joined(separator: ", ")): "
                    + "those of one time, or of groups as new as each other, stay together")
        }
        let sides = manifest.sides.sorted { $0.key < $1.key }
        let lines = sides.map { name, side in
            "\(name.padded(to: 12))\(Wording.count(side.examples, "example")) in \(Wording.count(side.files, "file"))"
        }
        session.reportStep(
            result.branch, result.commit, added: result.added, removed: result.removed, leftBehind: result.leftBehind,
            dryRun: dryRun, details: ["manifest": manifest.jsonValue], lines.joined(separator: "\n"))
    }
}

import ArgumentParser
import VxFlow
import VxModel

struct CleanCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Make clean from raw: what passes the declared checks.",
        discussion: """
            'clean:' in vx.yaml declares the checks and transforms; without any, files that are not empty and not there \
            twice are clean. Only what raw gained is looked at. What is left out, and why, is committed beside the data.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Say what would be done.") var dryRun = false

    func run(_ session: Session) async throws {
        let result = try await Cleaner(try session.workspace()).run(dryRun: dryRun)
        guard let report = result.report else { return }
        for left in report.leftOut.prefix(10) { session.note("left out: \(left.path): \(left.reason) [\(left.check)]") }
        if report.leftOut.count > 10 { session.note("and \(report.leftOut.count - 10) more left out") }
        let counts =
            "\(Wording.count(report.files, "file")) of \(report.branch): \(report.taken) clean, "
            + "\(report.made.count) made by transforms, \(report.leftOut.count) left out; \(result.checked) checked now"
        let end =
            dryRun
            ? "Would add \(Wording.count(result.added, "file")) to \(result.branch)"
            : result.commit.map {
                "Added \(Wording.count(result.added, "file"))\(result.removed > 0 ? ", removed \(result.removed)," : "") on \(result.branch) at \($0.short)"
            } ?? "\(result.branch) is up to date"
        session.report(
            [
                "branch": .string(result.branch), "commit": result.commit.map { .string($0.hex) } ?? .null,
                "checked": .integer(Int64(result.checked)), "added": .integer(Int64(result.added)),
                "removed": .integer(Int64(result.removed)), "report": report.jsonValue,
            ], counts + "\n" + end)
    }
}

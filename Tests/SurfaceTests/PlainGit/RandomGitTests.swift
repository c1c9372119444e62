import Testing
import VxModel
import VxSystem
import VxTestSupport

/// Random sequences of git commands, on a repository with vx and on one of plain git with the same bytes: the work trees, the
/// indexes and what git says are the same after each.
///
/// `VX_GIT_SECONDS` says how long, `VX_GIT_SEED` which commands, `VX_GIT_SIZE` with which files (`Tests/PlainGit/README.md`).
@Suite("Random git commands beside plain git", .serialized)
struct RandomGitTests {
    private static let seconds = TestEnvironment["VX_GIT_SECONDS"].flatMap { Double($0) } ?? 25
    private static let seed = TestEnvironment["VX_GIT_SEED"].flatMap { UInt64($0) } ?? 1
    private static let size = TestEnvironment["VX_GIT_SIZE"].flatMap { GitCell.Size(rawValue: $0) } ?? .small
    private static let stepsInRound = 40

    @Test("the same after each of them")
    func same() throws {
        var generator = SeededGenerator(seed: Self.seed)
        let timing = Timing.system(Cancellation())
        let end = timing.now() + Self.seconds
        let steps = try GitStep.read()
        var (count, faults) = (0, 0)
        while timing.now() < end, faults < 10 {
            try Scratch.with { scratch in
                let plain = try GitWorld.copy(scratch, named: "plain", size: nil)
                let ours = try GitWorld.copy(scratch, named: "ours", size: Self.size)
                var done: [String] = []
                while timing.now() < end, done.count < Self.stepsInRound {
                    let step = try GitStep.draw(from: steps, in: plain, using: &generator)
                    done.append(step)
                    count += 1
                    _ = (try plain.run(step), try ours.run(step))
                    if Self.size == .above { try ours.hydrate() }
                    let (wanted, found) = (try plain.look(), try ours.look())
                    if found == wanted { continue }
                    // A command took the attributes' line away, and what it named is git's own from there on (docs/plain-git.md).
                    if try plain.run("[ -e .gitattributes ]").status != 0 { return }
                    faults += 1
                    Issue.record(
                        """
                        VX_GIT_SEED=\(Self.seed):
                        \(done.joined(separator: "\n"))
                        \(found.difference(from: wanted))
                        plain git said last:
                        \(try plain.said())
                        with vx it said last:
                        \(try ours.said())
                        """)
                    return
                }
            }
        }
        #expect(count > 0)
        print("\(count) commands, \(faults) faults")
    }
}

/// A line of `Tests/PlainGit/steps.txt`.
struct GitStep {
    var state: String
    var script: String

    /// - Throws: where a line of the list is not understood.
    static func read() throws -> [GitStep] {
        let text = String(
            decoding: try Files.read(GitCommandRow.folder.appending("steps.txt")) ?? [], as: UTF8.self)
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            guard let colon = line.firstIndex(of: ":") else { throw VxError("steps.txt: '\(line)' is no step") }
            return GitStep(
                state: String(line[..<colon]), script: String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
    }

    /// A step that may come now, with everything in it.
    static func draw(
        from steps: [GitStep], in plain: GitWorld.Copy, using generator: inout SeededGenerator
    ) throws -> String {
        let seen = try plain.run(
            """
            for state in MERGE_HEAD:merge rebase-merge:rebase rebase-apply/rebasing:rebase rebase-apply/applying:am \
                CHERRY_PICK_HEAD:cherry-pick REVERT_HEAD:revert sequencer:cherry-pick; do
                [ ! -e ".git/${state%%:*}" ] || { echo "${state##*:}"; break; }
            done | head -1
            echo files; find data -type f | sort; echo branches; command git for-each-ref --format='%(refname:short)' refs/heads
            """
        ).output.split(separator: "\n").map(String.init)
        let parts = seen.split(omittingEmptySubsequences: false) { $0 == "files" || $0 == "branches" }
        let state = parts[0].first ?? "any"
        let files = parts[1]
        let branches = parts[2]
        // In the middle of something its own steps are what is drawn most.
        let isOwn = state != "any" && Int.random(in: 0..<3, using: &generator) > 0
        let fitting = steps.filter { $0.state == (isOwn ? state : "any") }
        guard let step = fitting.randomElement(using: &generator) else { throw VxError("no step fits '\(state)'") }
        let branch = branches.randomElement(using: &generator) ?? "main"
        let commit =
            ["\(branch)", "\(branch)~1", "HEAD~1", "HEAD~2", "base"].randomElement(using: &generator) ?? "HEAD"
        let drawn: [(String, String)] = [
            ("FILE", files.randomElement(using: &generator) ?? "data/a.bin"),
            (
                "NEW",
                ["data/a.bin", "data/x.bin", "data/deep/y.bin", "lib/z.bin"].randomElement(using: &generator) ?? ""
            ),
            ("NUMBER", "\(Int.random(in: 1...9, using: &generator))"),
            ("LINE", "\(Int.random(in: 1...30, using: &generator))"), ("BRANCH", branch), ("COMMIT", commit),
        ]
        return drawn.reduce(step.script) { $0.replacing($1.0, with: $1.1) }
    }
}

import Testing
import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@testable import VxFlow

/// A bare repository made of a stream of `git fast-import`, gone when the test lets go of it.
private final class History {
    let folder: FilePath
    let repository: Repository

    init(_ stream: String) async throws {
        folder = FilePath("/tmp/vx-flow-tests").appending(Files.temporaryName())
        try Files.createDirectories(folder)
        let git = GitProcess(environment: ["GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"])
        _ = try await git.check("init", ["init", "-q", "--bare", "-b", "main", "."], in: folder)
        _ = try await git.check("fast-import", ["fast-import", "--quiet"], in: folder, input: Array(stream.utf8))
        repository = try Repository(discovering: folder)
    }

    deinit { try? Files.removeTree(folder) }

    func tip(_ branch: String) throws -> GitObjectID {
        try #require(try repository.reference("refs/heads/\(branch)"))
    }

    func update(_ branch: String) throws -> ReferenceUpdate {
        ReferenceUpdate(name: "refs/heads/\(branch)", old: nil, new: try tip(branch))
    }
}

/// Text of a commit for `git fast-import`.
private func commit(_ branch: String, _ file: String, from: String? = nil, merge: [String] = []) -> String {
    "commit refs/heads/\(branch)\ncommitter T <t@example.org> 1700000000 +0000\ndata 1\nc\n"
        + (from.map { "from refs/heads/\($0)\n" } ?? "") + merge.map { "merge refs/heads/\($0)\n" }.joined()
        + "M 100644 inline \(file)\ndata 1\nx\n\n"
}

/// Branches that grow, begin anywhere and are merged at random.
private func randomStream(_ generator: inout some RandomNumberGenerator) -> (stream: String, branches: [String]) {
    let names =
        ["main", "raw", "split", "monitoring"] + ["dev/a", "dev/b", "stable/a", "stable/b", "stable/c", "other"]
    var stream = commit("main", "start") + commit("raw", "raw-0")
    var begun: Set<String> = ["main", "raw"]
    for number in 0..<40 {
        let branch = names.randomElement(using: &generator) ?? "main"
        let others = begun.subtracting([branch]).sorted()
        var start: String?
        if begun.insert(branch).inserted { start = others.randomElement(using: &generator) }
        let merge = Bool.random(using: &generator) ? others.randomElement(using: &generator) : nil
        stream += commit(branch, "f\(number)", from: start, merge: merge.map { [$0] } ?? [])
    }
    return (stream, begun.sorted())
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite("A check of many references") struct ManyReferencesTests {
    /// `number` branches of dev and of stable, each stable with a merge of the stable before it, and as many tags with
    /// records on main.
    private func effort(_ number: Int) async throws -> (effort: Int, tags: Int, report: PolicyReport) {
        var stream = commit("main", "start") + commit("raw", "raw", from: "main")
        for branch in 0..<number {
            stream += commit("dev/\(branch)", "d\(branch)", from: "main")
            stream += commit("stable/\(branch)", "metrics.json", from: "dev/\(branch)")
            if branch > 0 { stream += commit("stable/\(branch)", "metrics.json", merge: ["stable/\(branch - 1)"]) }
        }
        let history = try await History(stream)
        let (main, repository) = (try history.tip("main"), history.repository)
        var records = "commit refs/heads/main\ncommitter T <t@example.org> 1700000000 +0000\ndata 1\nr\n"
        records += "from \(main.hex)\n"
        for tag in 0..<number {
            let record = "{\"tag\":\"r\(tag)\",\"commit\":\"\(main.hex)\"}"
            records += "M 100644 inline tracking/runs/r\(tag).json\ndata \(record.utf8.count)\n\(record)\n"
        }
        _ = try await GitProcess().check(
            "fast-import", ["fast-import", "--quiet"], in: history.folder, input: Array(records.utf8))
        var updates: [ReferenceUpdate] = []
        for branch in 0..<number {
            updates += [try history.update("dev/\(branch)"), try history.update("stable/\(branch)")]
            updates.append(ReferenceUpdate(name: "refs/tags/r\(branch)", old: nil, new: main))
        }
        let check = PolicyCheck(repository, .default, arriving: updates)
        let report = try check.check(updates)
        return (check.effort, try check.recordedTags.get().count, report)
    }

    @Test("walks over the history no more often than over that of one") func walks() async throws {
        let few = try await effort(4)
        let many = try await effort(16)
        #expect(few.tags == 4 && many.tags == 16)
        #expect(few.report.findings.isEmpty && many.report.findings.isEmpty)
        // Each record is read once.
        #expect(few.effort - 4 == many.effort - 16)
    }

    @Test("finds what checks of each by itself find", arguments: 0..<12 as Range<UInt64>)
    func same(seed: UInt64) async throws {
        var generator = Seeded(state: seed)
        let (stream, branches) = randomStream(&generator)
        let history = try await History(stream)
        let updates = try branches.map { try history.update($0) }
        let together = try PolicyCheck(history.repository, .default).check(updates)
        var apart: [Finding] = []
        for update in updates {
            apart += try PolicyCheck(history.repository, .default).check(update).findings
        }
        #expect(together.findings == apart)
    }

    @Test("says of large blobs once what several branches of dev bring") func shared() async throws {
        var stream = commit("main", "start")
        stream += "commit refs/heads/dev/a\ncommitter T <t@example.org> 1700000000 +0000\ndata 1\nc\n"
        let large = String(repeating: "x", count: 2_000_000)
        stream += "from refs/heads/main\nM 100644 inline large\ndata 2000000\n\(large)\n\n"
        stream += commit("dev/b", "b", from: "dev/a")
        let history = try await History(stream)
        let report = try PolicyCheck(history.repository, .default).check(
            [try history.update("dev/a"), try history.update("dev/b")])
        #expect(report.findings.map(\.branch) == ["dev/a"])
        // start, large and b
        #expect(report.commits == 3)
    }

    @Test("tells which stable branches have a commit as walks by pairs do", arguments: 0..<12 as Range<UInt64>)
    func holders(seed: UInt64) async throws {
        var generator = Seeded(state: seed)
        let (stream, branches) = randomStream(&generator)
        let history = try await History(stream)
        let repository = history.repository
        let known = try KnownBranches(repository, .default, arriving: [])
        let stable = branches.filter { $0.hasPrefix("stable/") }
        let tips = try branches.map { try history.tip($0) }
        let own = try CommitRegion(repository, from: tips, notFrom: known.sources)
        for id in try repository.commits(from: tips) {
            #expect(try own.contains(id) == !known.sources.contains { try repository.isAncestor(id, of: $0) })
            #expect(
                try repository.isAncestor(id, ofAny: known.sources)
                    == known.sources.contains { try repository.isAncestor(id, of: $0) })
            guard own.contains(id) else { continue }
            for branch in stable {
                let others = stable.filter { $0 != branch }
                let isOnAnother = try others.contains { try repository.isAncestor(id, of: history.tip($0)) }
                #expect(try known.isOnStable(id, besides: branch) == isOnAnother)
            }
        }
        let distances = try CommitDistances(repository, from: tips, to: stable.map { try history.tip($0) })
        for branch in stable {
            let target = try history.tip(branch)
            for tip in tips {
                let (commits, isUnrelated) = try distances.missing(of: tip, in: target)
                #expect(try commits == repository.commits(from: [tip], notFrom: [target]).count)
                #expect(try isUnrelated == (repository.mergeBase(tip, target) == nil))
            }
        }
        for tip in tips {
            let range = try repository.commits(from: [tip], notFrom: known.sources)
            #expect(try Set(own.range(to: tip)) == Set(range))
        }
    }
}

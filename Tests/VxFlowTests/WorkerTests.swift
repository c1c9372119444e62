import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@testable import VxFlow
@testable import VxWorkspace

@Suite("Division by any number of workers") struct WorkerTests {
    @Test(
        "the same tree, manifest included",
        arguments: [
            "split: {from: raw, stratify: {path: \"c([0-9])\"}, ratios: {train: 0.6, validation: 0.2, test: 0.2}}\n",
            "split: {from: raw, group: {path: \"-([0-9]+)\"}}\n",
            "split: {from: raw, by: row, files: \"*.csv\", group: {column: who}, stratify: {column: label}}\n",
            "split: {from: raw, by: row, files: \"*.csv\", time: day}\n",
        ])
    func sameTree(rule: String) async throws {
        let folder = FilePath("/tmp").appending("vx-flow-workers" + Files.temporaryName())
        defer { try? Files.removeTree(folder) }
        let top = folder.appending("repo")
        let incoming = folder.appending("in")
        for path in [top, incoming] { try Files.createDirectories(path) }
        let git = GitProcess(environment: [
            "HOME": folder.string, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "a@example.com",
            "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil,
        ])
        for arguments in [["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "start"]] {
            _ = try await git.check("git could not make a repository", arguments, in: top)
        }
        try Files.replace(top.appending("vx.yaml"), with: Array("version: 1\n\(rule)".utf8))
        // Texts with twins that differ in case, and tables with rows that are there twice.
        for number in 0..<60 {
            let text = number % 3 == 0 ? "TEXT number \(number / 6)" : "text number \(number)"
            try Files.replace(
                incoming.appending("c\(number % 4)-\(number / 2).\(number % 2).txt"), with: Array(text.utf8))
        }
        for table in 0..<5 {
            let rows = (0..<200).map { row in
                "2024-01-\(10 + (row + table) % 20),p\(row % 37),\(row % 3),\(row * table % 90)\n"
            }
            try Files.replace(
                incoming.appending("t\(table).csv"), with: Array(("day,who,label,x\n" + rows.joined()).utf8))
        }
        try Workspace(at: top).repository.setConfig(Workspace.filterSetting, "vx filter-process")
        _ = try await Ingest(try Workspace(at: top), current: folder, git: git)
            .run(.init(sources: [incoming.string], provenance: "made here", now: 1_700_000_000))
        var trees: Set<String> = []
        for width in [1, 2, 3, 8, 17] {
            let workspace = try Workspace(at: top, pool: WorkerPool(width: width))
            let result = try await Splitter(workspace, git: git).run()
            trees.insert(try workspace.repository.tree(ofCommit: try #require(result.commit)).hex)
            _ = try await git.check("git could not delete the branch", ["branch", "-q", "-D", "split"], in: top)
        }
        #expect(trees.count == 1)
    }
}

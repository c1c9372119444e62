import Testing
import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable

import struct SystemPackage.FilePath

@testable import VxFlow
@testable import VxWorkspace

/// A repository whose branch clean is written by a test, and divided.
struct SplitLab {
    let folder: FilePath
    let top: FilePath
    let git: GitProcess

    /// Makes one, hands it to `body`, and removes it.
    static func with(rule: String, _ body: (SplitLab) async throws -> Void) async throws {
        let folder = FilePath("/tmp").appending("vx-split-lab" + Files.temporaryName())
        let top = folder.appending("repo")
        try Files.createDirectories(top)
        defer { #expect(throws: Never.self) { try Files.removeTree(folder) } }
        let git = GitProcess(environment: [
            "HOME": folder.string, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil,
        ])
        for arguments in [["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "start"]] {
            _ = try await git.check("git could not make a repository", arguments, in: top)
        }
        let lab = SplitLab(folder: folder, top: top, git: git)
        try lab.rule(rule)
        try Workspace(at: top).repository.setConfig(Workspace.filterSetting, "vx filter-process")
        try await body(lab)
    }

    func rule(_ text: String) throws {
        try Files.replace(top.appending("vx.yaml"), with: Array("version: 1\nsplit: \(text)\n".utf8))
    }

    /// Makes these the files of clean, below data/clean.
    func clean(_ files: [String: String]) throws {
        try write("clean", Dictionary(uniqueKeysWithValues: files.map { ("data/clean/\($0.key)", $0.value) }))
    }

    /// Makes these the files of a branch; those below data are data files.
    func write(_ branch: String, _ files: [String: String]) throws {
        let workspace = try Workspace(at: top)
        let incoming = folder.appending("incoming")
        try Files.createDirectories(incoming)
        let names = files.keys.sorted()
        let places = names.indices.map { incoming.appending("\($0)") }
        for (name, place) in zip(names, places) { try Files.replace(place, with: Array((files[name] ?? "").utf8)) }
        let taken = try Intake.read(
            places, into: workspace.store, pool: workspace.pool, cancellation: workspace.cancellation)
        let blobs = zip(names, taken).map { $0.hasPrefix("data/") ? $1.blob : Array((files[$0] ?? "").utf8) }
        let repository = workspace.repository
        let tree = try repository.updateTree(
            nil, zip(names, try repository.writeBlobs(blobs)).map { .put(RepoPath($0), .regular, $1) })
        let old = try repository.reference("refs/heads/\(branch)")
        let commit = try commit(tree, on: old.map { [$0] } ?? [])
        try repository.moveReference("refs/heads/\(branch)", to: commit, expecting: old, reason: "test")
    }

    /// Makes a commit that no branch has yet.
    func commit(_ tree: GitObjectID, on parents: [GitObjectID]) throws -> GitObjectID {
        let identity = Identity(name: "Ada", email: "a@example.com", time: 1_700_000_000, offsetMinutes: 0)
        return try Workspace(at: top).repository.createCommit(
            tree: tree, parents: parents, message: "commit\n", author: identity, committer: identity)
    }

    /// Makes a commit that changes something else than data: one more line of a text.
    func note(on parent: GitObjectID) throws -> GitObjectID {
        let repository = try Workspace(at: top).repository
        let tree = try repository.tree(ofCommit: parent)
        let old = try repository.entry(at: "notes.txt", inTree: tree).flatMap {
            try repository.blob($0.id, limit: 1000)
        }
        let blob = try repository.writeBlobs([(old ?? []) + Array("more\n".utf8)])[0]
        return try commit(repository.updateTree(tree, [.put("notes.txt", .regular, blob)]), on: [parent])
    }

    /// Divides clean with so many workers.
    func split(workers: Int = 2) async throws -> Splitter.Result {
        try await Splitter(try Workspace(at: top, pool: WorkerPool(width: workers)), git: git).run()
    }

    /// The tree of split.
    func tree() throws -> GitObjectID {
        let repository = try Workspace(at: top).repository
        return try repository.tree(ofCommit: try #require(try repository.reference("refs/heads/split")))
    }

    /// Where split stands; `nil` takes the branch away.
    func reset(to commit: GitObjectID?) async throws {
        let arguments = commit.map { ["branch", "-q", "-f", "split", $0.hex] } ?? ["branch", "-q", "-D", "split"]
        _ = try await git.check("git could not move the branch", arguments, in: top)
    }

    func tip() throws -> GitObjectID? { try Workspace(at: top).repository.reference("refs/heads/split") }

    /// The texts of the files of each side, by their paths below it.
    func sides() throws -> [String: [String: String]] {
        let workspace = try Workspace(at: top)
        let commit = try #require(try workspace.repository.reference("refs/heads/split"))
        var sides: [String: [String: String]] = [:]
        for file in try workspace.roadFiles(commit, inside: ["data/split"], dataFolders: ["data"]) {
            let parts = file.path.description.split(separator: "/", maxSplits: 3).map(String.init)
            let bytes =
                file.pointer.size == 0
                ? [] : try workspace.store.contents(of: file.pointer.id, size: file.pointer.size, limit: 1 << 20)
            sides[parts[2], default: [:]][parts[3]] = String(decoding: bytes, as: UTF8.self)
        }
        return sides
    }

    /// The rows of each side, as fields by the names of their columns.
    func rows() throws -> [String: [[String: String]]] {
        try sides().mapValues { files in files.sorted { $0.key < $1.key }.flatMap { Self.rows($0.value) } }
    }

    /// The side of each value of the first column.
    func sideOfFirst() throws -> [String: String] {
        try sides().reduce(into: [:]) { found, side in
            for text in side.value.values {
                for line in text.split(separator: "\n").dropFirst() {
                    found[String(line.prefix { $0 != "," }), default: ""] += side.key
                }
            }
        }
    }

    static func rows(_ table: String) -> [[String: String]] {
        let lines = table.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }
}

import Testing
import VxGit
import VxModel

@testable import VxFlow
@testable import VxWorkspace

@Suite("Sides and manifests that somebody has changed by hand are as they were written again")
struct SplitByHandTests {
    private static let rule = "{by: row, key: {column: id}, stratify: {column: l}, near-duplicates: false}"

    private func table(_ numbers: some Sequence<Int>) -> String {
        (["id,l,x"] + numbers.map { "\($0),\($0 % 3),\($0 * 7)" }).joined(separator: "\n") + "\n"
    }

    /// What somebody does to the files of split; the path of each is given with what it is.
    struct Deed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var act: @Sendable (RepoPath) -> RepoPath?
        var removesManifest = false
    }

    private static let train: RepoPath = "data/split/train/a.csv"
    private static let test: RepoPath = "data/split/test/a.csv"

    private static let deeds = [
        Deed(testDescription: "a file of train is gone") { $0 == train ? nil : $0 },
        Deed(testDescription: "a file of test is gone") { $0 == test ? nil : $0 },
        Deed(testDescription: "a file has another name") { $0 == train ? "data/split/train/z.csv" : $0 },
        Deed(testDescription: "a file is on another side") { $0 == train ? "data/split/test/z.csv" : $0 },
        Deed(testDescription: "a file is in place of a side") { $0 == test ? "data/split/test" : $0 },
        Deed(testDescription: "the manifest is gone", act: { $0 }, removesManifest: true),
        Deed(
            testDescription: "the manifest and a file are gone", act: { $0 == test ? nil : $0 }, removesManifest: true),
    ]

    @Test("by the next 'vx split', and what was withdrawn is remembered still", arguments: deeds)
    func putBack(deed: Deed) async throws {
        try await SplitLab.with(rule: Self.rule) { lab in
            let (all, less) = (table(0..<150), table((0..<150).filter { $0 % 3 > 0 }))
            try lab.clean(["a.csv": all])
            _ = try await lab.split()
            let before = try lab.sideOfFirst()
            try lab.clean(["a.csv": less])
            _ = try await lab.split()
            let (tip, written) = (try #require(try lab.tip()), try lab.sides())
            let repository = try Workspace(at: lab.top).repository
            var edits: [TreeEdit] = deed.removesManifest ? [.remove(FlowFiles.split)] : []
            try repository.walkTree(lab.tree(), under: "data/split") { entry in
                let place = deed.act(entry.path)
                if place == entry.path { return }
                edits.append(.remove(entry.path))
                if let place { edits.append(.put(place, entry.mode, entry.id)) }
            }
            try await lab.reset(to: lab.note(on: lab.commit(repository.updateTree(lab.tree(), edits), on: [tip])))
            let result = try await lab.split()
            #expect(result.commit != nil && result.manifest?.counts.unaccounted == 0)
            #expect(try lab.sides() == written)
            let isTold = result.manifest?.warnings.contains { $0.contains("'git log split -- data/split'") }
            #expect(isTold == (edits.count > (deed.removesManifest ? 1 : 0)))
            #expect(try await lab.split().commit == nil, "nothing is left to do")
            try lab.clean(["a.csv": all])
            _ = try await lab.split()
            #expect(try lab.sideOfFirst() == before)
        }
    }

    @Test("a division that a rebase has put on another is no change by hand, and both are remembered")
    func rebased() async throws {
        try await SplitLab.with(rule: Self.rule) { lab in
            let (all, less, more) = (table(0..<150), table((0..<150).filter { $0 % 3 > 0 }), table(1000..<1050))
            try lab.clean(["a.csv": all])
            _ = try await lab.split()
            let (base, before) = (try lab.tip(), try lab.sideOfFirst())
            try lab.clean(["a.csv": less])
            _ = try await lab.split()
            let theirs = try #require(try lab.tip())
            try await lab.reset(to: base)
            try lab.clean(["a.csv": all, "b.csv": more])
            _ = try await lab.split()
            // What a rebase makes: ours brings its new files and its manifest.
            let repository = try Workspace(at: lab.top).repository
            let ourTree = try lab.tree()
            let names = ["train", "validation", "test"].map { RepoPath("data/split/\($0)/b.csv") } + [FlowFiles.split]
            let edits = try names.compactMap { name in
                try repository.entry(at: name, inTree: ourTree).map { TreeEdit.put(name, $0.mode, $0.id) }
            }
            let tree = try repository.updateTree(repository.tree(ofCommit: theirs), edits)
            try await lab.reset(to: lab.note(on: lab.commit(tree, on: [lab.note(on: theirs)])))
            try lab.clean(["a.csv": less, "b.csv": more])
            let result = try await lab.split()
            #expect(result.manifest?.warnings.contains { $0.contains("by hand") } == false)
            #expect(result.added == 0 && result.removed == 0 && result.manifest?.counts.unaccounted == 0)
            #expect(try await lab.split().commit == nil, "nothing is left to do")
            try lab.clean(["a.csv": all, "b.csv": more])
            _ = try await lab.split()
            let after = try lab.sideOfFirst()
            #expect(before.allSatisfy { after[$0.key] == $0.value } && after.count == 200)
        }
    }
}

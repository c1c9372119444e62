import Testing
import VxConfig
import VxGit
import VxModel

@testable import VxFlow
@testable import VxWorkspace

@Suite("The manifest of a division") struct SplitManifestTests {
    @Test("the folder of the sides stays: nothing is divided a second time beside the old sides")
    func into() async throws {
        for by in ["row", "file"] {
            try await SplitLab.with(rule: "{by: \(by), near-duplicates: false}") { lab in
                try lab.clean(["a.csv": "id\n1\n2\n3\n", "b.csv": "id\n4\n"])
                _ = try await lab.split()
                let before = try lab.tip()
                try lab.rule("{by: \(by), near-duplicates: false, into: data/sets}")
                await #expect { try await lab.split() } throws: { ($0 as? VxError)?.code == .refused }
                #expect(try lab.tip() == before)
            }
        }
    }

    @Test("the contents a source had over time are in one order, however they come")
    func sources() throws {
        let commit = try #require(GitObjectID(hex: String(repeating: "1", count: 40)))
        let sources = try ["a", "b", "c"].flatMap { name in
            try "0123456789".map { digit in
                SplitManifest.Source(
                    path: RepoPath(bytes: Array(name.utf8)),
                    id: try #require(ContentID(hex: String(repeating: digit, count: 64))))
            }
        }
        var manifest = SplitManifest(rule: .null, branch: "clean", commit: commit)
        manifest.sources = sources
        let text = manifest.jsonValue
        manifest.sources.reverse()
        #expect(manifest.jsonValue == text)
    }
}

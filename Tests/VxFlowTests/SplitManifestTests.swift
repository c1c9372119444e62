import Testing
import VxConfig
import VxGit
import VxModel

@testable import VxFlow

@Suite("The manifest of a division") struct SplitManifestTests {
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

import SystemPackage
import Testing
import VxSystem
import VxTestSupport

/// Every file in `Tests/Transcripts` is one test case: a session at the terminal with the built `vx` and real `git`.
@Test("transcripts", arguments: try TranscriptFolder.files())
func transcript(_ name: String) throws {
    let file = TranscriptFolder.path.appending(name)
    let update = TestEnvironment["UPDATE_TRANSCRIPTS"] == "1"
    let differences = try TranscriptRunner.check(file, update: update)
    if !differences.isEmpty {
        Issue.record("\(differences)(UPDATE_TRANSCRIPTS=1 writes what really happened into the file)")
    }
}

enum TranscriptFolder {
    static let path = FilePath(#filePath).removingLastComponent().removingLastComponent().appending("Transcripts")

    static func files() throws -> [String] {
        let part = TestEnvironment["VX_TRANSCRIPT"] ?? ""
        return try Files.names(in: path).map(\.string).filter {
            $0.hasSuffix(".vxt") && (part.isEmpty || $0.contains(part))
        }
    }
}

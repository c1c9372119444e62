import ArgumentParser
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Cat: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Print a file of a commit without checking it out.")

    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("The file, as 'main:data/a.csv'.", valueName: "rev:path")) var object: String

    func run(_ session: Session) async throws {
        guard let colon = object.firstIndex(of: ":") else {
            throw VxError(
                .usage, "'\(object)' names no file of a commit", hint: "vx cat REV:PATH, as in 'vx cat HEAD:data/a.csv'"
            )
        }
        let workspace = try session.workspace(remotes: true)
        let revision = String(object[..<colon])
        let commit = try workspace.repository.resolveCommit(revision.isEmpty ? "HEAD" : revision)
        try workspace.cat(commit, RepoPath(String(object[object.index(after: colon)...]))) { try Output.content($0) }
    }
}

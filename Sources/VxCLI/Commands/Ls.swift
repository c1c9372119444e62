import ArgumentParser
import VxGit
import VxModel
import VxWorkspace

struct Ls: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List data files with their sizes and content ids.",
        discussion: "A '-' behind the size means that the content is not in the store here.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "A revision; what is staged by default. Then paths.") var revisionAndPaths: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        var arguments = revisionAndPaths
        let revision = try arguments.first.flatMap { try workspace.repository.findCommit($0) }
        if revision != nil { arguments.removeFirst() }
        let paths = try session.paths(arguments, in: workspace)
        let files = try workspace.list(revision, inside: paths)
        if files.isEmpty, !paths.isEmpty { throw Workspace.noDataFile(at: paths) }
        session.result(.array(files.map(json)), files.map(line).joined(separator: "\n"))
    }

    private func json(_ listed: ListedFile) -> JSONValue {
        guard case .object(var members) = Wording.json(listed.file) else { return .null }
        members["here"] = .bool(listed.isHere)
        return .object(members)
    }

    private func line(_ listed: ListedFile) -> String {
        let size = ByteCount.text(listed.file.pointer.size)
        let padding = String(repeating: " ", count: max(0, 10 - size.count))
        return
            "\(listed.file.pointer.id.hex.prefix(12))  \(padding)\(size) \(listed.isHere ? " " : "-") \(listed.file.path)"
    }
}

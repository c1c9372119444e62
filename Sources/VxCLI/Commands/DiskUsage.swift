import ArgumentParser
import VxConfig
import VxGit
import VxModel
import VxStore
import VxWorkspace

struct DiskUsage: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "du", abstract: "Show what the data costs: by branch and tag, or by folder.",
        discussion: """
            'files' is the size of the contents as files, 'stored' what they take in the store here, where what is shared \
            counts once, and 'own' the part of it that nothing else in the list shares. 'not here' is what only a remote, or \
            another clone, has. Branches and tags count with all their history. '--remote' asks the default remote, or the one named \
            with '--on', and shows what it holds.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "By folder, of a revision; what is staged by default.") var byPath = false
    @Option(help: "How many folders deep, with --by-path.") var depth = 1
    @Flag(help: "Ask a remote too, and show what it holds.") var remote = false
    @Option(help: ArgumentHelp("Ask this remote.", valueName: "name")) var on: String?
    @Argument(help: "With --by-path, a revision, then paths.") var revisionAndPaths: [String] = []

    func validate() throws {
        if depth < 1 { throw ValidationError("--depth must be 1 or more") }
        if !byPath, !revisionAndPaths.isEmpty {
            throw ValidationError("a revision and paths are for '--by-path'")
        }
    }

    func run(_ session: Session) async throws {
        let asksRemote = remote || on != nil
        let workspace = try session.workspace(remotes: asksRemote)
        let entry = asksRemote ? try workspace.remote(named: on) : nil
        let usage: VxWorkspace.DiskUsage
        if byPath {
            var arguments = revisionAndPaths
            let revision = try arguments.first.flatMap { try workspace.repository.findCommit($0) }
            if revision != nil { arguments.removeFirst() }
            let paths = try session.paths(arguments, in: workspace)
            usage = try workspace.diskUsageByPath(revision, inside: paths, depth: depth, on: entry)
            if usage.rows.isEmpty, !paths.isEmpty { throw Workspace.noDataFile(at: paths) }
        } else {
            usage = try workspace.diskUsageByReference(on: entry)
        }
        session.result(json(usage, entry), text(usage, entry))
        session.warnOfParts(absentObjects: usage.absentObjects, isShallow: usage.isShallow)
    }

    private func text(_ usage: VxWorkspace.DiskUsage, _ remote: RemoteList.Entry?) -> String {
        var lines = ["     files      stored         own    not here" + (remote == nil ? "" : "   on remote")]
        lines += usage.rows.map { line($0.size, remote) + "  " + $0.name }
        lines.append(line(usage.total, remote) + "  total, \(Wording.count(usage.total.contents, "content"))")
        lines.append(
            "store: \(Wording.count(usage.store.packs, "pack", bytes: usage.store.storedBytes))"
                + (usage.trashBytes > 0 ? ", and \(ByteCount.text(usage.trashBytes)) in its trash" : ""))
        return lines.joined(separator: "\n")
    }

    private func line(_ size: VxWorkspace.DiskUsage.Size, _ remote: RemoteList.Entry?) -> String {
        let numbers = [size.logical, size.stored, size.own, size.missingBytes]
        return (numbers + (remote == nil ? [] : [size.onRemoteBytes])).map { bytes in
            let text = bytes == 0 ? "-" : ByteCount.text(bytes)
            return String(repeating: " ", count: max(0, 10 - text.count)) + text
        }.joined(separator: "  ")
    }

    private func json(_ usage: VxWorkspace.DiskUsage, _ remote: RemoteList.Entry?) -> JSONValue {
        func members(_ size: VxWorkspace.DiskUsage.Size) -> [String: JSONValue] {
            var members: [String: JSONValue] = [
                "contents": .integer(Int64(size.contents)), "bytes": .integer(Int64(size.logical)),
                "stored": .integer(Int64(size.stored)), "own": .integer(Int64(size.own)),
                "missing": .integer(Int64(size.missing)), "missingBytes": .integer(Int64(size.missingBytes)),
            ]
            if remote != nil {
                members["onRemote"] = .integer(Int64(size.onRemote))
                members["onRemoteBytes"] = .integer(Int64(size.onRemoteBytes))
            }
            return members
        }
        return [
            "rows": .array(
                usage.rows.map { .object(members($0.size).merging(["name": .string($0.name)]) { $1 }) }),
            "total": .object(members(usage.total)),
            "store": [
                "packs": .integer(Int64(usage.store.packs)), "bytes": .integer(Int64(usage.store.storedBytes)),
                "trash": .integer(Int64(usage.trashBytes)),
            ],
        ]
    }
}

import ArgumentParser
import VxConfig
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Fsck: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck", abstract: "Prove every byte of the store, and name the files that damage hits.",
        discussion: """
            Exits with 13 where something is damaged, or a branch or tag names a path that nothing may be written at, and with 1 \
            where content is only missing. '--repair' puts damaged packs aside (nothing is deleted) and takes good copies from the \
            store's quarantine and trash, from repositories on this machine that this one was cloned from, from those named with \
            '--from', from the workspace, and from the remotes.

            With '--remote' the same for a remote: what its indexes say, and whether what commits name is there; '--full' reads \
            every byte. '--repair' then puts back what the store here, another remote or '--from' has, makes indexes anew, and \
            moves what is broken to 'quarantine/' on the remote.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Look at a remote instead, the default one or the one named.") var remote = false
    @Argument(help: "With --remote, its name.") var name: String?
    @Flag(help: "With --remote, read every byte.") var full = false
    @Flag(help: "Put damaged packs aside and look for good copies.") var repair = false
    @Option(help: ArgumentHelp("Also take good copies from this repository or store.", valueName: "path"))
    var from: [String] = []

    func validate() throws {
        if name != nil, !remote { throw ValidationError("a name is for '--remote'") }
        if full, !remote { throw ValidationError("'--full' is for '--remote': the store here is always read in full") }
    }

    func run(_ session: Session) async throws {
        if !from.isEmpty, !repair {
            throw VxError(.usage, "'--from' is for repairing", hint: "add '--repair'")
        }
        for place in from { try GitAddress.check(place) }
        let sources = from.map { session.currentDirectory.pushing(FilePath($0)).lexicallyNormalized() }
        if remote { return try await checkRemote(sources, session) }
        let workspace = try session.workspace(forGit: true, remotes: true)
        // Only a repair may transfer something, and only from a remote.
        let result =
            repair && !workspace.remotes.entries.isEmpty
            ? try await session.showingProgress(workspace.access ?? session.access) { _ in
                try workspace.fsck(repair: true, from: sources)
            } : try workspace.fsck(repair: repair, from: sources)
        session.result(json(result), text(result))
        for problem in result.problems { ErrorReport.write(problem, asJSON: session.options.json) }
        if let error = verdict(result) {
            ErrorReport.write(error, asJSON: session.options.json)
            throw ExitStatus(error.code)
        }
    }

    private func verdict(_ result: FsckResult) -> VxError? {
        let remaining = result.remaining
        if let bad = result.badPaths.first, remaining.isEmpty {
            return bad.fault.error(bad.path, in: bad.place)
        }
        let isDamaged = !repair && (!result.report.damaged.isEmpty || remaining.contains { !$0.isMissing })
        guard isDamaged || !remaining.isEmpty else { return nil }
        let count = Wording.count(Set(remaining.map(\.pointer.id)).count, "content")
        return VxError(
            isDamaged || !result.report.damaged.isEmpty ? .corrupt : .missing,
            isDamaged ? "the store is damaged" : "\(count) cannot be had here",
            hint: repair
                ? "put a good copy of a file in its place and repeat, or run 'vx fsck --repair' in a clone of a repository that has it"
                : "'vx fsck --repair' puts damaged packs aside and takes good copies from where they are")
    }

    private func text(_ result: FsckResult) -> String {
        let report = result.report
        var lines = report.damaged.map { "damaged pack: \($0.path): \($0.reason)" }
        if let problem = report.catalogProblem { lines.append("catalog: \(problem)") }
        lines += result.badPaths.map { "unsafe  \($0.place):\($0.path.printable)  \($0.fault.reason)" }
        lines += result.hits.map { hit in
            let state = result.healed.contains(hit.pointer.id) ? "healed" : hit.isMissing ? "missing" : "damaged"
            return "\(state.padded(to: 8))\(hit.place):\(hit.path)  \(ByteCount.text(hit.pointer.size))"
        }
        lines += result.quarantined.map { "put aside: \($0)" }
        if result.notFetched > 0 {
            lines.append(
                "not fetched: \(Wording.count(result.notFetched, "content")) that only older commits or reflogs name")
        }
        if result.elsewhere > 0 {
            lines.append(
                "not here: \(Wording.count(result.elsewhere, "content", bytes: result.elsewhereBytes)) that a remote had when it was last asked; 'vx fsck --remote' proves it"
            )
        }
        if result.returnedPacks > 0 {
            lines.append("brought back from quarantine: \(Wording.count(result.returnedPacks, "pack"))")
        }
        if result.restoredPacks > 0 {
            lines.append("brought back from the trash: \(Wording.count(result.restoredPacks, "pack"))")
        }
        if result.linkedPacks > 0 {
            lines.append("taken from other stores: \(Wording.count(result.linkedPacks, "pack"))")
        }
        if result.reclaimed > 0 {
            lines.append("of what was not here, found on this machine: \(Wording.count(result.reclaimed, "content"))")
        }
        lines += result.rescued.map { "added again from the workspace: \($0)" }
        if result.fetched > 0 { lines.append("fetched from remotes: \(Wording.count(result.fetched, "content"))") }
        lines.append(
            "\(Wording.count(report.packs, "pack", bytes: report.bytes)) read, \(report.damaged.count) damaged")
        return lines.joined(separator: "\n")
    }

    private func json(_ result: FsckResult) -> JSONValue {
        [
            "packs": .integer(Int64(result.report.packs)), "bytes": .integer(Int64(result.report.bytes)),
            "damaged": .array(
                result.report.damaged.map { ["path": .string($0.path.string), "reason": .string($0.reason)] }),
            "catalog": result.report.catalogProblem.map(JSONValue.string) ?? .null,
            "hits": .array(
                result.hits.map {
                    [
                        "place": .string($0.place), "path": .string($0.path.description),
                        "oid": .string("sha256:\($0.pointer.id)"), "missing": .bool($0.isMissing),
                        "healed": .bool(result.healed.contains($0.pointer.id)),
                    ]
                }),
            "unsafePaths": .array(
                result.badPaths.map {
                    [
                        "place": .string($0.place), "path": .string($0.path.printable),
                        "reason": .string($0.fault.reason),
                    ]
                }),
            "quarantined": .array(result.quarantined.map { .string($0.string) }),
            "notFetched": .integer(Int64(result.notFetched)), "elsewhere": .integer(Int64(result.elsewhere)),
            "fetched": .integer(Int64(result.fetched)),
            "reclaimed": .integer(Int64(result.reclaimed)), "returnedPacks": .integer(Int64(result.returnedPacks)),
            "restoredPacks": .integer(Int64(result.restoredPacks)),
            "linkedPacks": .integer(Int64(result.linkedPacks)),
            "rescued": .array(result.rescued.map { .string($0.description) }),
        ]
    }
}

import ArgumentParser
import VxConfig
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct GarbageCollect: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Take what nothing names out of the store, into its trash first.",
        discussion: """
            What any commit of a branch, tag or other reference names stays, and what a reflog, stash, index or worktree \
            names, in every repository that uses the store. So does what was stored in the last 14 days ('--grace', or git's \
            setting 'vx.gcGrace'). What goes waits in the trash for as long again; 'vx fsck --repair' brings it back from \
            there. To let git forget commits first: 'git reflog expire --expire=now --all'.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Collect on a remote instead, the default one or the one named.") var remote = false
    @Argument(help: "With --remote, its name.") var name: String?
    @Flag(name: [.customShort("n"), .long], help: "Say what would go, and change nothing.") var dryRun = false
    @Option(help: ArgumentHelp("Keep what is younger: 14d, 12h, 0.", valueName: "time")) var grace: String?
    @Flag(help: "Delete what earlier collections have put into the trash.") var emptyTrash = false
    @Flag(help: "Write packs anew for every byte nothing names, not only where it is worth it.") var exact = false
    @Option(
        help: ArgumentHelp(
            "Take a repository that is gone off the list of those that use the store; with --remote, a history off the remote's.",
            valueName: "path|commit"))
    var forget: String?

    func validate() throws {
        if name != nil, !remote { throw ValidationError("a name is for '--remote'") }
        if remote, emptyTrash { throw ValidationError("'--empty-trash' is for the store here") }
    }

    func run(_ session: Session) async throws {
        let workspace = try remote ? session.workspace(remotes: true) : session.workspace(forGit: true)
        if let forget, remote {
            let entry = try workspace.remote(named: name)
            let first = try workspace.forgetProject(forget, on: entry, session.access)
            return session.report(
                ["remote": .string(entry.name), "forgotten": .string(first)],
                "'\(entry.name)' no longer counts the history that begins with \(first.prefix(10)): the next collection may take what only that names"
            )
        }
        if let forget {
            let path = session.currentDirectory.pushing(FilePath(forget))
            let result = try workspace.forgetRepository(path)
            var lines = result.forgotten.map { "forgotten: \($0)" }
            lines += result.found.map { "found beside it, and put on the list: \($0)" }
            if let kept = result.keptFor {
                lines.append(
                    "What only it named goes to the trash with the next 'vx gc', and stays there for \(TimeSpan.text(kept)): if it was moved, 'vx status' where it is now puts it on the list, and 'vx fsck --repair' there brings back what went"
                )
            }
            return session.report(
                [
                    "forgotten": .array(result.forgotten.map { .string($0.string) }),
                    "found": .array(result.found.map { .string($0.string) }),
                ], lines.joined(separator: "\n"))
        }
        var options = GarbageOptions()
        options.dryRun = dryRun
        options.emptyTrash = emptyTrash
        options.isExact = exact
        if let grace {
            guard let seconds = TimeSpan.seconds(grace) else {
                throw VxError(
                    .usage, "'\(grace)' is no length of time",
                    hint: "write a number and a unit (s, m, h, d or w): '--grace 14d'")
            }
            options.grace = seconds
        }
        if remote { return try await collectRemote(workspace, options, session) }
        let result = try await workspace.collectGarbage(options)
        for repository in result.repositories where repository.state == .forgotten {
            session.warn("\(repository.path) has been gone for longer than the grace period: it is not counted")
        }
        session.result(json(result), text(result))
        if let reason = result.heldBack { session.warn("nothing was collected: \(reason)") }
    }

    private func collectRemote(_ workspace: Workspace, _ options: GarbageOptions, _ session: Session) async throws {
        let entry = try workspace.remote(named: name)
        let report = try await session.showingProgress { access in
            try await workspace.collectRemote(options, on: entry, access)
        }
        let rows = report.packs.map { pack in
            "\(dryRun && pack.fate != .waiting ? "would be " : "")\(pack.fate.rawValue): pack \(pack.name.hex.prefix(12)), \(ByteCount.text(pack.bytes)), for \(TimeSpan.text(max(0, pack.age))): \(pack.reason)"
        }
        let before = Wording.count(report.packsBefore, "pack", bytes: report.bytesBefore)
        let marked = report.packs.count { $0.fate == .marked || $0.fate == .rewritten || $0.fate == .waiting }
        session.result(
            [
                "remote": .string(entry.name), "dryRun": .bool(dryRun),
                "packsBefore": .integer(Int64(report.packsBefore)), "bytesBefore": .integer(Int64(report.bytesBefore)),
                "missingParts": .integer(Int64(report.missingParts)), "grace": .integer(report.grace),
                "youngPacks": .integer(Int64(report.youngPacks)), "youngBytes": .integer(Int64(report.youngBytes)),
                "youngMixedPacks": .integer(Int64(report.youngMixedPacks)),
                "youngMixedBytes": .integer(Int64(report.youngMixedBytes)),
                "keptPacks": .integer(Int64(report.keptPacks)), "keptBytes": .integer(Int64(report.keptBytes)),
                "leftovers": .integer(Int64(report.leftovers.files)),
                "leftoverBytes": .integer(Int64(report.leftovers.bytes)),
                "packs": .array(
                    report.packs.map {
                        [
                            "pack": .string($0.name.hex), "fate": .string($0.fate.rawValue),
                            "bytes": .integer(Int64($0.bytes)), "age": .integer($0.age), "reason": .string($0.reason),
                        ]
                    }),
            ],
            (rows + ["'\(entry.name)' has \(before), \(marked) of them marked to go"] + remarks(report))
                .joined(separator: "\n"))
    }

    private func remarks(_ report: RemoteCollectionReport) -> [String] {
        var lines: [String] = []
        if report.youngPacks > 0 {
            let packs = Wording.count(report.youngPacks, "pack", bytes: report.youngBytes)
            lines.append(
                "not marked: \(packs) that nothing needs, younger than \(TimeSpan.text(report.grace))"
            )
        }
        if report.youngMixedPacks > 0 {
            let packs = Wording.count(report.youngMixedPacks, "pack")
            lines.append(
                "not written anew: \(packs) with \(ByteCount.text(report.youngMixedBytes)) that nothing names, younger than \(TimeSpan.text(report.grace))"
            )
        }
        if report.keptPacks > 0 {
            let packs = Wording.count(report.keptPacks, "pack")
            lines.append(
                "not written anew: \(packs) with \(ByteCount.text(report.keptBytes)) that nothing names, less than a quarter of each: '--exact' does it"
            )
        }
        if report.packs.contains(where: { $0.fate == .marked || $0.fate == .rewritten }) {
            lines.append(
                "What is marked can still be read, and goes with the first 'vx gc --remote' after \(TimeSpan.text(report.grace))"
            )
        }
        if report.leftovers.files > 0 {
            let files = Wording.count(report.leftovers.files, "file", bytes: report.leftovers.bytes)
            lines.append("\(dryRun ? "would be deleted" : "deleted"): \(files) of pushes that were killed")
        }
        if report.leftovers.kept > 0 {
            let files = Wording.count(report.leftovers.kept, "file")
            lines.append(
                "kept: \(files) of killed pushes, which only their owners can remove from the remote's folder 'tmp'")
        }
        return lines
    }

    private func text(_ result: GarbageResult) -> String {
        if result.heldBack != nil { return "" }
        let report = result.report
        var lines = report.packs.map { line($0) }
        lines += report.restored.map { "back from the trash: pack \($0.hex.prefix(12)), something names it again" }
        if report.emptied > 0 {
            lines.append(
                "\(dryRun ? "would delete" : "deleted") from the trash: \(Wording.count(report.emptied, "pack", bytes: report.emptiedBytes))"
            )
        }
        lines += result.kept.map { kept($0, result) }
        let goes = report.packs.filter { $0.fate != .kept }
        let before = Wording.count(report.packsBefore, "pack", bytes: report.bytesBefore)
        if goes.isEmpty {
            lines.append("Nothing to collect in \(before)")
        } else {
            let verb = dryRun ? "Would take" : "Took"
            let copy = report.rewrittenBytes > 0 ? ", \(ByteCount.text(report.rewrittenBytes)) written anew" : ""
            lines.append(
                "\(verb) \(Wording.count(goes.count, "pack")) of \(before) out of the store: \(ByteCount.text(report.freedBytes)) less\(copy)"
            )
        }
        if report.youngDeadBytes > 0 {
            lines.append(
                "\(ByteCount.text(report.youngDeadBytes)) that nothing names are younger than \(TimeSpan.text(result.grace)) and stay"
            )
        }
        if report.trashBytes > 0, let last = result.forgotten.last {
            lines.append(
                "In the trash: \(ByteCount.text(report.trashBytes)), kept until \(Timestamp(seconds: last.until).text): \(last.path) was taken off the list, and may have been moved; 'git config vx.gcGrace 0' lets go of it at once"
            )
        } else if report.trashBytes > 0, !dryRun {
            lines.append(
                "In the trash: \(ByteCount.text(report.trashBytes)), until a 'vx gc' after \(TimeSpan.text(result.grace)) or 'vx gc --empty-trash'"
            )
        }
        return lines.joined(separator: "\n")
    }

    private func kept(_ kept: KeptContents, _ result: GarbageResult) -> String {
        let what = Wording.count(kept.contents, "content", bytes: kept.bytes)
        if kept.isText {
            return "kept: \(what): \(kept.place) holds the pointer's text, and nothing else names it"
        }
        return
            "kept: \(what): only \(kept.place) names it, for \(TimeSpan.text(result.grace)) after that was written; '--grace 0' lets go of it"
    }

    private func line(_ pack: CollectionReport.Pack) -> String {
        let fate =
            switch pack.fate {
            case .dropped: dryRun ? "would go" : "gone"
            case .rewritten: dryRun ? "would be written anew" : "written anew"
            case .kept: "kept"
            }
        return
            "\(fate): pack \(pack.name.hex.prefix(12)), \(ByteCount.text(pack.bytes)), \(TimeSpan.text(max(0, pack.age))) old: \(pack.reason)"
    }

    private func json(_ result: GarbageResult) -> JSONValue {
        let report = result.report
        func number(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(value)) }
        return [
            "store": .string(result.store.string), "dryRun": .bool(dryRun), "grace": .integer(result.grace),
            "heldBack": result.heldBack.map(JSONValue.string) ?? .null,
            "packs": .array(
                report.packs.map {
                    [
                        "pack": .string($0.name.hex), "fate": .string($0.fate.rawValue), "bytes": number($0.bytes),
                        "parts": number($0.records), "needed": number($0.needed), "copies": number($0.copies),
                        "deadBytes": number($0.deadBytes), "age": .integer($0.age), "reason": .string($0.reason),
                    ]
                }),
            "packsBefore": number(report.packsBefore), "bytesBefore": number(report.bytesBefore),
            "freedBytes": number(report.freedBytes), "rewrittenBytes": number(report.rewrittenBytes),
            "youngPacks": number(report.youngPacks), "youngDeadBytes": number(report.youngDeadBytes),
            "missingContents": number(report.missingContents),
            "restored": .array(report.restored.map { .string($0.hex) }),
            "emptied": number(report.emptied), "emptiedBytes": number(report.emptiedBytes),
            "trashBytes": number(report.trashBytes), "trash": report.trash.map { .string($0.string) } ?? .null,
            "forgotten": .array(
                result.forgotten.map {
                    ["path": .string($0.path.string), "since": .integer($0.since), "until": .integer($0.until)]
                }),
            "kept": .array(
                result.kept.map {
                    [
                        "place": .string($0.place), "pointerText": .bool($0.isText), "contents": number($0.contents),
                        "bytes": number($0.bytes),
                    ]
                }),
            "repositories": .array(
                result.repositories.map {
                    [
                        "path": .string($0.path.string), "host": .string($0.host), "state": .string($0.state.rawValue),
                        "goneSince": $0.goneSince.map(JSONValue.integer) ?? .null,
                    ]
                }),
        ]
    }
}

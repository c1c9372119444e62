import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxWorkspace

import struct SystemPackage.FilePath

extension Fsck {
    /// Looks at a remote, repairs it where that was asked for, and says what is wrong.
    ///
    /// - Throws: ``ExitStatus`` where something is wrong in the end.
    func checkRemote(_ sources: [FilePath], _ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let entry = try workspace.remote(named: name)
        var options = RemoteFsckOptions()
        options.full = full
        options.repair = repair
        options.sources = sources
        let result = try await session.showingProgress { access in
            try await workspace.fsckRemote(options, on: entry, access)
        }
        session.result(json(result, entry.name), text(result, entry.name))
        for problem in result.problems { ErrorReport.write(problem, asJSON: session.options.json) }
        guard let error = verdict(result, entry.name) else { return }
        ErrorReport.write(error, asJSON: session.options.json)
        throw ExitStatus(error.code)
    }

    private func verdict(_ result: RemoteFsckResult, _ remote: String) -> VxError? {
        if result.faultsLeft.isEmpty, result.missingLeft.isEmpty { return nil }
        let count = Wording.count(result.missingLeft.count, "content")
        let isDamaged = !result.faultsLeft.isEmpty
        return VxError(
            isDamaged ? .corrupt : .missing,
            isDamaged
                ? "the remote '\(remote)' is damaged" : "\(count) that commits name cannot be had from '\(remote)'",
            because: isDamaged && !result.missingLeft.isEmpty
                ? "\(count) that commits name cannot be had from it" : nil,
            hint: repair
                ? "run 'vx fsck --remote --repair' in a clone that has the data, or name one with '--from'"
                : "'vx fsck --remote --repair' puts back what is here and moves what is broken aside")
    }

    private func text(_ result: RemoteFsckResult, _ remote: String) -> String {
        let left = Set(result.missingLeft.map(\.pointer.id))
        let stillWrong = Set(result.faultsLeft.map(\.key))
        var lines = result.faults.map { fault in
            "\(repair && !stillWrong.contains(fault.key) ? "mended " : "damaged") \(fault.key): \(fault.reason)"
        }
        lines += result.missing.map { content in
            let state = repair && !left.contains(content.pointer.id) ? "healed " : "missing"
            return
                "\(state) \(content.commit.short):\(content.path)  \(ByteCount.text(content.pointer.size))"
        }
        lines += result.repair.quarantined.map { "put aside: \($0)" }
        if result.repair.salvagedParts > 0 {
            lines.append("saved from damaged packs: \(Wording.count(result.repair.salvagedParts, "part"))")
        }
        if result.gathered > 0 {
            lines.append("brought here from elsewhere: \(Wording.count(result.gathered, "content"))")
        }
        if result.sent > 0 { lines.append("put back: \(Wording.count(result.sent, "content"))") }
        if result.repair.madeIndex { lines.append("an index was made anew") }
        if result.notPushed > 0 {
            lines.append("not pushed: \(Wording.count(result.notPushed, "content")) that only commits here name")
        }
        if result.onlyMarked > 0 {
            lines.append(
                "marked to go: \(Wording.count(result.onlyMarked, "content")) that commits name; 'vx push' stores them again, or the next 'vx gc --remote' takes the mark back"
            )
        }
        if result.unnamedPacks > 0 {
            lines.append(
                "in no index: \(Wording.count(result.unnamedPacks, "pack")), of a push that is not done or was broken off"
            )
        }
        lines.append(
            "'\(remote)' has \(Wording.count(result.packs, "pack", bytes: result.bytes)) and "
                + "\(Wording.count(result.indexes, "index", plural: "indexes")), \(ByteCount.text(result.bytesRead)) read; "
                + "\(Wording.count(result.contents, "content")) looked for")
        return lines.joined(separator: "\n")
    }

    private func json(_ result: RemoteFsckResult, _ remote: String) -> JSONValue {
        func number(_ value: some BinaryInteger) -> JSONValue { .integer(Int64(value)) }
        func list(_ contents: [NamedContent]) -> JSONValue {
            .array(
                contents.map {
                    [
                        "path": .string($0.path.description), "commit": .string($0.commit.hex),
                        "oid": .string("sha256:\($0.pointer.id)"),
                    ]
                })
        }
        return [
            "remote": .string(remote), "packs": number(result.packs), "indexes": number(result.indexes),
            "bytes": number(result.bytes), "bytesRead": number(result.bytesRead), "contents": number(result.contents),
            "faults": .array(result.faults.map { ["key": .string($0.key), "reason": .string($0.reason)] }),
            "faultsLeft": .array(result.faultsLeft.map { ["key": .string($0.key), "reason": .string($0.reason)] }),
            "missing": list(result.missing), "missingLeft": list(result.missingLeft),
            "notPushed": number(result.notPushed), "onlyMarked": number(result.onlyMarked),
            "unnamedPacks": number(result.unnamedPacks),
            "quarantined": .array(result.repair.quarantined.map(JSONValue.string)),
            "salvagedParts": number(result.repair.salvagedParts), "gathered": number(result.gathered),
            "sent": number(result.sent), "madeIndex": .bool(result.repair.madeIndex),
        ]
    }
}

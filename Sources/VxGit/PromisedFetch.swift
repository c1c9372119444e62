import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Objects that a partial clone leaves out until something needs them.
///
/// git by itself would make one request for each. Here what is missing of the trees that are being looked at comes with it.
extension Repository {
    /// Gets objects from the git remotes that have promised them.
    ///
    /// - Parameter remotes: those to ask, the first of them first.
    /// - Returns: what cannot be had, and what the remotes said, by one line of each.
    /// - Throws: where git cannot be run.
    package func fetchPromised(
        _ ids: [GitObjectID], from remotes: [String]
    ) throws(VxError) -> (absent: [GitObjectID], reasons: [String]) {
        var absent = ids.filter { !hasObject($0) }
        var reasons: [String] = []
        for remote in remotes where !absent.isEmpty {
            let list = Files.temporarySibling(of: gitDirectory.appending("vx-promised"))
            let log = Files.temporarySibling(of: gitDirectory.appending("vx-promised"))
            defer { for file in [list, log] { try? Files.remove(file) } }  // a small file that stays does no harm
            try Files.replace(list, with: Array(absent.map { "\($0.hex)\n" }.joined().utf8))
            // As git itself does it: nothing is offered, only what is asked for comes, and no reference moves.
            let command = ShellText(
                """
                LC_ALL=C exec git -c fetch.negotiationAlgorithm=noop fetch {remote} --quiet --no-tags \
                    --no-write-fetch-head --recurse-submodules=no --filter=blob:none --no-auto-maintenance --stdin < {list}
                """
            ).replacing("{remote}", with: remote).replacing("{list}", with: list)
            let outcome = try ShellCommand.run(
                command, in: workTree ?? gitDirectory, output: log, timeout: 3600, cancellation: Cancellation())
            if outcome.status != 0 {
                let text = String(decoding: try Files.read(log, limit: 1 << 20) ?? [], as: UTF8.self)
                reasons.append(text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "git fetch failed")
            }
            absent = absent.filter { !hasObject($0) }
        }
        return (absent, reasons)
    }

    /// Notes that a tree is being looked at: what is missing of it comes at once when something of it is needed.
    func noteTree(_ tree: GitObjectID?) {
        guard let tree, !lookedAt.contains(tree) else { return }
        lookedAt.append(tree)
        if lookedAt.count > 4 { lookedAt.removeFirst() }
    }

    /// Gets an object that is missing here, with all else that is missing of the trees being looked at.
    ///
    /// - Returns: whether it is here now; `false` in a clone that has left nothing out.
    /// - Throws: where git cannot be run.
    func fetchMissing(_ id: GitObjectID) throws(VxError) -> Bool {
        let remotes = try promisorRemotes()
        if remotes.isEmpty || !fetchesMissing { return false }
        let trees = lookedAt
        // Not again on the way.
        lookedAt = []
        defer { lookedAt = trees }
        var missing = try missing(of: trees)
        // A folder comes with those in it, and not with its files.
        while !missing.folders.isEmpty {
            let absent = try fetchPromised(missing.folders, from: remotes).absent
            if absent.count == missing.folders.count { break }
            missing = try self.missing(of: trees)
        }
        return try !fetchPromised(Array(Set(missing.files + [id])), from: remotes).absent.contains(id)
    }

    /// What is missing of some trees: folders, of whose files nothing is known, and files.
    private func missing(
        of trees: [GitObjectID]
    ) throws(VxError) -> (folders: [GitObjectID], files: [GitObjectID]) {
        var folders: [GitObjectID] = []
        var files: [GitObjectID] = []
        var waiting = trees
        var seen: Set<GitObjectID> = []
        while let id = waiting.popLast() {
            guard seen.insert(id).inserted else { continue }
            guard hasObject(id) else {
                folders.append(id)
                continue
            }
            for entry in try entries(ofTree: id) {
                switch entry.mode {
                case .tree: waiting.append(entry.id)
                case .submodule: continue
                default: if !hasObject(entry.id) { files.append(entry.id) }
                }
            }
        }
        return (folders, files)
    }
}

import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Repository {
    /// How a branch came to each of its commits, in git's words (`commit: …`, `merge dev/x: Fast-forward`): of several ways
    /// the newest. What it did under another name is left out. Empty where git keeps no record, as in a bare repository,
    /// and for what is older than the clone.
    ///
    /// - Throws: where the reflog cannot be read.
    package func movements(ofBranch name: String) throws(VxError) -> [GitObjectID: String] {
        let place = commonDirectory.appending("logs/refs/heads/\(name)")
        guard let bytes = try Files.read(place, limit: 1 << 28) else { return [:] }
        var movements: [GitObjectID: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            // Old id, new id, who and when, a tab, and the words.
            guard let tab = line.firstIndex(of: "\t") else { continue }
            let words = line[line.index(after: tab)...]
            if words.hasPrefix("Branch: renamed") || words.hasPrefix("Branch: copied") {
                movements = [:]
            } else if let id = GitObjectID(hex: String(line.dropFirst(41).prefix(40))) {
                movements[id] = String(words)
            }
        }
        return movements
    }

    /// A step of HEAD, as git noted it.
    package struct HeadMovement: Sendable, Hashable {
        /// Where it was; `nil` before the first commit.
        package var old: GitObjectID?
        package var new: GitObjectID
        /// In git's words: `commit: …`, `pull: Fast-forward`, `checkout: moving from …`.
        package var words: String
    }

    /// All that git has noted of HEAD here, in this work tree and the others, and of the branches, each movement once: a work
    /// tree that is removed takes its HEAD along, not its branch. Nothing of it comes along with a fetch or clone.
    ///
    /// - Throws: where a reflog cannot be read.
    package func headMovements() throws(VxError) -> [HeadMovement] {
        let worktrees = commonDirectory.appending("worktrees")
        let others = try Files.isDirectory(worktrees) ? try Files.names(in: worktrees).map(worktrees.appending) : []
        var seen: Set<HeadMovement> = []
        var movements: [HeadMovement] = []
        for log in ([commonDirectory] + others).map({ $0.appending("logs/HEAD") })
            + (try Self.files(below: commonDirectory.appending("logs/refs/heads")))
        {
            for movement in try Self.movements(in: log) where seen.insert(movement).inserted {
                movements.append(movement)
            }
        }
        return movements
    }

    private static func files(below folder: FilePath) throws(VxError) -> [FilePath] {
        guard try Files.isDirectory(folder) else { return [] }
        var found: [FilePath] = []
        for path in try Files.names(in: folder).map(folder.appending) {
            if try Files.isDirectory(path) { found += try files(below: path) } else { found.append(path) }
        }
        return found
    }

    private static func movements(in log: FilePath) throws(VxError) -> [HeadMovement] {
        guard let bytes = try Files.read(log, limit: 1 << 28) else { return [] }
        var movements: [HeadMovement] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 2)
            guard let tab = line.firstIndex(of: "\t"), fields.count == 3,
                let old = GitObjectID(hex: String(fields[0])), let new = GitObjectID(hex: String(fields[1]))
            else { continue }
            movements.append(
                HeadMovement(
                    old: old.hex.allSatisfy { $0 == "0" } ? nil : old, new: new,
                    words: String(line[line.index(after: tab)...])))
        }
        return movements
    }
}

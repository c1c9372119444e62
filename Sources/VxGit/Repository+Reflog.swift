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
}

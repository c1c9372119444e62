import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// An object that something in a repository names: where a walk over all that is in use starts.
package struct RootObject: Sendable, Hashable {
    package var id: GitObjectID
    /// Where it is named, for people: `refs/heads/main`, `a reflog`, `the index of /path`.
    package var place: String
    /// Whether git itself would miss it. What a reflog or a file of an unfinished merge names may be gone already.
    package var isRequired: Bool

    /// One starting place.
    package init(id: GitObjectID, place: String, isRequired: Bool) {
        self.id = id
        self.place = place
        self.isRequired = isRequired
    }
}

extension Repository {
    /// Everything the repository names: references, reflogs (and with them all stashes), and of each work tree the HEAD,
    /// the index with its conflicts, and what a merge, rebase, cherry-pick or bisect that is going on has noted.
    ///
    /// - Throws: where a reference, an index or a folder of git's cannot be read.
    package func rootObjects() throws(VxError) -> [RootObject] {
        var roots: [RootObject] = []
        for name in try references(withPrefix: "") {
            guard let id = try reference(name) else { continue }  // a symbolic one that leads to none
            roots.append(RootObject(id: id, place: name, isRequired: true))
        }
        for tree in try worktrees() {
            if let commit = tree.commit {
                roots.append(RootObject(id: commit, place: "HEAD of \(tree.gitDirectory)", isRequired: true))
            }
            try addIndex(tree.gitDirectory.appending("index"), to: &roots)
            try addNoted(in: tree.gitDirectory, to: &roots)
        }
        // Git may have named another one in the environment.
        if indexPath != gitDirectory.appending("index") { try addIndex(indexPath, to: &roots) }
        var seen: Set<GitObjectID> = []
        return roots.filter { seen.insert($0.id).inserted }
    }

    private func addIndex(_ file: FilePath, to roots: inout [RootObject]) throws(VxError) {
        for entry in try Self.readIndex(file).entries where entry.mode.isFile {
            roots.append(RootObject(id: entry.id, place: "the index \(file)", isRequired: false))
        }
    }

    /// The files of a git folder in which git notes objects, beside its references and its index.
    private func addNoted(in directory: FilePath, to roots: inout [RootObject]) throws(VxError) {
        for name in try Files.unsortedNames(in: directory) ?? [] {
            let text = String(decoding: name, as: UTF8.self)
            // HEAD, ORIG_HEAD, FETCH_HEAD, MERGE_HEAD, REBASE_HEAD, AUTO_MERGE, BISECT_START and the like.
            guard text.utf8.allSatisfy({ (65...90).contains($0) || $0 == 95 }) else { continue }
            try addIDs(in: directory.appending(text), place: text, to: &roots)
        }
        for folder in ["logs", "rebase-merge", "rebase-apply", "sequencer"] {
            try addNoted(below: directory.appending(folder), place: folder == "logs" ? "a reflog" : folder, to: &roots)
        }
        // Those of a linked work tree alone; libgit2 lists the common ones only.
        if directory != commonDirectory {
            try addNoted(below: directory.appending("refs"), place: "a reference of \(directory)", to: &roots)
        }
    }

    private func addNoted(below folder: FilePath, place: String, to roots: inout [RootObject]) throws(VxError) {
        for name in try Files.unsortedNames(in: folder) ?? [] {
            let path = folder.appending(FilePath(byteArray: name).string)
            switch try Files.status(path)?.kind {
            case .directory: try addNoted(below: path, place: place, to: &roots)
            case .regular: try addIDs(in: path, place: place, to: &roots)
            default: continue
            }
        }
    }

    /// Every run of exactly 40 hex digits: what else such a run may be is no object, and does no harm.
    private func addIDs(in file: FilePath, place: String, to roots: inout [RootObject]) throws(VxError) {
        guard let status = try Files.status(file), status.kind == .regular else { return }
        let bytes = try Files.read(file, limit: 1 << 30) ?? []
        var start: Int?
        for position in 0...bytes.count {
            let isHex = position < bytes.count && Self.isHex(bytes[position])
            if isHex {
                start = start ?? position
            } else if let first = start {
                start = nil
                guard position - first == 40,
                    let id = GitObjectID(hex: String(decoding: bytes[first..<position], as: UTF8.self)),
                    id != .zero
                else { continue }
                roots.append(RootObject(id: id, place: place, isRequired: false))
            }
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
}

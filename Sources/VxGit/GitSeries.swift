import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Repository {
    /// Whether a git that takes one commit after another in this work tree (`rebase`, `am`, `cherry-pick` and `revert` of
    /// several) has more of them before it stops.
    ///
    /// Its process remembers what it wrote to the work tree. Where somebody replaces one of those files meanwhile, it takes
    /// that for the user's change and stops.
    ///
    /// - Throws: where git's notes of what is to be done cannot be read.
    package func isInSeries(_ index: GitIndex) throws(VxError) -> Bool {
        // In a conflict git stops, whatever is left.
        if index.entries.indices.contains(where: { index.entries.stage($0) != 0 }) { return false }
        if try isRebasing() { return true }
        if try isPickingMore() { return true }
        return try isApplyingMore()
    }

    /// `git rebase`.
    private func isRebasing() throws(VxError) -> Bool {
        let folder = gitDirectory.appending("rebase-merge")
        guard let left = try commands(folder.appending("git-rebase-todo")), let next = left.first,
            try Files.status(folder.appending("stopped-sha")) == nil
        else { return false }
        // After these git reads its index anew.
        if ["exec", "x", "break", "b", "noop"].contains(next) { return false }
        let current = try commands(folder.appending("done"))?.last
        return current != "edit" && current != "e"
    }

    /// `git cherry-pick` and `git revert` of several: the one at hand is still on the list.
    private func isPickingMore() throws(VxError) -> Bool {
        try commands(gitDirectory.appending("sequencer").appending("todo")).map { $0.count > 1 } ?? false
    }

    /// `git am`, and `git rebase --apply`.
    private func isApplyingMore() throws(VxError) -> Bool {
        let folder = gitDirectory.appending("rebase-apply")
        guard let next = try number(folder.appending("next")), let last = try number(folder.appending("last")) else {
            return false
        }
        return next < last
    }

    /// The first word of each line of a list of git's; `nil` where there is none.
    private func commands(_ list: FilePath) throws(VxError) -> [String]? {
        guard let bytes = try Files.read(list) else { return nil }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let word = line.split(separator: UInt8(ascii: " ")).first, word.first != UInt8(ascii: "#") else {
                return nil
            }
            return String(decoding: word, as: UTF8.self)
        }
    }

    private func number(_ file: FilePath) throws(VxError) -> Int? {
        guard let bytes = try Files.read(file) else { return nil }
        return Int(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}

import VxModel

/// The name of a snapshot: a tag in git and a file among the run records.
package struct SnapshotName: Sendable, Hashable {
    /// The name as typed; `refs/tags/` goes before it.
    package let text: String

    /// Takes what git takes as a tag (`git check-ref-format`) and what can be a file's name on every system.
    package init(_ text: String) throws(VxError) {
        if let reason = Self.objection(to: text) {
            throw VxError(
                .usage, "'\(VisibleText.line(text))' cannot be a snapshot's name", because: reason,
                hint: "use letters, digits, '.', '-' and '_', with '/' between parts: v1.2 or penguins/v1")
        }
        self.text = text
    }

    /// The tag's full name in git.
    package var reference: String { "refs/tags/\(text)" }

    /// The record's path in the folder of records; a `/` in the name is a subfolder.
    package func recordPath(in folder: RepoPath) -> RepoPath {
        folder.appending(text + ".json")
    }

    /// Why a text cannot be a name; `nil` where it can.
    private static func objection(to text: String) -> String? {
        let bytes = Array(text.utf8)
        if bytes.isEmpty { return "it is empty" }
        if bytes.count > 1000 { return "it is longer than 1000 bytes" }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return "it holds a control character" }
        if let byte = bytes.first(where: { " ~^:?*[\\".utf8.contains($0) }) {
            return byte == 0x20 ? "it holds a space" : "it holds '\(Character(Unicode.Scalar(byte)))'"
        }
        if bytes[0] == UInt8(ascii: "-") { return "a name that starts with '-' reads as an option" }
        if text.contains("..") { return "'..' is a range in git" }
        if text.contains("@{") { return "'@{' is a reflog entry in git" }
        if text == "@" || text == "HEAD" { return "'\(text)' is the current commit in git" }
        if bytes.count == 40, Hex.decode(bytes) != nil { return "it reads as a commit's id" }
        if bytes.last == UInt8(ascii: ".") { return "it ends with '.'" }
        for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if let reason = objection(toPart: String(decoding: part, as: UTF8.self)) { return reason }
        }
        return nil
    }

    private static func objection(toPart part: String) -> String? {
        if part.isEmpty { return "a '/' needs a name on both sides" }
        if part.hasPrefix(".") { return "no part can start with '.'" }
        if part.hasSuffix(".lock") { return "git keeps names that end with '.lock' for itself" }
        // The record of 'a' is the file 'a.json', which cannot also be the folder of 'a.json/b'.
        if part.hasSuffix(".json") { return "'.json' is the ending of the record's own file" }
        if part.utf8.count > 250 { return "a part is longer than 250 bytes" }
        return nil
    }
}

extension SnapshotName: CustomStringConvertible {
    /// The text form.
    package var description: String { text }
}

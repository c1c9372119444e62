import VxModel
import VxStore

/// Where things are in a remote (docs/formats/remote.md).
package enum RemoteLayout {
    /// Says that this place is a vx remote, and of which version.
    package static let marker = "vx-remote.json"
    /// What the marker says.
    package static let markerBytes = Array(
        (["format": "vx-remote", "version": 1] as JSONValue).canonical.utf8)
    package static let packPrefix = "packs/"
    package static let indexPrefix = "index/"
    package static let trashPrefix = "trash/"
    package static let projectPrefix = "projects/"
    package static let quarantinePrefix = "quarantine/"

    /// Whether a key, or the name of a folder, is one of those that vx uses.
    static func isOurs(_ key: String) -> Bool {
        key == marker
            || [packPrefix, indexPrefix, trashPrefix, projectPrefix, quarantinePrefix].contains {
                "\(key)/".hasPrefix($0)
            }
    }

    package static func key(ofPack pack: PackID) -> String {
        let name = pack.hex
        return "\(packPrefix)\(name.prefix(2))/\(name)"
    }

    /// The pack a key stands for; `nil` for any other key.
    package static func pack(ofKey key: String) -> PackID? {
        guard key.hasPrefix(packPrefix), let name = key.split(separator: "/").last,
            let id = ContentID(hex: Array(name.utf8)), key == self.key(ofPack: id)
        else { return nil }
        return id
    }

    /// - Parameter index: the SHA-256 of the index object's bytes.
    package static func key(ofIndex index: ContentID) -> String { indexPrefix + index.hex }

    /// The index a key stands for; `nil` for any other key.
    package static func index(ofKey key: String) -> ContentID? {
        guard key.hasPrefix(indexPrefix) else { return nil }
        return ContentID(hex: Array(key.utf8.dropFirst(indexPrefix.utf8.count)))
    }

    /// The mark that says that a pack is to go.
    package static func key(ofMark pack: PackID) -> String { trashPrefix + pack.hex }

    /// The pack that a mark is about; `nil` for any other key.
    package static func pack(ofMark key: String) -> PackID? {
        guard key.hasPrefix(trashPrefix) else { return nil }
        return ContentID(hex: Array(key.utf8.dropFirst(trashPrefix.utf8.count)))
    }

    /// The note that a history is stored here.
    ///
    /// - Parameter root: the commit it begins with, in lower-case hex.
    package static func key(ofProject root: String) -> String { projectPrefix + root }

    /// Refuses keys that could leave the remote's own place, or mean something else to some storage.
    static func check(key: String) throws(RemoteError) {
        let parts = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isSound = parts.allSatisfy { part in
            !part.isEmpty && part.first != UInt8(ascii: ".")
                && part.allSatisfy {
                    ASCII.isLowercase($0) || ASCII.isDigit($0) || "-._".utf8.contains($0)
                }
        }
        guard isSound else { throw RemoteError(.refused, "'\(key)' is no key of a vx remote") }
    }
}

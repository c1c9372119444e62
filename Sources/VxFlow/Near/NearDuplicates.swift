import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Finds files on different sides that are nearly the same: texts but for case, white space and punctuation, and PNG and
/// JPEG images that look alike.
struct NearDuplicates {
    private enum Key: Sendable {
        case text(UInt128Key)
        case image(ImageHash)
        /// An image that was not compared, and why.
        case unknown(String)
    }

    private let splitter: Splitter
    /// Where nobody says otherwise, no more is read.
    private static let mostBytes: UInt64 = 64 << 20
    private static let longestText: UInt64 = 1 << 20
    private static let longestImage: UInt64 = 64 << 20

    init(_ splitter: Splitter) {
        self.splitter = splitter
    }

    func look(_ standing: [ContentID: RepoPath], _ files: [DataFile], _ manifest: inout SplitManifest) throws {
        let total = files.reduce(UInt64(0)) { $0 + $1.pointer.size }
        let store = splitter.workspace.store
        guard splitter.split.nearDuplicates ?? (total <= Self.mostBytes) else { return }
        let readable = files.filter { file in
            file.pointer.size > 0 && (Self.isImage(file.path) || file.pointer.size <= Self.longestText)
        }
        if splitter.split.nearDuplicates == true {
            try splitter.workspace.bringHere(readable.map { ($0.path, $0.pointer) })
        } else if readable.contains(where: { !store.contains($0.pointer.id) }) {
            // A count of what is here would pass for that of all.
            return
        }
        manifest.lookedForNear = true
        let keys = try splitter.workspace.pool.map(
            count: readable.count, batch: 64, cancellation: splitter.workspace.cancellation
        ) { position -> Key? in
            let pointer = readable[position].pointer
            let isImage = Self.isImage(readable[position].path)
            if isImage, pointer.size > Self.longestImage { return .unknown("it is too large") }
            let bytes = try store.contents(of: pointer.id, size: pointer.size, limit: Int(Self.longestImage))
            return isImage ? try Self.image(bytes) : Self.text(bytes).map { .text($0) }
        }
        var texts: [UInt128Key: RepoPath] = [:]
        var images = ImageIndex()
        var places: [RepoPath] = []
        func side(_ path: RepoPath) -> String? { PolicyCheck.side(of: path, in: splitter.split.into) }
        for (file, key) in zip(readable, keys) {
            guard let key, let path = standing[file.pointer.id] else { continue }
            let own = side(path)
            var other: RepoPath?
            switch key {
            case .text(let key):
                if let found = texts[key], side(found) != own { other = found }
                texts[key] = texts[key] ?? path
            case .image(let hash):
                other = images.first(near: hash, where: { side(places[$0]) != own }).map { places[$0] }
                images.add(hash, number: places.count)
                places.append(path)
            case .unknown(let reason): manifest.addNotCompared("\(path): \(reason)")
            }
            if let other { manifest.addNearDuplicate("\(other) and \(path)") }
        }
    }

    private static func isImage(_ path: RepoPath) -> Bool {
        let name = path.bytes.suffix(5).map { $0 | 0x20 }
        return [".png", ".jpg", ".jpeg"].contains { name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    private static func image(_ bytes: [UInt8]) throws -> Key? {
        do {
            guard let hash = try ImageHash.of(bytes) else { return .unknown("it cannot be decoded") }
            return hash.map { .image($0) }
        } catch let missing as GrayImage.NoDecoder {
            return .unknown("there is no \(missing.library) on this machine")
        }
    }

    /// A hash of a text's words; `nil` for what is no text, or has no words.
    static func text(_ bytes: [UInt8]) -> UInt128Key? {
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { return nil }
        let words = NearText.words(of: bytes)
        return words.isEmpty ? nil : RowHash.key(words)
    }
}

import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Finds files on different sides that are nearly the same: texts but for case, white space and punctuation, and images that
/// look alike.
struct NearDuplicates {
    /// A file of a side.
    typealias SideFile = (path: RepoPath, side: Int, pointer: Pointer)

    private enum Key: Sendable {
        case text(UInt128Key)
        case image(ImageHash)
        /// It was not compared, and why.
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

    /// Names the pairs and what was not compared.
    ///
    /// - Parameter files: of the sides as they become, but for companions, sorted by path.
    func look(_ files: [SideFile], _ found: inout NearFindings) throws {
        let (asked, store) = (splitter.split.nearDuplicates, splitter.workspace.store)
        if asked == false { return }
        // An empty file is equal to others, and near to none.
        let files = once(files).filter { $0.pointer.size > 0 }
        let total = files.reduce(UInt64(0)) { $0 + $1.pointer.size }
        if asked == nil, total > Self.mostBytes {
            found.skipped = "the files have \(ByteCount.text(total)), more than \(ByteCount.text(Self.mostBytes))"
            return
        }
        let readable = files.filter { reasonNotToRead($0) == nil }
        if asked == true {
            try splitter.workspace.bringHere(readable.map { ($0.path, $0.pointer) })
        } else if let absent = readable.first(where: { !store.contains($0.pointer.id) }) {
            // A count of what is here would pass for that of all.
            found.skipped = "not all contents are here, such as that of \(absent.path)"
            return
        }
        found.isLookedFor = true
        for file in files { if let reason = reasonNotToRead(file) { found.leaveOut(file.path, reason) } }
        let text = NearText(keepsOrder: splitter.split.nearWordOrder == .keep)
        let keys = try splitter.workspace.pool.map(
            count: readable.count, batch: 64, cancellation: splitter.workspace.cancellation
        ) { position -> Key in
            let pointer = readable[position].pointer
            return try Self.key(
                try store.contents(of: pointer.id, size: pointer.size, limit: Int(Self.longestImage)), text)
        }
        var texts: [UInt128Key: [Int]] = [:]
        var images = ImageIndex()
        var compared: [Int] = []
        for (number, key) in keys.enumerated() {
            switch key {
            case .text(let key): texts[key, default: []].append(number)
            case .image(let hash): images.add(hash, number: number)
            case .unknown(let reason):
                found.leaveOut(readable[number].path, reason)
                continue
            }
            compared.append(number)
        }
        found.add(compared, place: { "\(readable[$0].path)" }) { number in
            func isOther(_ known: Int) -> Bool {
                readable[known].side != readable[number].side
                    && readable[known].pointer.id != readable[number].pointer.id
            }
            switch keys[number] {
            case .text(let key): return texts[key]?.first(where: isOther)
            case .image(let hash): return images.first(near: hash, where: isOther)
            case .unknown: return nil
            }
        }
    }

    /// One file for each content of a side.
    private func once(_ files: [SideFile]) -> [SideFile] {
        struct Place: Hashable {
            var id: ContentID
            var side: Int
        }
        var known: Set<Place> = []
        return files.filter { known.insert(Place(id: $0.pointer.id, side: $0.side)).inserted }
    }

    private func reasonNotToRead(_ file: SideFile) -> String? {
        let (size, limit) = (file.pointer.size, Self.isImage(file.path) ? Self.longestImage : Self.longestText)
        return size > limit ? "it is larger than \(ByteCount.text(limit))" : nil
    }

    private static func isImage(_ path: RepoPath) -> Bool {
        let name = path.bytes.suffix(5).map { $0 | 0x20 }
        return [".png", ".jpg", ".jpeg"].contains { name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    private static func key(_ bytes: [UInt8], _ text: NearText) throws -> Key {
        if let kind = FileKind.name(of: Array(bytes.prefix(FileKind.longestStart))), !FileKind.texts.contains(kind) {
            guard ["PNG", "JPEG"].contains(kind) else { return .unknown("\(kind) is not decoded") }
            do {
                guard let hash = try ImageHash.of(bytes) else { return .unknown("it cannot be decoded") }
                return hash.map { .image($0) } ?? .unknown("it is of one shade")
            } catch let missing as GrayImage.NoDecoder {
                return .unknown("there is no \(missing.library) on this machine")
            }
        }
        if let key = text.key(of: bytes) { return .text(key) }
        return .unknown("it is neither a text with words nor an image")
    }
}

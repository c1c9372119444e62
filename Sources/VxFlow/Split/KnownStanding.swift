import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// What is known of all rows of the sides together, as it is kept beside the rows themselves (docs/formats/split-cache.md).
struct KnownStanding: Equatable {
    /// How many different contents there are. None is on two sides, and no key is.
    var contents = 0
    /// What is the same for rows that nearly say the same, of those that are on two sides.
    var nears: Set<UInt64> = []
    /// What is the same for keys that differ in spelling only, of those that do.
    var spellings: Set<UInt64> = []

    private static let magic = Array("vxsides1".utf8)
    private static let suffix = "sides"
    /// So many divisions, with each of their sides' states, are known beside each other.
    private static let most = 8
    /// More than so many hashes are not kept: to look them up takes as long as to find them.
    private static let mostHashes = 1 << 16

    /// What the files of the sides are, in the order of their paths: nothing else counts.
    private static func name(_ files: [(path: RepoPath, id: ContentID)]) -> String {
        var bytes: [UInt8] = []
        for file in files { bytes += file.path.bytes + [0] + Array(file.id.hex.utf8) + [0] }
        return "\(bytes.withUnsafeBytes { RowHash.digest($0) }.hex.prefix(32)).\(suffix)"
    }

    /// `nil` where nothing is known of these sides.
    init?(of files: [(path: RepoPath, id: ContentID)], in folder: FilePath) {
        guard let bytes = try? Files.read(folder.appending(Self.name(files))), bytes.count >= 64, bytes.count % 8 == 0,
            bytes.starts(with: Self.magic),
            bytes.suffix(32).elementsEqual(Self.digest(bytes.dropLast(32)))
        else { return nil }
        let words: [Int] = bytes.withUnsafeBytes { bytes in
            (1..<(bytes.count / 8 - 4)).map {
                Int(bitPattern: UInt(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
            }
        }
        let hashes = words.dropFirst(3).map { UInt64(bitPattern: Int64($0)) }
        guard words[1] >= 0, words[2] >= 0, words[1] + words[2] == hashes.count else { return nil }
        contents = words[0]
        nears = Set(hashes.prefix(words[1]))
        spellings = Set(hashes.suffix(words[2]))
    }

    init(contents: Int, nears: Set<UInt64>, spellings: Set<UInt64>) {
        (self.contents, self.nears, self.spellings) = (contents, nears, spellings)
    }

    private static func digest(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let id = bytes.withUnsafeBytes { RowHash.digest($0) }
        return [UInt8](unsafeUninitializedCapacity: ContentID.byteCount) { buffer, count in
            id.write(to: UnsafeMutableRawBufferPointer(buffer))
            count = ContentID.byteCount
        }
    }

    /// Keeps it for the next division.
    func keep(of files: [(path: RepoPath, id: ContentID)], in folder: FilePath) throws {
        guard nears.count + spellings.count <= Self.mostHashes else { return }
        let words = [UInt64(contents), UInt64(nears.count), UInt64(spellings.count)] + nears + spellings
        var bytes = Self.magic
        words.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes += Self.digest(bytes[...])
        let sharing = try FolderSharing(of: folder)
        try Files.createDirectories(folder, sharing: sharing)
        try Files.replace(folder.appending(Self.name(files)), with: bytes, sharing: sharing)
        let known = try Files.names(in: folder).filter { $0.extension == Self.suffix }.compactMap { name in
            try Files.status(folder.appending(name)).map { (name, $0.modified) }
        }
        for (name, _) in known.sorted(by: { $1.1 < $0.1 }).dropFirst(Self.most) {
            try Files.remove(folder.appending(name))
        }
    }
}

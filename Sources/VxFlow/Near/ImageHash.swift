/// What an image looks like from afar: Krawetz's difference hash ("Kind of Like That", hackerfactor.com, 2013), and the
/// small picture it was made of.
struct ImageHash: Sendable, Equatable {
    /// The largest number of bits near-duplicates differ in: what Manku, Jain and Das Sarma (2007) take for 64 bits.
    static let mostBits = 3
    /// The largest mean difference of brightness, of 255, between their small pictures.
    static let mostDifference = 4
    /// What a part has to be brighter by, of 255, to count as brighter: on an even ground, saving as JPEG moves it by one.
    static let leastStep = 3
    private static let (columns, rows) = (9, 8)

    /// Whether each of 8 by 8 parts is brighter than the one to its right, the upper left in the highest bit.
    let bits: UInt64
    private let cells: [UInt8]

    /// - Returns: `nil` for an image of one shade, which has nothing to tell it by.
    init?(_ image: GrayImage) {
        cells = image.shrunk(columns: Self.columns, rows: Self.rows)
        guard let darkest = cells.min(), let brightest = cells.max(), brightest - darkest >= 8 else { return nil }
        var bits: UInt64 = 0
        for row in 0..<8 {
            for column in 0..<8 {
                let step = Int(cells[row * 9 + column]) - Int(cells[row * 9 + column + 1])
                bits = bits << 1 | (step >= Self.leastStep ? 1 : 0)
            }
        }
        self.bits = bits
    }

    /// The hash of an image file, PNG or JPEG by how it begins.
    ///
    /// - Returns: no hash for an image of one shade; `nil` for what cannot be decoded.
    /// - Throws: `GrayImage.NoDecoder`.
    static func of(_ bytes: [UInt8]) throws -> ImageHash?? {
        let isJPEG = bytes.starts(with: [0xff, 0xd8, 0xff])
        return try (isJPEG ? GrayImage.jpeg(bytes, columns: columns, rows: rows) : GrayImage.png(bytes)).map(Self.init)
    }

    /// Whether two images look nearly the same.
    func isNear(_ other: ImageHash) -> Bool {
        guard (bits ^ other.bits).nonzeroBitCount <= Self.mostBits else { return false }
        let difference = zip(cells, other.cells).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return difference <= Self.mostDifference * cells.count
    }

    /// The four quarters of the bits: of two hashes with at most three bits between them, one quarter at least is equal.
    var quarters: [UInt32] { (0..<4).map { UInt32($0) << 16 | UInt32(bits >> (16 * UInt64($0)) & 0xffff) } }
}

/// Finds images that look nearly the same among those already seen, without comparing all pairs.
struct ImageIndex {
    private var hashes: [(hash: ImageHash, number: Int)] = []
    private var quarters: [UInt32: [Int]] = [:]
    /// As many images with one quarter of their bits are compared; films and scans have many more.
    private static let most = 256

    /// The number of the first image that is near and that `isWanted`; `nil` for none.
    func first(near hash: ImageHash, where isWanted: (Int) -> Bool) -> Int? {
        hash.quarters.flatMap { quarters[$0] ?? [] }.filter {
            hashes[$0].hash.isNear(hash) && isWanted(hashes[$0].number)
        }.min().map { hashes[$0].number }
    }

    mutating func add(_ hash: ImageHash, number: Int) {
        for quarter in hash.quarters where (quarters[quarter]?.count ?? 0) < Self.most {
            quarters[quarter, default: []].append(hashes.count)
        }
        hashes.append((hash, number))
    }
}

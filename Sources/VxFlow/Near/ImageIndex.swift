import VxSystem

/// Finds the pictures that are nearly the same among many, without comparing all pairs.
///
/// The hashes of whole pictures are cut into bands; two pictures are compared where a window or a turn of one has all bits of a band
/// as the other has them, as Manku, Jain and Das Sarma do ("Detecting near-duplicates for web crawling", 2007). What is found so
/// is compared part by part.
struct ImageIndex: Sendable {
    /// What was found for a picture.
    struct Found: Sendable {
        /// The numbers of pictures it is near to: a copy of it, or what is cut out of it.
        var numbers: [Int] = []
        /// Whether there were more to compare it with than ``mostCandidates``.
        var isCrowded = false
    }

    /// So many pictures at most are compared with one: films and scans have many more that begin alike.
    static let mostCandidates = 1024
    /// So many of them, those that look most alike from afar, are laid over it as well as can be.
    private static let mostFits = 64
    /// The most bits of 112 in which hashes of near-duplicates differ: four of five of random ones differ in more than 50.
    private static let mostBits = 24

    private let looks: [ImageLook]
    private let hashes: [ImageHash]
    /// For each band, the bits of every picture's and its number, sorted.
    private let bands: [[UInt64]]
    private let width: Int

    /// - Parameter looks: no more than 2^32.
    init(_ looks: [ImageLook], _ pool: WorkerPool, _ cancellation: Cancellation) throws {
        self.looks = looks
        let hashes = try pool.map(count: looks.count, batch: 64, cancellation: cancellation) { ImageHash(looks[$0]) }
        // The more pictures, the more bits tell them apart.
        let width = looks.count < 4096 ? 16 : 22
        bands = (0..<(ImageHash.bits / width)).map { band in
            hashes.enumerated().map { Self.bits($1, band, width) << 32 | UInt64($0) }.sorted()
        }
        (self.hashes, self.width) = (hashes, width)
    }

    private static func bits(_ hash: ImageHash, _ band: Int, _ width: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: hash.value >> UInt128(band * width)) & (1 << UInt64(width) - 1)
    }

    /// The pictures that one is near to, or that are cut out of it; what it is cut out of finds it.
    ///
    /// - Parameter isWanted: whether to compare it with a picture of this number.
    func near(_ number: Int, where isWanted: (Int) -> Bool) -> Found {
        let look = looks[number]
        let sums = ImageSums(look)
        let turns = ImageTurn.all.map { look.turned($0) }
        let hashes = turns.map { ImageHash($0) }
        let windows = ImageHash.windows(of: sums)
        var found = Found()
        let candidates = candidates(hashes, windows.upright + windows.mirrored, &found.isCrowded) {
            $0 != number && isWanted($0)
        }
        let details = turns.map { ImageDetail($0) }
        var cuts: [Cut] = []
        for candidate in candidates {
            let hash = self.hashes[candidate]
            let near = hashes.indices.filter { hashes[$0].distance(hash) <= Self.mostBits }
            if !near.isEmpty {
                let other = ImageDetail(looks[candidate])
                if near.contains(where: { details[$0].isNear(other, isCut: false) }) {
                    found.numbers.append(candidate)
                    continue
                }
            }
            for (hashes, isMirrored) in [(windows.upright, false), (windows.mirrored, true)] {
                guard let (window, distance) = Self.nearest(hashes, hash) else { continue }
                cuts.append(Cut(candidate: candidate, window: window, isMirrored: isMirrored, distance: distance))
            }
        }
        // Copies are among those that look most alike from afar.
        for cut in cuts.sorted(by: { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }).prefix(Self.mostFits)
        where !found.numbers.contains(cut.candidate) {
            let other = ImageDetail(looks[cut.candidate])
            let target = cut.isMirrored ? other.mirrored() : other
            guard let fitted = ImageDetail(sums, ImageWindow.all[cut.window], fitting: target),
                fitted.isNear(target, isCut: true)
            else { continue }
            found.numbers.append(cut.candidate)
        }
        return found
    }

    /// A picture that may be a window of another.
    private struct Cut {
        var candidate: Int
        var window: Int
        var isMirrored: Bool
        var distance: Int
    }

    /// Which hash is the nearest to another, and how far it is; `nil` where all are too far.
    private static func nearest(_ hashes: [ImageHash], _ other: ImageHash) -> (number: Int, distance: Int)? {
        var (best, least) = (0, mostBits + 1)
        for (number, hash) in hashes.enumerated() {
            let distance = hash.distance(other)
            if distance < least { (best, least) = (number, distance) }
        }
        return least <= mostBits ? (best, least) : nil
    }

    /// The pictures with which a band of some hashes is shared.
    ///
    /// - Parameter wholes: hashes that are also looked up with one bit of a band the other way.
    private func candidates(
        _ wholes: [ImageHash], _ windows: [ImageHash], _ isCrowded: inout Bool, _ isWanted: (Int) -> Bool
    ) -> [Int] {
        var isKnown = [Bool](repeating: false, count: looks.count)
        var found: [Int] = []
        func look(_ bits: UInt64, _ band: [UInt64]) {
            var place = band.partitioningIndex(of: bits << 32)
            while place < band.count, band[place] >> 32 == bits {
                let number = Int(band[place] & 0xffff_ffff)
                place += 1
                if isKnown[number] { continue }
                if found.count == Self.mostCandidates {
                    isCrowded = true
                    return
                }
                isKnown[number] = true
                if isWanted(number) { found.append(number) }
            }
        }
        for (number, band) in bands.enumerated() {
            for hash in wholes {
                let bits = Self.bits(hash, number, width)
                look(bits, band)
                for bit in 0..<width { look(bits ^ 1 << UInt64(bit), band) }
            }
        }
        for (number, band) in bands.enumerated() {
            // Most windows have the bits of the next.
            for bits in Set(windows.map { Self.bits($0, number, width) }).sorted() { look(bits, band) }
        }
        return found
    }
}

extension [UInt64] {
    /// Where the first number stands that is not below one; the array is sorted.
    fileprivate func partitioningIndex(of number: UInt64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

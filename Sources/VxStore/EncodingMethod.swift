import CVxKernels
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How the chunks of a block are to be tried.
struct EncodingMethod: Equatable {
    var encoding: Encoding
    /// For grouped bytes: bit `k` says that plane `k`, counted from the start of the block, is worth compressing. The others
    /// are stored as they are, without spending time on them.
    var planes: UInt8 = .max
    /// Of those, the planes in which looking for repetitions pays.
    var repetitive: UInt8 = 0

    static let raw = EncodingMethod(encoding: .raw)
    static let zstd = EncodingMethod(encoding: .zstd)

    /// The same for a chunk that begins `offset` bytes into the block: its planes are counted from its own start.
    func forChunk(at offset: Int) -> EncodingMethod {
        let width = encoding.width
        // Without planes nothing depends on the place; and what is to be stored as it is must stay equal to ``raw``.
        if width == 1 { return self }
        var method = EncodingMethod(encoding: encoding, planes: 0)
        for plane in 0..<width {
            let own = UInt8((offset + plane) % width)
            method.planes |= (planes >> own & 1) << UInt8(plane)
            method.repetitive |= (repetitive >> own & 1) << UInt8(plane)
        }
        return method
    }
}

/// What is not worth trying at all.
extension Codec {
    private static let pieceLength = 256

    /// Whether a chunk is noise to zstd: its bytes are evenly spread, and hardly anything in it repeats. Images, sound and
    /// whatever else is compressed already look like this, and trying in earnest takes longer than hashing.
    ///
    /// - Parameter scratch: of `chunk.count` bytes at least; its content is lost.
    func isNoise(_ chunk: UnsafeRawBufferPointer, _ scratch: UnsafeMutableRawBufferPointer) throws(VxError) -> Bool {
        guard chunk.count >= Self.pieceLength * 4 else { return false }
        var counts = PlaneCounts()
        for eighth in [1, 3, 5, 7] {
            let start = (chunk.count - Self.pieceLength) / 8 * eighth
            counts.add(UnsafeRawBufferPointer(rebasing: chunk[start..<start + Self.pieceLength]))
        }
        if !counts.isEven { return false }
        return try deflateRepetitions(chunk, into: scratch) == nil
    }
}

/// The choice of a method by samples.
extension Codec {
    private static let sampleLength = 16 << 10

    /// How the chunks of a block are best tried, going by samples of it: raw where it does not shrink by 5 %, and grouped
    /// where that saves 5 % more than zstd alone.
    func choose(_ block: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer) throws(VxError)
        -> EncodingMethod
    {
        // Too short for samples to be cheaper than the thing itself.
        guard block.count > Self.sampleLength * 4 else { return .zstd }
        let samples = [1, 4, 7].map { part in
            // A whole number of numbers into the block, so that the planes of all samples are the block's.
            let start = block.count / 8 * part / 8 * 8
            return UnsafeRawBufferPointer(rebasing: block[start..<min(start + Self.sampleLength, block.count)])
        }
        var best = EncodingMethod.raw
        var size = 0
        for piece in samples {
            let length = try deflate(piece, into: scratch)
            // Where only a part of the block compresses, each chunk is tried.
            if length != nil { best = .zstd }
            size += length ?? piece.count
        }
        let counts = samples.map { PlaneCounts($0) }
        guard let encoding = PlaneCounts.betterEncoding(counts) else { return best }
        let (method, grouped) = try tryPlanes(of: samples, encoding, counts, scratch)
        return grouped <= Self.worthwhile(size) ? method : best
    }

    /// Which planes of the samples to compress, and what all planes take together then.
    ///
    /// A plane is compressed where that saves 5 % of the whole: undoing it takes as long for a plane that hardly gains.
    private func tryPlanes(
        of samples: [UnsafeRawBufferPointer], _ encoding: Encoding, _ counts: [PlaneCounts],
        _ scratch: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> (EncodingMethod, size: Int) {
        let width = encoding.width
        let whole = samples.reduce(0) { $0 + $1.count }
        var method = EncodingMethod(encoding: encoding, planes: 0)
        var total = 0
        planes.reserve(whole)
        var end = 0
        let split = samples.map { piece in
            let parts = (0..<width).map { plane in
                let start = end
                end += ByteGrouping.length(of: plane, count: piece.count, width: width)
                return UnsafeMutableRawBufferPointer(rebasing: planes.bytes[start..<end])
            }
            ByteGrouping.split(piece, into: parts)
            return parts.map { UnsafeRawBufferPointer($0) }
        }
        for plane in 0..<width {
            let raw = split.reduce(0) { $0 + $1[plane].count }
            let most = raw - (whole - Self.worthwhile(whole))
            guard counts.reduce(0, { $0 + $1.entropy(width, of: plane) }) <= Double(most) else {
                total += raw
                continue
            }
            var coded = 0
            var packed = 0
            for parts in split {
                coded += try deflateEntropy(parts[plane], into: scratch) ?? parts[plane].count
                packed += try deflate(parts[plane], into: scratch) ?? parts[plane].count
            }
            let best = min(coded, packed)
            if best <= most {
                method.planes |= 1 << UInt8(plane)
                if packed < Self.worthwhile(coded) { method.repetitive |= 1 << UInt8(plane) }
            }
            total += best <= most ? best : raw
        }
        return (method, total)
    }
}

/// How often each byte stands at each place of the numbers in a sample: what an ideal code of single bytes would make of the
/// planes, for a fraction of the time that trying takes (C. E. Shannon, "A Mathematical Theory of Communication", 1948).
private struct PlaneCounts {
    /// For each place in a number of four bytes, the 256 counts one after the other.
    private var counts = [UInt32](repeating: 0, count: 4 * 256)

    init() {}

    init(_ sample: UnsafeRawBufferPointer) { add(sample) }

    mutating func add(_ sample: UnsafeRawBufferPointer) {
        vx_count4(sample.baseAddress?.assumingMemoryBound(to: UInt8.self), sample.count / 4, &counts)
    }

    /// Whether no code of single bytes can gain 5 %: it takes 7.6 bits a byte or more. An ideal one takes no less than the
    /// collision entropy (A. Rényi, "On measures of entropy and information", 1961), -log2 of how likely two bytes are to be
    /// equal; and that is told without bias by the pairs in a sample.
    var isEven: Bool {
        var total: UInt32 = 0
        var squares: UInt32 = 0
        counts.withUnsafeBufferPointer { counts in
            for byte in 0..<256 {
                let count = counts[byte] &+ counts[256 + byte] &+ counts[512 + byte] &+ counts[768 + byte]
                total &+= count
                squares &+= count &* count
            }
        }
        let (size, pairs) = (Double(total), Double(squares) - Double(total))
        return pairs < exp2(-7.6) * size * (size - 1)
    }

    /// How bytes are best grouped; `nil` where all planes are like the whole, as those of text are.
    ///
    /// The more planes there are of one sample, the smaller they look by chance, but not by 2 %. Where four are not better than
    /// two by more than that, two are longer and decode faster.
    static func betterEncoding(_ samples: [PlaneCounts]) -> Encoding? {
        func entropy(_ width: Int) -> Double { samples.reduce(0) { $0 + $1.entropy(width) } }
        let (whole, two, four) = (entropy(1), entropy(2), entropy(4))
        let encoding = four <= 0.98 * two ? Encoding.grouped4 : .grouped2
        return min(two, four) <= 0.97 * whole ? encoding : nil
    }

    /// Bytes that all planes would take.
    private func entropy(_ width: Int) -> Double {
        (0..<width).reduce(0) { $0 + entropy(width, of: $1) }
    }

    /// Bytes that one plane would take.
    func entropy(_ width: Int, of plane: Int) -> Double {
        var total = 0.0
        var bits = 0.0
        for byte in 0..<256 {
            var count = 0.0
            for place in stride(from: plane, to: 4, by: width) { count += Double(counts[place * 256 + byte]) }
            if count > 0 { bits -= count * log2(count) }
            total += count
        }
        return total > 0 ? (bits + total * log2(total)) / 8 : 0
    }
}

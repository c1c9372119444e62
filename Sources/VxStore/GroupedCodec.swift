import VxModel

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
        var method = EncodingMethod(encoding: encoding, planes: 0)
        for plane in 0..<width {
            let own = UInt8((offset + plane) % width)
            method.planes |= (planes >> own & 1) << UInt8(plane)
            method.repetitive |= (repetitive >> own & 1) << UInt8(plane)
        }
        return method
    }
}

/// The payload of grouped chunks (docs/formats/pack.md): a word for each plane, then the planes.
extension Codec {
    /// The bit of a plane's word that says it is a zstd frame.
    private static let compressed: UInt32 = 1 << 31

    /// Compresses into `target` by planes; `nil` where that does not fit into `room` bytes.
    func compressGrouped(
        _ source: UnsafeRawBufferPointer, _ method: EncodingMethod, into target: UnsafeMutableRawBufferPointer,
        room: Int
    ) throws(VxError) -> Int? {
        let width = method.encoding.width
        var end = width * 4
        for plane in 0..<width {
            let length = ByteGrouping.length(of: plane, count: source.count, width: width)
            var word = UInt32(length)
            if method.planes >> UInt8(plane) & 1 == 1 {
                planes.reserve(length)
                let gathered = UnsafeMutableRawBufferPointer(rebasing: planes.bytes[..<length])
                ByteGrouping.gather(plane, of: source, width: width, into: gathered)
                let free = UnsafeMutableRawBufferPointer(rebasing: target[min(end, target.count)...])
                let isRepetitive = method.repetitive >> UInt8(plane) & 1 == 1
                let bytes = UnsafeRawBufferPointer(gathered)
                if let stored = try isRepetitive ? deflate(bytes, into: free) : deflateEntropy(bytes, into: free) {
                    word = UInt32(stored) | Self.compressed
                }
            }
            let stored = Int(word & ~Self.compressed)
            guard end + stored <= room else { return nil }
            if word & Self.compressed == 0 {
                let place = UnsafeMutableRawBufferPointer(rebasing: target[end..<end + length])
                ByteGrouping.gather(plane, of: source, width: width, into: place)
            }
            target.store(word, at: plane * 4)
            end += stored
        }
        return end
    }

    /// Decodes what must give exactly `target.count` bytes; says whether it did. `source` may be hostile.
    func decompressGrouped(
        _ source: UnsafeRawBufferPointer, width: Int, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Bool {
        var position = width * 4
        guard source.count >= position else { return false }
        let most = ByteGrouping.length(of: 0, count: target.count, width: width)
        planes.reserve(most * width)
        var parts: [UnsafeRawBufferPointer] = []
        for plane in 0..<width {
            let length = ByteGrouping.length(of: plane, count: target.count, width: width)
            let word = source.number32(at: plane * 4)
            let stored = Int(word & ~Self.compressed)
            guard stored <= source.count - position else { return false }
            let payload = UnsafeRawBufferPointer(rebasing: source[position..<position + stored])
            position += stored
            if word & Self.compressed == 0 {
                guard stored == length else { return false }
                parts.append(payload)
                continue
            }
            let room = UnsafeMutableRawBufferPointer(rebasing: planes.bytes[plane * most..<plane * most + length])
            guard stored < length, try inflate(payload, into: room) else { return false }
            parts.append(UnsafeRawBufferPointer(room))
        }
        guard position == source.count else { return false }
        ByteGrouping.merge(parts, into: target)
        return true
    }

    /// How the chunks of a block are best tried, going by samples of it: raw where it does not shrink by 5 %, and grouped
    /// where that saves 5 % more than zstd alone.
    func choose(_ block: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer) throws(VxError)
        -> EncodingMethod
    {
        let sample = 16 << 10
        // Too short for samples to be cheaper than the thing itself.
        guard block.count > sample * 4 else { return .zstd }
        let samples = [1, 4, 7].map { part in
            // A whole number of numbers into the block, so that the planes of all samples are the block's.
            let start = block.count / 8 * part / 8 * 8
            return UnsafeRawBufferPointer(rebasing: block[start..<min(start + sample, block.count)])
        }
        var best = EncodingMethod.raw
        var size = 0
        for piece in samples {
            let length = try deflate(piece, into: scratch)
            // Where only a part of the block compresses, each chunk is tried.
            if length != nil { best = .zstd }
            size += length ?? piece.count
        }
        var bestSize = size
        for encoding in [Encoding.grouped2, .grouped4] {
            let (method, size) = try tryPlanes(of: samples, encoding, scratch)
            if size <= Self.worthwhile(bestSize) {
                best = method
                bestSize = size
            }
        }
        return best
    }

    /// Which planes of the samples compress, and what they take together.
    private func tryPlanes(
        of samples: [UnsafeRawBufferPointer], _ encoding: Encoding, _ scratch: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> (EncodingMethod, size: Int) {
        var method = EncodingMethod(encoding: encoding, planes: 0)
        var total = 0
        for plane in 0..<encoding.width {
            var raw = 0
            var coded = 0
            var packed = 0
            for piece in samples {
                let length = ByteGrouping.length(of: plane, count: piece.count, width: encoding.width)
                planes.reserve(length)
                let gathered = UnsafeMutableRawBufferPointer(rebasing: planes.bytes[..<length])
                ByteGrouping.gather(plane, of: piece, width: encoding.width, into: gathered)
                raw += length
                let own = try deflateEntropy(UnsafeRawBufferPointer(gathered), into: scratch)
                coded += own ?? length
                // Repetitions in bytes that are all alike are rare: not worth the look.
                packed += try own == nil ? length : deflate(UnsafeRawBufferPointer(gathered), into: scratch) ?? length
            }
            let best = min(coded, packed)
            if best <= Self.worthwhile(raw) {
                method.planes |= 1 << UInt8(plane)
                if packed < Self.worthwhile(coded) { method.repetitive |= 1 << UInt8(plane) }
            }
            total += min(raw, best)
        }
        return (method, total)
    }
}

import VxModel

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
}

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
        let lengths = (0..<width).map { ByteGrouping.length(of: $0, count: source.count, width: width) }
        // Planes before the first that is compressed have their place already; the others are put aside.
        let inPlace = min(method.planes.trailingZeroBitCount, width)
        var end = width * 4
        guard end + lengths[..<inPlace].reduce(0, +) <= room else { return nil }
        planes.reserve(source.count)
        var aside = 0
        let split = (0..<width).map { plane in
            let start = plane < inPlace ? end : aside
            if plane < inPlace { end += lengths[plane] } else { aside += lengths[plane] }
            let area = plane < inPlace ? target : planes.bytes
            return UnsafeMutableRawBufferPointer(rebasing: area[start..<start + lengths[plane]])
        }
        ByteGrouping.split(source, into: split)
        for plane in 0..<inPlace { target.store(UInt32(lengths[plane]), at: plane * 4) }
        for plane in inPlace..<width {
            let bytes = UnsafeRawBufferPointer(split[plane])
            let free = UnsafeMutableRawBufferPointer(rebasing: target[min(end, target.count)...])
            if method.planes >> UInt8(plane) & 1 == 1,
                let stored = try method.repetitive >> UInt8(plane) & 1 == 1
                    ? deflate(bytes, into: free) : deflateEntropy(bytes, into: free)
            {
                target.store(UInt32(stored) | Self.compressed, at: plane * 4)
                end += stored
                guard end <= room else { return nil }
            } else {
                guard end + bytes.count <= room else { return nil }
                free.copyMemory(from: bytes)
                target.store(UInt32(bytes.count), at: plane * 4)
                end += bytes.count
            }
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

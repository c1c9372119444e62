import CZstd
import VxModel

/// How a chunk's bytes are kept in a pack.
package enum Encoding: UInt8, Sendable {
    /// As they are.
    case raw = 0
    /// One zstd frame.
    case zstd = 1
    /// The bytes sorted by their place in numbers of two bytes (bf16, fp16), then one zstd frame.
    case grouped2 = 2
    /// The same for numbers of four bytes (float32).
    case grouped4 = 3

    /// Bytes of the numbers whose bytes are sorted; 1 where none are.
    var width: Int {
        switch self {
        case .raw, .zstd: 1
        case .grouped2: 2
        case .grouped4: 4
        }
    }
}

/// Compression and decompression with contexts that are made once and used again. One per thread.
final class Codec {
    /// Level 1: the gain of higher levels on data files is small, and `vx add` is to run as fast as the disk.
    static let level: CInt = 1

    private var compressor: OpaquePointer?
    private var decompressor: OpaquePointer?
    private let planes = Buffer(0)

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(decompressor)
    }

    /// The most bytes `count` may compress to and still be worth it: a gain of 5 %.
    static func worthwhile(_ count: Int) -> Int { count - (count + 19) / 20 }

    /// Compresses into `target`; `nil` where that would gain less than 5 %. `target` has `count` bytes at least.
    ///
    /// - Parameter encoding: any but raw.
    func compress(
        _ source: UnsafeRawBufferPointer, as encoding: Encoding, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Int? {
        let room = min(Self.worthwhile(source.count), target.count)
        guard room > 0 else { return nil }
        if compressor == nil { compressor = ZSTD_createCCtx() }
        guard let compressor else { throw VxError("cannot compress: out of memory") }
        if encoding.width > 1 { return compressGrouped(source, encoding.width, target.baseAddress, room, compressor) }
        let length = ZSTD_compressCCtx(
            compressor, target.baseAddress, room, source.baseAddress, source.count, Self.level)
        // The one error that bounded room and valid pointers leave is "does not fit".
        return ZSTD_isError(length) != 0 ? nil : length
    }

    /// Each plane in blocks of its own: zstd has one table of literals for a block, and the exponents' would be spoilt by
    /// the mantissas'.
    private func compressGrouped(
        _ source: UnsafeRawBufferPointer, _ width: Int, _ target: UnsafeMutableRawPointer?, _ room: Int,
        _ compressor: OpaquePointer
    ) -> Int? {
        planes.reserve(source.count)
        let sorted = UnsafeMutableRawBufferPointer(rebasing: planes.bytes[..<source.count])
        ByteGrouping.split(source, width: width, into: sorted)
        ZSTD_CCtx_reset(compressor, ZSTD_reset_session_and_parameters)
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, Self.level)
        ZSTD_CCtx_setPledgedSrcSize(compressor, UInt64(source.count))
        var output = ZSTD_outBuffer(dst: target, size: room, pos: 0)
        var input = ZSTD_inBuffer(src: sorted.baseAddress, size: 0, pos: 0)
        for plane in 0..<width {
            input.size += ByteGrouping.length(of: plane, count: source.count, width: width)
            let mode = plane == width - 1 ? ZSTD_e_end : ZSTD_e_flush
            // Anything but 0 is an error or a frame that does not fit into the room.
            guard ZSTD_compressStream2(compressor, &output, &input, mode) == 0 else { return nil }
        }
        return output.pos
    }

    /// How the chunks of a block are best tried, going by samples of it: raw where it does not shrink by 5 %, and grouped
    /// where that saves 5 % more than zstd alone.
    func choose(_ block: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer) throws(VxError) -> Encoding {
        let sample = 16 << 10
        // Too short for samples to be cheaper than the thing itself.
        guard block.count > sample * 4 else { return .zstd }
        var best = Encoding.raw
        var bestSize = sample * 3
        var zstdHelpsSomewhere = false
        for encoding in [Encoding.zstd, .grouped2, .grouped4] {
            var size = 0
            for part in [1, 4, 7] {
                let start = block.count / 8 * part
                let piece = UnsafeRawBufferPointer(rebasing: block[start..<min(start + sample, block.count)])
                let length = try compress(piece, as: encoding, into: scratch)
                size += length ?? piece.count
                if encoding == .zstd, length != nil { zstdHelpsSomewhere = true }
            }
            if size <= Self.worthwhile(bestSize) {
                best = encoding
                bestSize = size
            }
        }
        return best == .raw && zstdHelpsSomewhere ? .zstd : best
    }

    /// Decodes what must give exactly `target.count` bytes; says whether it did.
    ///
    /// - Parameter encoding: any but raw.
    func decompress(
        _ source: UnsafeRawBufferPointer, _ encoding: Encoding, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Bool {
        if decompressor == nil { decompressor = ZSTD_createDCtx() }
        guard let decompressor else { throw VxError("cannot decompress: out of memory") }
        if encoding.width == 1 { return inflate(source, into: target, decompressor) }
        planes.reserve(target.count)
        let sorted = UnsafeMutableRawBufferPointer(rebasing: planes.bytes[..<target.count])
        guard inflate(source, into: sorted, decompressor) else { return false }
        ByteGrouping.join(UnsafeRawBufferPointer(sorted), width: encoding.width, into: target)
        return true
    }

    private func inflate(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ decompressor: OpaquePointer
    ) -> Bool {
        let length = ZSTD_decompressDCtx(
            decompressor, target.baseAddress, target.count, source.baseAddress, source.count)
        return ZSTD_isError(length) == 0 && length == target.count
    }
}

import CZstd
import VxModel
import VxSystem

/// How a chunk's bytes are kept in a pack.
package enum Encoding: UInt8, Sendable {
    /// As they are.
    case raw = 0
    /// One zstd frame.
    case zstd = 1
    /// The bytes sorted by their place in numbers of two bytes (bf16, fp16), compressed where that helps.
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
    private var entropyCoder: OpaquePointer?
    private var repetitionFinder: OpaquePointer?
    private var decompressor: OpaquePointer?
    /// Room for the planes of a grouped chunk.
    let planes = Buffer(0)

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeCCtx(entropyCoder)
        ZSTD_freeCCtx(repetitionFinder)
        ZSTD_freeDCtx(decompressor)
    }

    /// The most bytes `count` may compress to and still be worth it: a gain of 5 %.
    static func worthwhile(_ count: Int) -> Int { count - (count + 19) / 20 }

    /// Compresses into `target`; `nil` where that would gain less than 5 %. `target` has `count` bytes at least.
    ///
    /// - Parameter method: any but raw.
    func compress(
        _ source: UnsafeRawBufferPointer, _ method: EncodingMethod, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Int? {
        if method.encoding.width == 1 {
            if try isNoise(source, target) { return nil }
            return try deflate(source, into: target)
        }
        let room = min(Self.worthwhile(source.count), target.count)
        return try compressGrouped(source, method, into: target, room: room)
    }

    /// One zstd frame; `nil` where it would gain less than 5 %, or does not fit.
    func deflate(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Int? {
        if compressor == nil { compressor = ZSTD_createCCtx() }
        return try Self.deflate(source, into: target, compressor, level: Self.level)
    }

    private static func deflate(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ context: OpaquePointer?,
        level: CInt
    ) throws(VxError) -> Int? {
        let room = min(worthwhile(source.count), target.count)
        guard room > 0 else { return nil }
        guard let context else { throw VxError.outOfMemory("cannot compress") }
        let length = ZSTD_compressCCtx(context, target.baseAddress, room, source.baseAddress, source.count, level)
        return try fitting(length)
    }

    /// What zstd says of a compression; `nil` where the frame does not fit: besides a lack of memory the one error that
    /// bounded room and valid pointers leave.
    private static func fitting(_ length: Int) throws(VxError) -> Int? {
        if ZSTD_isError(length) == 0 { return length }
        if ZSTD_getErrorCode(length) == ZSTD_error_memory_allocation { throw VxError.outOfMemory("cannot compress") }
        return nil
    }

    /// The same as ``deflate(_:into:)`` without looking for repetitions, which bytes of exponents do not have: the frame is
    /// often smaller, as it is all literals in one Huffman code, and takes a quarter of the time both ways.
    func deflateEntropy(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Int? {
        let room = min(Self.worthwhile(source.count), target.count)
        guard room > 0 else { return nil }
        if entropyCoder == nil { entropyCoder = Self.makeEntropyCoder() }
        guard let entropyCoder else { throw VxError.outOfMemory("cannot compress") }
        return try Self.fitting(
            ZSTD_compress2(entropyCoder, target.baseAddress, room, source.baseAddress, source.count))
    }

    private static func makeEntropyCoder() -> OpaquePointer? {
        guard let coder = ZSTD_createCCtx() else { return nil }
        // What another libzstd may refuse changes sizes only, never whether the frame can be read.
        ZSTD_CCtx_setParameter(coder, ZSTD_c_compressionLevel, level)
        ZSTD_CCtx_setParameter(coder, ZSTD_c_strategy, CInt(ZSTD_fast.rawValue))
        // Of the strategy "fast", how far it jumps when it finds no repetition.
        ZSTD_CCtx_setParameter(coder, ZSTD_c_targetLength, 256)
        // ZSTD_c_literalCompressionMode of zstd.h: Huffman codes also where "fast" jumps, at which it would leave them out.
        ZSTD_CCtx_setParameter(coder, ZSTD_cParameter(rawValue: 1002), 1)
        return coder
    }

    /// The same as ``deflate(_:into:)`` at a negative level: it finds most of the repetitions, codes nothing else, and is done
    /// with noise three times as fast.
    func deflateRepetitions(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Int? {
        if repetitionFinder == nil { repetitionFinder = ZSTD_createCCtx() }
        return try Self.deflate(source, into: target, repetitionFinder, level: -10)
    }

    /// Decodes what must give exactly `target.count` bytes; says whether it did.
    ///
    /// - Parameter encoding: any but raw.
    func decompress(
        _ source: UnsafeRawBufferPointer, _ encoding: Encoding, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Bool {
        encoding.width == 1
            ? try inflate(source, into: target)
            : try decompressGrouped(source, width: encoding.width, into: target)
    }

    /// Decompresses one frame that must give exactly `target.count` bytes; says whether it did.
    func inflate(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Bool {
        if decompressor == nil { decompressor = ZSTD_createDCtx() }
        guard let decompressor else { throw VxError.outOfMemory("cannot decompress") }
        let length = ZSTD_decompressDCtx(
            decompressor, target.baseAddress, target.count, source.baseAddress, source.count)
        if ZSTD_getErrorCode(length) == ZSTD_error_memory_allocation { throw VxError.outOfMemory("cannot decompress") }
        return ZSTD_isError(length) == 0 && length == target.count
    }
}

import CZstd
import VxModel

/// How a chunk's bytes are kept in a pack.
package enum Encoding: UInt8, Sendable {
    /// As they are.
    case raw = 0
    /// One zstd frame.
    case zstd = 1
    // 2 is reserved for byte-grouped zstd (float tensors).
}

/// Compression and decompression with contexts that are made once and used again. One per thread.
final class Codec {
    /// Level 1: the gain of higher levels on data files is small, and `vx add` is to run as fast as the disk.
    static let level: CInt = 1

    private var compressor: OpaquePointer?
    private var decompressor: OpaquePointer?

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(decompressor)
    }

    /// The most bytes `count` may compress to and still be worth it: a gain of 5 %.
    static func worthwhile(_ count: Int) -> Int { count - (count + 19) / 20 }

    /// Compresses into `target`; `nil` where that would gain less than 5 %. `target` has `count` bytes at least.
    func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Int? {
        let room = Self.worthwhile(source.count)
        guard room > 0 else { return nil }
        if compressor == nil { compressor = ZSTD_createCCtx() }
        guard let compressor else { throw VxError("cannot compress: out of memory") }
        let length = ZSTD_compressCCtx(
            compressor, target.baseAddress, min(room, target.count), source.baseAddress, source.count, Self.level)
        // The one error that bounded room and valid pointers leave is "does not fit".
        return ZSTD_isError(length) != 0 ? nil : length
    }

    /// Whether samples of a block shrink, so that trying every chunk of it is worth the time.
    func looksCompressible(_ block: UnsafeRawBufferPointer, scratch: UnsafeMutableRawBufferPointer) throws(VxError)
        -> Bool
    {
        let sample = 16 << 10
        guard block.count > sample * 4 else { return true }
        for part in [1, 4, 7] {
            let start = block.count / 8 * part
            let end = min(start + sample, block.count)
            if try compress(UnsafeRawBufferPointer(rebasing: block[start..<end]), into: scratch) != nil { return true }
        }
        return false
    }

    /// Decompresses one frame that must give exactly `target.count` bytes; says whether it did.
    func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) -> Bool {
        if decompressor == nil { decompressor = ZSTD_createDCtx() }
        guard let decompressor else { throw VxError("cannot decompress: out of memory") }
        let length = ZSTD_decompressDCtx(
            decompressor, target.baseAddress, target.count, source.baseAddress, source.count)
        return ZSTD_isError(length) == 0 && length == target.count
    }
}

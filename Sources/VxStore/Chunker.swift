import VxModel

/// Where files are cut: chunker v1, a part of the format (docs/formats/chunker.md).
///
/// A file is first cut at every multiple of ``segment`` bytes. Inside a segment a 64-bit Gear hash, started afresh for
/// every chunk, decides: the top bits of the hash are compared with zero, more of them before the target length than
/// after it ("normalised chunking" of FastCDC: Xia et al., USENIX ATC 2016), so that lengths gather near the target.
/// Shifting left by one a byte, the hash forgets a byte after 64 more, so a cut depends on the 64 bytes before it only.
package enum Chunker {
    /// Bytes of a segment: 64 MiB.
    package static let segment = 64 << 20
    /// No chunk is shorter, except the last of a segment or file: 16 KiB.
    package static let minimum = 16 << 10
    /// The length around which chunks gather: 64 KiB.
    package static let target = 64 << 10
    /// No chunk is longer: 256 KiB.
    package static let maximum = 256 << 10

    /// Zero in these 18 top bits makes a cut before ``target``: two bits more than the target's 16.
    static let hardMask: UInt64 = 0xffff_c000_0000_0000
    /// Zero in these 14 top bits makes a cut from ``target`` on: two bits fewer.
    static let easyMask: UInt64 = 0xfffc_0000_0000_0000
    /// What a hash is below where it is zero under the mask.
    private static let hardLimit = ~hardMask + 1
    private static let easyLimit = ~easyMask + 1
    /// Bytes the hash remembers.
    static let window = 64

    /// The 256 numbers of the Gear hash: number `i` is the first eight bytes, big-endian, of SHA-256 over the ASCII
    /// text `vx gear v1` and the byte `i`.
    package static func gear(_ byte: UInt8) -> UInt64 {
        ContentHasher.id(of: Array("vx gear v1".utf8) + [byte]).word0
    }

    /// The table in memory that is never freed; made at the first cut, so commands that cut nothing do not pay for it.
    ///
    /// `nonisolated(unsafe)`: the memory is written once, before anyone gets the pointer, and only read from then on.
    nonisolated(unsafe) private static let table: UnsafePointer<UInt64> = {
        let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
        for byte in 0...255 { memory.advanced(by: byte).initialize(to: gear(UInt8(byte))) }
        return UnsafePointer(memory)
    }()

    /// The length of the chunk that starts `bytes`.
    ///
    /// - Parameter bytes: what follows the last cut up to the end of the file or of the segment, whichever comes first,
    ///   or at least ``maximum`` bytes of that. Not empty.
    package static func cut(_ bytes: UnsafeRawBufferPointer) -> Int { cut(bytes) { _ in } }

    /// What a hash has seen of a chunk, and how far it may go on.
    struct Scan {
        let base: UnsafePointer<UInt8>
        /// The next byte.
        var position: Int
        /// Where to stop at the latest.
        var end: Int
        var hash: UInt64
        /// A chunk ends after the byte that brings the hash below this.
        var limit: UInt64
        let gear: UnsafePointer<UInt64>
    }

    /// The same, where someone else goes ahead: whenever the hash is to go on, `ahead` may take it as far as it likes, but
    /// not to a cut.
    @inline(__always)
    static func cut(_ bytes: UnsafeRawBufferPointer, ahead: (inout Scan) -> Void) -> Int {
        let end = min(bytes.count, maximum)
        guard end > minimum, let start = bytes.baseAddress else { return end }
        var scan = Scan(
            base: start.assumingMemoryBound(to: UInt8.self), position: minimum - 1, end: min(end, target) - 1, hash: 0,
            limit: hardLimit, gear: table)
        for position in minimum - window..<minimum - 1 {
            scan.hash = (scan.hash << 1) &+ scan.gear[Int(scan.base[position])]
        }
        ahead(&scan)
        if let cut = find(&scan) { return cut }
        scan.end = end
        scan.limit = easyLimit
        ahead(&scan)
        return find(&scan) ?? end
    }

    /// The length of the chunk if there is a cut before the end of the scan.
    ///
    /// A hash is zero under a mask of top bits where it is below a limit. Four bytes go in at a time: their part of the
    /// hash does not depend on what was before, so it is ready when the hash is, and the processor need not wait for four
    /// steps in turn.
    @inline(__always)
    private static func find(_ scan: inout Scan) -> Int? {
        let (base, gear, end, limit) = (scan.base, scan.gear, scan.end, scan.limit)
        var next = scan.position
        var rolling = scan.hash
        while next &+ 4 <= end {
            let first = gear[Int(base[next])]
            let two = (first << 1) &+ gear[Int(base[next &+ 1])]
            let three = (two << 1) &+ gear[Int(base[next &+ 2])]
            let four = (three << 1) &+ gear[Int(base[next &+ 3])]
            let after = (rolling << 4) &+ four
            let isCut =
                ((rolling << 1) &+ first < limit) || ((rolling << 2) &+ two < limit)
                || ((rolling << 3) &+ three < limit) || (after < limit)
            if isCut { break }
            rolling = after
            next &+= 4
        }
        while next < end {
            rolling = (rolling << 1) &+ gear[Int(base[next])]
            next &+= 1
            if rolling < limit { return next }
        }
        scan.position = max(scan.position, end)
        scan.hash = rolling
        return nil
    }

    /// The lengths of all chunks of a content that is in memory as a whole.
    ///
    /// - Parameter cut: gives the length of the chunk that starts some bytes, as ``cut(_:)`` does.
    package static func lengths(
        _ bytes: UnsafeRawBufferPointer, by cut: (UnsafeRawBufferPointer) -> Int = { Chunker.cut($0) }
    ) -> [Int] {
        var lengths: [Int] = []
        var offset = 0
        while offset < bytes.count {
            let segmentEnd = min(bytes.count, (offset / segment + 1) * segment)
            let length = cut(UnsafeRawBufferPointer(rebasing: bytes[offset..<segmentEnd]))
            lengths.append(length)
            offset += length
        }
        return lengths
    }
}

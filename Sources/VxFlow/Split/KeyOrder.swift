#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

import VxModel

import struct SystemPackage.FilePath

/// The order of keys by their bytes, in 8 bytes for each: only of longer ones more is kept.
///
/// What all keys begin with, such as `row-`, is kept once. A key is its rank, which is its next 8 bytes, and its rest.
struct KeyOrder: Sendable {
    /// What the first keys begin with, up to their first digit; `nil` where nobody has looked.
    private var prefix: [UInt8]?
    private var prefixRank: UInt64 = 0
    /// What comes behind the rank; of a key that does not begin so, or has a zero byte, a zero byte and all of it.
    private var rests = TextList()

    /// Has rests kept on disk where they are many: only keys with one rank in one group are compared by them.
    mutating func keepAside(in folder: FilePath) { rests.keepAside(in: folder) }

    /// Why a key could not be compared.
    var failure: VxError? { rests.failure }

    private static let rank = 8
    /// Of so many keys it is looked what they begin with.
    static let sample = 4096

    /// Takes note of a row's key, behind those that are known.
    ///
    /// - Returns: its rank.
    mutating func append(_ row: Int, _ key: some Collection<UInt8>) -> UInt64 {
        isOpen = false
        let prefix = prefix ?? []
        guard key.starts(with: prefix), !key.contains(0) else {
            pad(to: row)
            rests.append([0] + Array(key))
            return 0
        }
        var (rank, count) = (UInt64(0), 0)
        let own = key.dropFirst(prefix.count)
        for byte in own.prefix(Self.rank) {
            rank = rank << 8 | UInt64(byte)
            count += 1
        }
        if count < Self.rank { return rank << UInt64(8 * (Self.rank - count)) }
        let rest = own.dropFirst(Self.rank)
        if !rest.isEmpty {
            pad(to: row)
            rests.append(rest)
        }
        return rank
    }

    /// The same of a key that another order has.
    mutating func append(_ row: Int, _ other: KeyOrder, _ otherRow: Int, rank: UInt64) -> UInt64 {
        let (count, rest) = (prefix?.count ?? 0, other.rest(otherRow))
        if (other.prefix ?? []) == (prefix ?? []) {
            if !rest.isEmpty {
                pad(to: row)
                rests.append(rest)
            }
            return rank
        }
        // What comes from a part of a table has no prefix yet: mostly, that is no more than to move the bytes.
        guard other.prefix == nil, (1..<Self.rank).contains(count), rest.first != 0,
            rank >> UInt64(8 * (Self.rank - count)) == prefixRank
        else { return append(row, other.key(otherRow, rank: rank)) }
        var moved = rank << UInt64(8 * count)
        for (place, byte) in rest.prefix(count).enumerated() {
            moved |= UInt64(byte) << UInt64(8 * (count - 1 - place))
        }
        if rest.count > count {
            pad(to: row)
            rests.append(rest.dropFirst(count))
        }
        return moved
    }

    private mutating func pad(to row: Int) {
        while rests.count < row { rests.append([]) }
    }

    private func rest(_ row: Int) -> ArraySlice<UInt8> { row < rests.count ? rests[row] : [] }

    /// A row's key.
    func key(_ row: Int, rank: UInt64) -> [UInt8] {
        let rest = rest(row)
        if rest.first == 0 { return Array(rest.dropFirst()) }
        var key = prefix ?? []
        key.reserveCapacity(key.count + Self.rank + rest.count)
        for place in 0..<Self.rank {
            let byte = UInt8(truncatingIfNeeded: rank >> UInt64(8 * (Self.rank - 1 - place)))
            if byte == 0 { return key }
            key.append(byte)
        }
        key += rest
        return key
    }

    /// Whether one row's key comes before that of another; `nil` where they are the same.
    func precedes(_ row: Int, _ rank: UInt64, _ other: Int, _ otherRank: UInt64) -> Bool? {
        // A key that does not begin as the others do has no rank; of two that have, the rests count where the ranks are the same.
        if rank != otherRank, rank != 0, otherRank != 0 { return rank < otherRank }
        if rank == otherRank, row < rests.count, other < rests.count {
            // Both begin as the others do, or none does: a key that begins otherwise has a zero byte, and all of it, here.
            let order = rests.with(row, other) { Self.order($0, $1) }
            if let order { return order == 0 ? nil : order < 0 }
        }
        let (rest, otherRest) = (rest(row), rest(other))
        if rest.first == 0 || otherRest.first == 0 {
            let (key, otherKey) = (key(row, rank: rank), key(other, rank: otherRank))
            return key == otherKey ? nil : key.lexicographicallyPrecedes(otherKey)
        }
        if rank != otherRank { return rank < otherRank }
        return rest.elementsEqual(otherRest) ? nil : rest.lexicographicallyPrecedes(otherRest)
    }

    /// How two rests are ordered; `nil` where one of them, and not the other, is a whole key.
    private static func order(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int? {
        if (one.first == 0) != (other.first == 0) { return nil }
        guard let start = one.baseAddress, let otherStart = other.baseAddress else { return one.count - other.count }
        let order = memcmp(start, otherStart, min(one.count, other.count))
        return order == 0 ? one.count - other.count : Int(order)
    }

    /// Whether there is no key, and nobody has looked yet what keys begin with.
    private(set) var isOpen = true

    /// Keys are expected to begin with what these begin with, up to their first digit.
    mutating func begin(with keys: some Sequence<[UInt8]>) {
        precondition(isOpen, "ranks are of keys without the prefix")
        var common: [UInt8]?
        for key in keys {
            guard let known = common else {
                common = key
                continue
            }
            common = Array(zip(known, key).prefix { $0 == $1 }.map(\.0))
        }
        guard let common else { return }
        isOpen = false
        let start = Array(common.prefix { !(0x30...0x39).contains($0) && $0 != 0 })
        prefix = start
        prefixRank = start.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

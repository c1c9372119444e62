import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Deterministic pseudo-random numbers (SplitMix64, Steele, Lea and Flood 2014): the same workload on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Writes a file in large pieces from one reused buffer, so that making a workload takes no memory to speak of.
struct FileMaker: ~Copyable {
    private let file: OpenFile
    private var buffer: [UInt8] = []
    private(set) var length: UInt64 = 0

    init(_ path: FilePath) throws {
        try Files.createDirectories(path.removingLastComponent())
        try Files.remove(path)
        file = try OpenFile.creating(path)
        buffer.reserveCapacity((1 << 20) + 4096)
    }

    mutating func append(_ bytes: some Sequence<UInt8>) throws {
        let before = buffer.count
        buffer += bytes
        length += UInt64(buffer.count - before)
        if buffer.count >= 1 << 20 { try send() }
    }

    mutating func append(_ text: String) throws {
        try append(text.utf8)
    }

    private mutating func send() throws {
        try file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    consuming func close() throws {
        try file.write(buffer)
        try file.close()
    }
}

/// The contents of the workloads.
enum Content {
    /// Little-endian float32 between -1 and 1, evenly spread: noise in the mantissas, structure in the exponents.
    static func floats(_ count: Int, seed: UInt64, to file: inout FileMaker) throws {
        var random = SplitMix64(seed: seed)
        var left = count
        while left > 0 {
            let piece = min(left, 1 << 16)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(piece * 4)
            for _ in 0..<piece {
                let value = Float(Int64(bitPattern: random.next()) >> 40) / Float(1 << 23)
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            try file.append(bytes)
            left -= piece
        }
    }

    /// Bytes without any structure.
    static func noise(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// One row of a table of measurements, some 40 bytes.
    static func row(_ number: Int, _ random: inout SplitMix64) -> String {
        let word = random.next()
        let first = Int(word & 0xfffff)
        let second = Int(word >> 20 & 0xffff)
        let group = ["north", "south", "east", "west"][Int(word >> 62)]
        return
            "\(number),\(first / 1000).\(first % 1000),\(group),\(second),\(Int(word >> 40 & 0xff)).\(word >> 50 & 0x7)\n"
    }

    /// One line of a service's log, some 200 bytes.
    static func logLine(_ number: Int, _ random: inout SplitMix64) -> String {
        let word = random.next()
        let path = ["/api/v1/predict", "/api/v1/health", "/api/v2/predict", "/metrics"][Int(word & 3)]
        let level = word & 0xff == 7 ? "warning" : "info"
        return """
            {"time":"2026-11-21T\(number / 36_000_000 % 24):\(number / 600_000 % 60):\(number / 10_000 % 60)Z",\
            "level":"\(level)","service":"model-server","host":"node-\(word >> 8 & 15)","path":"\(path)",\
            "status":\(word >> 12 & 63 == 0 ? 500 : 200),"duration_ms":\(word >> 20 & 1023),"request":\(number)}\n
            """
    }
}

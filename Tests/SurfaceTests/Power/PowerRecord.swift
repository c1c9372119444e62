import VxModel

/// A call that changed or synced something below a folder, as the library of `power_shim.c` wrote it down.
struct PowerRecord {
    enum Operation: UInt8 {
        case create = 0x63
        case length = 0x74
        case write = 0x77
        case whole = 0x66
        case attributes = 0x61
        case sync = 0x73
        case rename = 0x72
        case link = 0x6c
        case unlink = 0x75
        case folder = 0x6d
        case removeFolder = 0x78
        case symlink = 0x79
        case syncAll = 0x53
    }

    var operation: Operation
    /// The system's number of the file.
    var inode: UInt64
    /// A position, a length or a mode.
    var number: Int
    var path: String
    var otherPath: String
    var bytes: [UInt8]

    /// The records of a log, in their order.
    ///
    /// - Parameter root: the recorded folder; paths are given below it.
    /// - Throws: where the log is not well-formed.
    static func read(_ log: [UInt8], below root: String) throws -> [PowerRecord] {
        var records: [PowerRecord] = []
        var rest = log[...]
        func take(_ count: Int) throws -> [UInt8] {
            guard count >= 0, count <= rest.count else { throw VxError("the log of calls ends in a record") }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        func relative(_ bytes: [UInt8]) -> String {
            let path = String(decoding: bytes, as: UTF8.self)
            return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
        }
        while let end = rest.firstIndex(of: 0x0a) {
            let words = rest[..<end].split(separator: 0x20)
            let numbers = words.dropFirst().compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            guard let letter = words.first?.first, let operation = Operation(rawValue: letter), numbers.count == 5
            else {
                throw VxError("the log of calls has the line '\(String(decoding: rest[..<end], as: UTF8.self))'")
            }
            rest = rest[(end + 1)...]
            let (path, other) = (try take(numbers[2]), try take(numbers[3]))
            records.append(
                PowerRecord(
                    operation: operation, inode: UInt64(numbers[0]), number: numbers[1], path: relative(path),
                    otherPath: relative(other), bytes: try take(numbers[4])))
        }
        return records
    }
}

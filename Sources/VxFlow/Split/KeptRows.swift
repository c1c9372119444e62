import VxModel
import VxSystem

/// What is known of the rows of one file of a side, as it is kept on disk: columns, one after another (docs/formats/split-cache.md).
struct KeptRows {
    enum Column: Int, CaseIterable {
        case near, key, spelling, line, group, stratum, time

        var bit: Int { 1 << rawValue }
    }

    let count: Int
    let contents: UnsafeBufferPointer<UInt128Key>
    let nears: UnsafeBufferPointer<UInt64>
    let keys: UnsafeBufferPointer<UInt64>
    let spellings: UnsafeBufferPointer<UInt64>
    let lines: UnsafeBufferPointer<UInt32>
    let firstLine: UInt32
    let groups: UnsafeBufferPointer<UInt32>
    let strata: UnsafeBufferPointer<UInt32>
    let times: UnsafeBufferPointer<UInt32>
    let groupNames: [UnsafeBufferPointer<UInt8>]
    let stratumNames: [String]
    let moments: [TimePoint]
    let columnNames: [String]
    /// What the columns lie in.
    private let file: MappedFile
    private let bytes: UnsafeRawBufferPointer

    /// `nil` for bytes that are no such rows.
    init?(_ bytes: UnsafeRawBufferPointer, in file: MappedFile) {
        (self.file, self.bytes) = (file, bytes)
        var reader = Reader(bytes)
        guard let words = reader.take(7, of: UInt64.self) else { return nil }
        let head = words.map { Int(clamping: $0) }
        let count = head[0]
        self.count = count
        firstLine = UInt32(clamping: head[1])
        func has(_ column: Column) -> Bool { head[2] & column.bit != 0 }
        func numbers(_ column: Column, below bound: Int) -> UnsafeBufferPointer<UInt32>? {
            guard let found = reader.take(has(column) ? count : 0, of: UInt32.self) else { return nil }
            return found.allSatisfy { $0 < UInt32(clamping: bound) || $0 == .max } ? found : nil
        }
        guard let contents = reader.take(count, of: UInt128Key.self),
            let nears = reader.take(has(.near) ? count : 0, of: UInt64.self),
            let keys = reader.take(has(.key) ? count : 0, of: UInt64.self),
            let spellings = reader.take(has(.spelling) ? count : 0, of: UInt64.self),
            let lines = reader.take(has(.line) ? count : 0, of: UInt32.self),
            let groups = numbers(.group, below: head[3]), let strata = numbers(.stratum, below: head[4]),
            let times = numbers(.time, below: head[5]), let groupNames = reader.texts(head[3]),
            let stratumNames = reader.texts(head[4])?.map({ String(decoding: $0, as: UTF8.self) }),
            let moments = reader.texts(head[5])?.map({ TimePoint(String(decoding: $0, as: UTF8.self)) }),
            !moments.contains(where: { $0 == nil }),
            let columnNames = reader.texts(head[6])?.map({ String(decoding: $0, as: UTF8.self) })
        else { return nil }
        (self.contents, self.nears, self.keys, self.spellings) = (contents, nears, keys, spellings)
        (self.lines, self.groups, self.strata, self.times) = (lines, groups, strata, times)
        (self.groupNames, self.stratumNames) = (groupNames, stratumNames)
        (self.moments, self.columnNames) = (moments.compactMap { $0 }, columnNames)
    }

    /// Gives back the memory that reading columns has taken.
    func drop() { file.drop(bytes) }

    /// Takes columns and texts off the front; nothing beyond the end.
    private struct Reader {
        private var rest: UnsafeRawBufferPointer

        init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

        mutating func take<Value: BitwiseCopyable>(_ count: Int, of type: Value.Type) -> UnsafeBufferPointer<Value>? {
            let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
            guard !overflow, size >= 0, size <= rest.count else { return nil }
            let found = UnsafeRawBufferPointer(rebasing: rest[..<(rest.startIndex + size)])
            // Each column begins at a multiple of eight.
            rest = UnsafeRawBufferPointer(rebasing: rest[min(rest.count, (size + 7) & ~7)...])
            return found.bindMemory(to: Value.self)
        }

        mutating func texts(_ count: Int) -> [UnsafeBufferPointer<UInt8>]? {
            guard let ends = take(count, of: UInt32.self), let size = count == 0 ? 0 : ends.last,
                let bytes = take(Int(size), of: UInt8.self)
            else { return nil }
            var texts: [UnsafeBufferPointer<UInt8>] = []
            var start = 0
            for end in ends {
                guard start <= end else { return nil }
                texts.append(UnsafeBufferPointer(rebasing: bytes[start..<Int(end)]))
                start = Int(end)
            }
            return texts
        }
    }
}

import VxModel
import VxStore

/// Sets of rows, each kept once: many contents belong to the same ones.
struct RowSets {
    /// A set, by its number.
    typealias ID = Int32
    static let empty: ID = 0

    private var lists: [[Int32]] = [[]]
    private var numbers: [[Int32]: ID] = [[]: RowSets.empty]
    private var unions: [UInt64: ID] = [:]

    func rows(of set: ID) -> [Int32] { lists[Int(set)] }

    var count: Int { lists.count }

    mutating func single(_ row: Int32) -> ID { intern([row]) }

    mutating func union(_ first: ID, _ second: ID) -> ID {
        if first == second || second == Self.empty { return first }
        if first == Self.empty { return second }
        let key = UInt64(min(first, second)) << 32 | UInt64(max(first, second))
        if let known = unions[key] { return known }
        let (left, right) = (lists[Int(first)], lists[Int(second)])
        var merged: [Int32] = []
        merged.reserveCapacity(left.count + right.count)
        var (one, two) = (0, 0)
        while one < left.count || two < right.count {
            if two == right.count || one < left.count && left[one] < right[two] {
                merged.append(left[one])
                one += 1
            } else {
                if one < left.count, left[one] == right[two] { one += 1 }
                merged.append(right[two])
                two += 1
            }
        }
        let found = intern(merged)
        unions[key] = found
        return found
    }

    private mutating func intern(_ rows: [Int32]) -> ID {
        if let known = numbers[rows] { return known }
        let number = ID(lists.count)
        lists.append(rows)
        numbers[rows] = number
        return number
    }
}

/// Which rows of a report each content belongs to.
struct UsageTable {
    private(set) var names: [String] = []
    var sets = RowSets()
    private(set) var contents: [(pointer: Pointer, rows: RowSets.ID)] = []
    private var places: [ContentID: Int] = [:]

    mutating func addRow(_ name: String) -> Int32 {
        names.append(name)
        return Int32(names.count - 1)
    }

    /// Takes back the row added last, which nothing belongs to.
    mutating func dropLastRow() { names.removeLast() }

    mutating func add(_ pointer: Pointer, to rows: RowSets.ID) {
        if let place = places[pointer.id] {
            contents[place].rows = sets.union(contents[place].rows, rows)
        } else {
            places[pointer.id] = contents.count
            contents.append((pointer, rows))
        }
    }
}

/// Adds up what the contents of a table take in a store, and what its rows share.
struct UsageMeter {
    private var sizes: [DiskUsage.Size]
    private var sets: RowSets
    private let names: [String]

    init(_ store: Store, _ table: UsageTable, onRemote: Set<ContentID>) {
        names = table.names
        sets = table.sets
        sizes = []
        // The rows that need each part, and its bytes in the store.
        var parts: [ContentID: (rows: RowSets.ID, stored: UInt64)] = [:]
        for (pointer, rows) in table.contents {
            var size = DiskUsage.Size()
            size.contents = 1
            size.logical = pointer.size
            if onRemote.contains(pointer.id) {
                size.onRemote = 1
                size.onRemoteBytes = pointer.size
            }
            // What is missing or damaged is not here.
            let ids = (try? store.parts(of: pointer.id)) ?? []
            let locations = ids.map { store.location(of: $0) }
            if ids.isEmpty || locations.contains(where: { $0 == nil }) {
                size.missing = 1
                size.missingBytes = pointer.size
            } else {
                for (id, location) in zip(ids, locations) {
                    let known = parts[id]?.rows ?? RowSets.empty
                    parts[id] = (sets.union(known, rows), UInt64(location?.record.stored ?? 0))
                }
            }
            add(size, of: rows)
        }
        for part in parts.values {
            var size = DiskUsage.Size()
            size.stored = part.stored
            add(size, of: part.rows)
        }
    }

    private mutating func add(_ size: DiskUsage.Size, of rows: RowSets.ID) {
        while sizes.count <= Int(rows) { sizes.append(DiskUsage.Size()) }
        sizes[Int(rows)] += size
    }

    var result: DiskUsage {
        var usage = DiskUsage(rows: names.map { .init(name: $0, size: DiskUsage.Size()) })
        for (set, size) in sizes.enumerated() {
            usage.total += size
            let rows = sets.rows(of: RowSets.ID(set))
            for row in rows { usage.rows[Int(row)].size += size }
            if rows.count == 1 { usage.rows[Int(rows[0])].size.own.add(size: size.stored) }
        }
        usage.total.own = usage.total.stored
        return usage
    }
}

extension DiskUsage.Size {
    static func += (left: inout DiskUsage.Size, right: DiskUsage.Size) {
        left.contents += right.contents
        left.logical.add(size: right.logical)
        left.stored.add(size: right.stored)
        left.own.add(size: right.own)
        left.missing += right.missing
        left.missingBytes.add(size: right.missingBytes)
        left.onRemote += right.onRemote
        left.onRemoteBytes.add(size: right.onRemoteBytes)
    }
}

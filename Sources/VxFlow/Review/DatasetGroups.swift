import VxModel

/// Tells which tables of a folder belong together: those whose columns are mostly the same.
struct DatasetGroups {
    private var sets: [[String]] = []
    private var parents: [Int] = []

    /// - Parameter columns: of every table, on either side.
    init(_ columns: some Sequence<[String]>) {
        sets = Set(columns.map { $0.sorted() }).sorted { $0.lexicographicallyPrecedes($1) }
        parents = Array(sets.indices)
        let members = sets.map(Set.init)
        for (left, right) in sets.indices.flatMap({ left in sets.indices.dropFirst(left + 1).map { (left, $0) } }) {
            let shared = members[left].intersection(members[right]).count
            if 2 * shared > members[left].union(members[right]).count { join(left, right) }
        }
    }

    private func root(_ number: Int) -> Int {
        var number = number
        while parents[number] != number { number = parents[number] }
        return number
    }

    private mutating func join(_ left: Int, _ right: Int) {
        let (left, right) = (root(left), root(right))
        parents[max(left, right)] = min(left, right)
    }

    /// Says that tables with these columns belong together: they are one file, before and after.
    mutating func join(_ left: [String], _ right: [String]) {
        guard let left = sets.firstIndex(of: left.sorted()), let right = sets.firstIndex(of: right.sorted()) else {
            return
        }
        join(left, right)
    }

    /// The number of the group a table with these columns is in.
    func group(of columns: [String]) -> Int? { sets.firstIndex(of: columns.sorted()).map(root) }
}

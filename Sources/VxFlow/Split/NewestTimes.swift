/// The number of the newest time of each group and each key among some examples.
struct NewestTimes: Sendable {
    /// By group; -1 where there is none.
    private var groups: [Int32] = []
    /// By key, of keys that several examples have.
    private var keys: [UInt64: Int] = [:]

    init() {}

    init(_ examples: ExampleTable, _ rows: Range<Int>) {
        groups = .init(repeating: -1, count: examples.groups.count)
        var first = RowNumbers()
        func newer(_ one: Int?, _ other: Int?) -> Int? {
            guard let one, let other else { return one ?? other }
            return examples.moments[one] >= examples.moments[other] ? one : other
        }
        for row in rows {
            guard let time = examples.time(row) else { continue }
            let key = examples.key(row)
            if let group = examples.group(row) {
                let known = groups[group] < 0 ? nil : Int(groups[group])
                groups[group] = Int32(newer(known, time) ?? time)
            } else if key != 0 {
                if let other = first.first(key, where: { examples.key($0) == key }) {
                    keys[key] = newer(keys[key] ?? examples.time(other), time)
                } else {
                    first.insert(row, of: examples) { $0.key($1) }
                }
            }
        }
    }

    /// The time by which an example goes: that of its group or its key where it has one.
    func time(_ row: Int, _ examples: ExampleTable) -> Int? {
        let (group, time) = (examples.group(row), examples.time(row))
        if let group, group < groups.count, groups[group] >= 0 { return Int(groups[group]) }
        let key = examples.key(row)
        return group == nil && key != 0 ? keys[key] ?? time : time
    }
}

import VxModel
import VxWorkspace

/// How data files that differ read.
enum DataChangeWording {
    static func json(_ change: DataChange) -> JSONValue {
        func number(_ size: UInt64?) -> JSONValue { size.map { .integer(Int64($0)) } ?? .null }
        return [
            "change": .string(change.kind.rawValue), "path": .string(change.path.description),
            "oldPath": change.oldPath.map { .string($0.description) } ?? .null,
            "oldSize": number(change.oldSize), "newSize": number(change.newSize),
        ]
    }

    /// A line for each, and one with their sum.
    ///
    /// - Parameter most: how many are named.
    static func text(_ changes: [DataChange], atMost most: Int = .max) -> String {
        if changes.isEmpty { return "" }
        var lines = changes.prefix(most).map(line)
        if changes.count > most { lines.append("and \(changes.count - most) more") }
        let counts = DataChange.Kind.allCases.compactMap { kind in
            let number = changes.count { $0.kind == kind }
            return number == 0 ? nil : "\(number) \(kind.rawValue)"
        }
        let growth = DataChange.growth(of: changes)
        lines.append("\(counts.joined(separator: ", ")); \(growth < 0 ? "-" : "+")\(ByteCount.text(growth.magnitude))")
        return lines.joined(separator: "\n")
    }

    private static func line(_ change: DataChange) -> String {
        let kind = change.kind.rawValue.padded(to: 10)
        switch change.kind {
        case .added: return "\(kind)\(change.path)  \(ByteCount.text(change.newSize ?? 0))"
        case .removed: return "\(kind)\(change.path)  \(ByteCount.text(change.oldSize ?? 0))"
        case .modified:
            return
                "\(kind)\(change.path)  \(ByteCount.text(change.oldSize ?? 0)) → \(ByteCount.text(change.newSize ?? 0))"
        case .moved: return "\(kind)\(change.oldPath ?? .root) → \(change.path)  \(ByteCount.text(change.newSize ?? 0))"
        }
    }
}

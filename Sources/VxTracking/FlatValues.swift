import VxModel

/// One value of a nested object under its full name, such as `optimizer.lr`.
package struct FlatValue: Sendable, Equatable {
    /// The keys on the way to the value, joined by dots.
    package let name: String
    /// Anything but an object with members; a list stays one value.
    package let value: JSONValue
}

/// Turns nested parameters and metrics into rows.
package enum FlatValues {
    /// Every value with its full name, sorted by name.
    ///
    /// `{"a": {"b": 1}}` gives `a.b`. A key that holds a dot itself is left as it is, unless its name would then be
    /// another value's as well; in that case its keys are quoted, so that no value hides another.
    package static func flatten(_ members: [String: JSONValue]) -> [FlatValue] {
        var leaves: [(keys: [String], value: JSONValue)] = []
        collect(members, below: [], into: &leaves)
        var uses: [String: Int] = [:]
        for leaf in leaves { uses[leaf.keys.joined(separator: "."), default: 0] += 1 }
        let rows = leaves.map { leaf in
            let plain = leaf.keys.joined(separator: ".")
            let isAmbiguous = uses[plain, default: 0] > 1
            return FlatValue(name: isAmbiguous ? quoted(leaf.keys) : plain, value: leaf.value)
        }
        return rows.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func collect(
        _ members: [String: JSONValue], below keys: [String], into leaves: inout [(keys: [String], value: JSONValue)]
    ) {
        for (key, value) in members {
            if case .object(let inner) = value, !inner.isEmpty {
                collect(inner, below: keys + [key], into: &leaves)
            } else {
                leaves.append((keys + [key], value))
            }
        }
    }

    private static func quoted(_ keys: [String]) -> String {
        keys.map { $0.contains(".") || $0.contains("\"") || $0.isEmpty ? JSONValue.string($0).compact : $0 }
            .joined(separator: ".")
    }
}

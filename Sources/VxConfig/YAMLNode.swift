import VxModel

/// A place in a YAML text, counted from 1 as editors do.
package struct YAMLPosition: Sendable, Equatable {
    /// The line.
    package let line: Int
    /// The column, in characters.
    package let column: Int

    /// A place given by its line and column.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One node of a YAML document, with aliases already resolved, and where it stands.
///
/// The tree keeps what was written; what a plain `1e-3` or `true` means is decided by `jsonValue(name:)` or by the
/// configuration reader, which knows what it expects.
package struct YAMLNode: Sendable, Equatable {
    /// How a scalar was written, which decides whether it can be anything but a string.
    package enum Style: Sendable, Equatable {
        /// Without quotes: `3`, `true` and `null` have their meaning.
        case plain
        /// In quotes, as a block, or tagged `!!str`: always a string.
        case quoted
    }

    /// A key of a mapping and what it stands for.
    package struct Entry: Sendable, Equatable {
        /// The key's text.
        package let key: String
        /// Whether the key was plain; only a plain `<<` merges.
        package let keyStyle: Style
        /// Where the key stands.
        package let position: YAMLPosition
        /// The value.
        package let value: YAMLNode
    }

    /// What the node holds.
    package enum Content: Sendable, Equatable {
        /// A single value as text.
        case scalar(String, Style)
        /// A list.
        case sequence([YAMLNode])
        /// Keys and values in the order written, no key twice.
        case mapping([Entry])
    }

    /// What the node holds.
    package let content: Content
    /// Where the node starts. For an alias, where the alias stands.
    package let position: YAMLPosition
    /// Levels of collections in this node: 0 for a scalar.
    let height: Int
    /// Nodes in this node, itself included, with aliases counted as what they stand for.
    let weight: Int

    init(_ content: Content, at position: YAMLPosition) {
        self.content = content
        self.position = position
        let children: [YAMLNode]
        switch content {
        case .scalar: children = []
        case .sequence(let elements): children = elements
        case .mapping(let entries): children = entries.map(\.value)
        }
        if case .scalar = content {
            height = 0
        } else {
            height = (children.map(\.height).max() ?? 0) + 1
        }
        weight = children.reduce(1) { $0 + $1.weight }
    }

    /// The same node as seen from an alias that stands elsewhere.
    func moved(to position: YAMLPosition) -> YAMLNode {
        YAMLNode(content, at: position)
    }

    /// Whether this is what an absent value looks like: `key:`, `key: ~` or `key: null`.
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return YAMLScalar.resolve(text) == .null
    }

    /// What kind of node this is, in the words of an error message.
    package var kind: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(_, .quoted): "a string"
        case .scalar(let text, .plain):
            switch YAMLScalar.resolve(text) {
            case .null: "nothing"
            case .bool: "true or false"
            case .integer, .large, .number: "a number"
            default: "a string"
            }
        }
    }
}

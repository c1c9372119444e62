import VxModel

extension YAMLNode {
    /// The node as a JSON value, plain scalars resolved by YAML 1.2's core schema.
    ///
    /// A plain `<<` merges the mapping (or list of mappings) under it, as every Python reader does: keys written out
    /// win over merged ones, earlier mappings over later ones.
    ///
    /// - Parameter name: the file, for errors.
    package func jsonValue(name: String) throws(VxError) -> JSONValue {
        switch content {
        case .scalar(let text, .plain): return YAMLScalar.resolve(text)
        case .scalar(let text, .quoted): return .string(text)
        case .sequence(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try element.jsonValue(name: name)) }
            return .array(values)
        case .mapping(let entries): return .object(try Self.members(entries, name: name))
        }
    }

    private static func members(_ entries: [Entry], name: String) throws(VxError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for entry in entries where !entry.isMerge {
            members[entry.key] = try entry.value.jsonValue(name: name)
        }
        for entry in entries where entry.isMerge {
            for source in entry.value.mergeSources {
                guard case .mapping(let inherited) = source.content else {
                    throw YAMLNode.error(
                        name, source.position, "'<<' merges mappings, found \(source.kind)",
                        hint: "put an alias of a mapping after '<<:'")
                }
                members.merge(try Self.members(inherited, name: name)) { own, _ in own }
            }
        }
        return members
    }

    private var mergeSources: [YAMLNode] {
        if case .sequence(let elements) = content { elements } else { [self] }
    }

    /// An error at a place in a YAML file.
    package static func error(
        _ name: String, _ position: YAMLPosition, _ message: String, because cause: String? = nil, hint: String? = nil
    ) -> VxError {
        VxError("\(name):\(position.line):\(position.column): \(message)", because: cause, hint: hint)
    }
}

extension YAMLNode.Entry {
    /// Whether this is the merge key of YAML 1.1.
    var isMerge: Bool { key == "<<" && keyStyle == .plain }
}

import VxModel

/// The targets and dependencies that `Package.swift` states.
///
/// Read from its text: asking `swift package` would start a second build tool inside the running one.
struct PackageManifest {
    /// Target name to the names it depends on; products under the name of their module.
    private(set) var dependencies: [String: Set<String>] = [:]
    private(set) var testTargets: Set<String> = []

    init(_ text: String) throws {
        let aliases = Self.aliases(in: text)
        let kinds = [".target(", ".executableTarget(", ".systemLibrary(", ".testTarget("]
        for kind in kinds {
            for body in Self.calls(kind, in: text) {
                guard let name = Self.quoted(after: "name:", in: body) else { continue }
                if kind == ".testTarget(" {
                    testTargets.insert(name)
                    continue
                }
                dependencies[name] = try Self.list(after: "dependencies:", in: body, aliases)
            }
        }
    }

    /// `let crypto: Target.Dependency = .product(name: "Crypto", …)`.
    private static func aliases(in text: String) -> [String: String] {
        var aliases: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("let ") && line.contains("Target.Dependency") {
            let name = line.dropFirst(4).prefix { $0 != ":" }
            aliases[String(name)] = quoted(after: "name:", in: line)
        }
        return aliases
    }

    /// What stands between the brackets of each call that starts with `opening`.
    private static func calls(_ opening: String, in text: String) -> [Substring] {
        var calls: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(where: { _ in true }) {
            guard rest.hasPrefix(opening) else {
                rest = rest[rest.index(after: start)...]
                continue
            }
            rest = rest.dropFirst(opening.count)
            var depth = 1
            let body = rest.prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            }
            calls.append(body)
            rest = rest[body.endIndex...]
        }
        return calls
    }

    private static func rest(after label: String, in text: Substring) -> Substring? {
        var rest = text
        while !rest.isEmpty {
            if rest.hasPrefix(label) { return rest.dropFirst(label.count) }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func quoted(after label: String, in text: Substring) -> String? {
        rest(after: label, in: text).map { String($0.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" }) }
    }

    private static func list(after label: String, in text: Substring, _ aliases: [String: String]) throws -> Set<String>
    {
        guard let list = rest(after: label, in: text)?.drop(while: { $0 != "[" }).dropFirst() else { return [] }
        let items = list.prefix { $0 != "]" }.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
        return Set(
            try items.map { item in
                if item.hasPrefix("\"") { return String(item.dropFirst().dropLast()) }
                guard let product = aliases[item] else {
                    throw VxError("Package.swift: '\(item)' is no dependency this test can read")
                }
                return product
            })
    }
}

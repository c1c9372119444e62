import ArgumentParser
import VxModel

/// The commands and arguments of vx, as its parser knows them: the one source of help, completions and man pages.
struct CommandTree {
    /// What an argument is.
    enum Kind: String {
        case positional, option, flag
    }

    struct Argument {
        var kind: Kind
        /// As it is typed: `-C`, `--quiet`; none for one that goes by its place.
        var names: [String]
        /// What stands for its value in help.
        var valueName: String
        var abstract: String
        var isOptional: Bool
        var isRepeating: Bool
        /// All it can be, where that is a list.
        var values: [String]
    }

    var name: String
    var abstract: String
    var discussion: String
    /// Whether help lists it.
    var isShown: Bool
    var arguments: [Argument]
    var children: [CommandTree]

    /// Everything there is.
    ///
    /// - Throws: where the parser's own description cannot be read.
    static func whole() throws -> CommandTree {
        CommandTree(try JSONValue.parse(Array(Tool._dumpHelp().utf8))["command"] ?? [:])
    }

    private init(_ value: JSONValue) {
        func text(_ key: String) -> String { value[key]?.stringValue ?? "" }
        func list(_ key: String) -> [JSONValue] {
            if case .array(let elements)? = value[key] { return elements }
            return []
        }
        name = text("commandName")
        abstract = text("abstract")
        discussion = text("discussion")
        isShown = value["shouldDisplay"] != .bool(false)
        arguments = list("arguments").compactMap(Self.argument)
        children = list("subcommands").map(CommandTree.init).filter { $0.isShown && $0.name != "help" }
    }

    private static func argument(_ value: JSONValue) -> Argument? {
        guard value["shouldDisplay"] != .bool(false), let kind = value["kind"]?.stringValue.flatMap(Kind.init) else {
            return nil
        }
        func list(_ key: String) -> [JSONValue] {
            if case .array(let elements)? = value[key] { return elements }
            return []
        }
        let names = list("names").compactMap { name -> String? in
            guard let text = name["name"]?.stringValue else { return nil }
            return name["kind"]?.stringValue == "long" ? "--\(text)" : "-\(text)"
        }
        return Argument(
            kind: kind, names: names, valueName: value["valueName"]?.stringValue ?? "",
            abstract: value["abstract"]?.stringValue ?? "", isOptional: value["isOptional"] != .bool(false),
            isRepeating: value["isRepeating"] == .bool(true), values: list("allValues").compactMap(\.stringValue))
    }

    subscript(name: String) -> CommandTree? { children.first { $0.name == name } }

    /// The arguments that go by their place, in order.
    var positional: [Argument] { arguments.filter { $0.kind == .positional } }

    /// The argument of a name as typed.
    func argument(named name: String) -> Argument? { arguments.first { $0.names.contains(name) } }
}

import VxModel

/// A line by which a GitHub workflow shows an annotation.
struct WorkflowCommand {
    var isError: Bool
    var file: RepoPath?
    var title: String
    var message: String

    /// GitHub shows as many errors of a step, and as many warnings, and says nothing of the others.
    private static let most = 10

    /// The lines of one step, errors first. Where there are more than are shown, the last of a kind says how many are not.
    ///
    /// - Parameter rest: where those are to be found.
    static func lines(_ commands: [WorkflowCommand], rest: String) -> String {
        [true, false].map { isError in
            let own = commands.filter { $0.isError == isError }
            if own.count <= most { return own.map(\.text).joined() }
            let last = WorkflowCommand(
                isError: isError, file: nil, title: "vx", message: "and \(own.count - most + 1) more: \(rest)")
            return (own.prefix(most - 1) + [last]).map(\.text).joined()
        }.joined()
    }

    /// The line, with its end.
    private var text: String {
        var properties = ["title=\(Self.escaped(title, isProperty: true))"]
        if let file { properties.insert("file=\(Self.escaped(file.description, isProperty: true))", at: 0) }
        return "::\(isError ? "error" : "warning") \(properties.joined(separator: ","))::\(Self.escaped(message))\n"
    }

    private static func escaped(_ text: String, isProperty: Bool = false) -> String {
        let text = text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        return isProperty ? text.replacing(":", with: "%3A").replacing(",", with: "%2C") : text
    }
}

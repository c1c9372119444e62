import VxModel

/// A line by which a GitHub workflow shows an annotation.
struct WorkflowCommand {
    var isError: Bool
    var file: RepoPath?
    var title: String
    var message: String

    /// The line, with its end.
    var text: String {
        var properties = ["title=\(Self.escaped(title, isProperty: true))"]
        if let file { properties.insert("file=\(Self.escaped(file.description, isProperty: true))", at: 0) }
        return "::\(isError ? "error" : "warning") \(properties.joined(separator: ","))::\(Self.escaped(message))\n"
    }

    private static func escaped(_ text: String, isProperty: Bool = false) -> String {
        let text = text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        return isProperty ? text.replacing(":", with: "%3A").replacing(",", with: "%2C") : text
    }
}

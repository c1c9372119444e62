import VxConfig
import VxModel

/// The forms a report of a command can take, by the words that are typed for them.
protocol ReportForm: RawRepresentable<String>, CaseIterable {
    static var text: Self { get }
    static var json: Self { get }
}

extension Session {
    /// The form that was asked for with `--format`, or else with `--json`.
    ///
    /// - Throws: `usage` where there is no such form, with the nearest one.
    func form<Form: ReportForm>(_ typed: String?) throws(VxError) -> Form {
        guard let typed else { return options.json ? .json : .text }
        if let known = Form(rawValue: typed) { return known }
        let words = Form.allCases.map(\.rawValue)
        throw VxError(
            .usage, "there is no form '\(typed)'",
            hint: Suggestion.nearest(to: typed, among: words).map { "did you mean '\($0)'?" }
                ?? "the forms are \(words.joined(separator: ", "))")
    }
}

import VxModel
import VxSystem
import VxWorkspace

extension Session {
    /// Shows what is to be trusted, in full, and remembers it.
    func trust(_ items: [TrustItem], in workspace: Workspace) async throws {
        let standing = try await workspace.standing(of: items, TrustGrants(environment))
        let fresh = standing.filter { !$0.isTrusted }.map(\.item)
        show(fresh)
        try workspace.trust(fresh)
    }

    /// Says what is trusted from now on.
    func show(_ items: [TrustItem]) {
        for item in items { tell("trusted: \(Self.text(item))") }
    }

    /// An item in full, whatever signs are in it: over several lines where it is long.
    static func text(_ item: TrustItem) -> String {
        ([shown(item.title)] + item.details.map { "    \($0.name): \(shown($0.value))" }).joined(separator: "\n")
    }

    /// What would move the cursor, or turn the order of letters around, as it is written and not as it works.
    private static func shown(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { VisibleText.line(String($0)) }
            .joined(separator: "\n         ")
    }

    /// Does what sets a repository up and lays its data down. Where only the data waits for the user's word, that is part of
    /// the work, and the hint leads to the rest.
    ///
    /// - Parameter there: what has to be typed before, to be in the repository.
    func partlyDone<Result>(unlessTrusted there: String = "", _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch var error as VxError where error.code == .untrusted {
            error.message += ": data files are pointers until it is"
            error.hint =
                TrustGrants.hintInCI(environment) ?? "look at it, and get the data: \(there)vx trust && vx hydrate"
            ErrorReport.write(error, asJSON: options.json)
            throw ExitStatus(.partlyDone)
        }
    }
}

/// What went wrong, in the words the user reads: what failed, why, and what to type next.
package struct VxError: Error, Sendable, Equatable {
    /// The kinds of failure, which decide the exit code (docs/exit-codes.md).
    package enum Code: String, Sendable, CaseIterable {
        case failed
        case usage
        case partlyDone = "partly-done"
        case refused
        /// What a repository brought would run, or be sent the user's credentials, and he has not said that it may.
        case untrusted
        case notARepository = "not-a-repository"
        case locked
        case notAuthorised = "not-authorised"
        case corrupt
        /// Content that is in no store within reach.
        case missing
        case interrupted

        /// The exit status of a command that ends with this kind of failure.
        package var exitStatus: Int32 {
            switch self {
            case .failed, .missing: 1
            case .usage: 2
            case .partlyDone: 3
            case .refused, .untrusted: 4
            case .notARepository: 10
            case .locked: 11
            case .notAuthorised: 12
            case .corrupt: 13
            case .interrupted: 130
            }
        }
    }

    package var code: Code
    /// What failed, with the path or id it failed on.
    package var message: String
    /// Why, as far as it is known.
    package var causes: [String]
    /// What to type or do next.
    package var hint: String?

    package init(_ message: String, because cause: String? = nil, hint: String? = nil) {
        self.init(.failed, message, because: cause, hint: hint)
    }

    package init(_ code: Code, _ message: String, because cause: String? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.causes = cause.map { [$0] } ?? []
        self.hint = hint
    }

    /// This error as the cause of a wider failure, keeping its code and hint.
    package func wrapped(_ message: String) -> VxError {
        var outer = self
        outer.causes.insert(self.message, at: 0)
        outer.message = message
        return outer
    }
}

extension VxError: CustomStringConvertible {
    package var description: String { ([message] + causes).joined(separator: ": ") }
}

import VxModel

/// What went wrong with a remote. Never holds a credential: backends build the texts from addresses and status codes,
/// not from what they sent.
package struct RemoteError: Error, Sendable, Equatable {
    /// What kinds there are, and which of them may pass (docs/remotes.md, "What is tried again").
    package enum Kind: String, Sendable, CaseIterable {
        /// There is nothing under that key, or no such bucket or folder.
        case notFound = "not-found"
        /// The credentials are missing, wrong, expired or not enough.
        case notAuthorised = "not-authorised"
        /// No answer, a broken connection, too many requests, or a fault of the server's own.
        case unavailable
        /// Fewer or other bytes came than were asked for.
        case damaged
        /// The storage has no room left.
        case full
        /// The request is one the storage will never take.
        case refused
        /// The remote's address or options make no sense.
        case misconfigured
        /// A file on this machine could not be read or written.
        case local
        /// Ctrl-C.
        case interrupted
        /// A dry run would have had to change something to go on.
        case dryRun = "dry-run"

        /// Whether the same request may succeed a moment later.
        package var mayPass: Bool { self == .unavailable || self == .damaged }
    }

    package var kind: Kind
    /// What failed, with the key and the remote it failed on.
    package var message: String
    /// Why, as far as it is known.
    package var cause: String?
    /// What to type or do next.
    package var hint: String?
    /// Seconds the server asked to be left alone for.
    package var retryAfter: Double?
    /// Whether it has been tried often enough already, although errors of its kind may pass.
    package var isFinal = false
    /// The system's number of an error of this machine's own, where there is one (``VxModel/VxError/systemCode``).
    package var systemCode: Int32?
    /// Whether the server was waited for as long as it may be silent. Twice in one request is enough.
    package var isSilence = false

    package init(
        _ kind: Kind, _ message: String, because cause: String? = nil, hint: String? = nil, retryAfter: Double? = nil
    ) {
        self.kind = kind
        self.message = message
        self.cause = cause
        self.hint = hint
        self.retryAfter = retryAfter
    }

    /// An error of this machine's own, met while serving a request.
    package init(local error: VxError) {
        self.init(
            error.code == .interrupted ? .interrupted : .local, error.message,
            because: error.causes.isEmpty ? nil : error.causes.joined(separator: ": "), hint: error.hint)
        systemCode = error.systemCode
    }

    /// In the words and with the code that commands end with.
    package var vxError: VxError {
        let code: VxError.Code =
            switch kind {
            case .notFound: .missing
            case .notAuthorised: .notAuthorised
            case .damaged: .corrupt
            case .interrupted: .interrupted
            case .misconfigured: .usage
            case .unavailable, .full, .refused, .local, .dryRun: .failed
            }
        var error = VxError(code, message, because: cause, hint: hint)
        error.systemCode = systemCode
        return error
    }
}

/// Runs requests on a remote inside code that throws ``VxModel/VxError``.
package func onRemote<Result>(_ body: () throws(RemoteError) -> Result) throws(VxError) -> Result {
    do {
        return try body()
    } catch {
        throw error.vxError
    }
}

/// Runs work on this machine's files inside code that throws ``RemoteError``.
func locally<Result: ~Copyable>(_ body: () throws(VxError) -> Result) throws(RemoteError) -> Result {
    do {
        return try body()
    } catch {
        throw RemoteError(local: error)
    }
}

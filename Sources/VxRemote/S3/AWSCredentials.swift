/// What requests are signed with. Prints as nothing: it must not get into a log or an error.
package struct AWSCredentials: Sendable, Equatable {
    package let accessKey: String
    package let secretKey: String
    package let sessionToken: String?
    /// When they end, in seconds since 1970; `nil` where they do not.
    package let expires: Int64?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil, expires: Int64? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.expires = expires
    }

    /// `text` without anything of these credentials that somebody may have put into it.
    package func redacting(_ text: String) -> String {
        var text = text
        for secret in [secretKey, sessionToken, accessKey].compactMap({ $0 }) where secret.utf8.count >= 4 {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
        return text
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "credentials" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

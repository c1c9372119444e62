import Crypto
import VxModel
import VxStore

/// AWS Signature Version 4, in the form of the `Authorization` header (AWS, "Signing and authenticating REST requests").
package struct AWSSignature: Sendable {
    package var region: String
    /// `s3` for S3 and everything compatible.
    package var service: String

    package init(region: String, service: String = "s3") {
        self.region = region
        self.service = service
    }

    /// A query as it is signed, and as it is best sent: sorted and encoded.
    package static func query(_ parameters: [(name: String, value: String)]) -> String {
        parameters.map { (ASCII.percentEncoded($0.name.utf8), ASCII.percentEncoded($0.value.utf8)) }
            .sorted { $0.0 != $1.0 ? $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) : $0.1 < $1.1 }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// - Parameters:
    ///   - path: encoded.
    ///   - query: as ``query(_:)`` makes it.
    ///   - headers: all that are signed, `host` and `x-amz-date` among them.
    ///   - payloadHash: hex, or one of AWS's words for "not hashed".
    package static func canonicalRequest(
        _ method: String, path: String, query: String, headers: [(name: String, value: String)], payloadHash: String
    ) -> (text: String, signedHeaders: String) {
        let sorted = headers.map { (name: $0.name.lowercased(), value: collapsed($0.value)) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let names = sorted.map(\.name).joined(separator: ";")
        let lines = sorted.map { "\($0.name):\($0.value)\n" }.joined()
        return ("\(method)\n\(path)\n\(query)\n\(lines)\n\(names)\n\(payloadHash)", names)
    }

    /// Without white space around, and with runs of spaces as one.
    private static func collapsed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    /// - Parameter date: as in `x-amz-date`: `20130524T000000Z`.
    package func stringToSign(_ canonicalRequest: String, date: String) -> String {
        "AWS4-HMAC-SHA256\n\(date)\n\(scope(date))\n\(ContentHasher.id(of: Array(canonicalRequest.utf8)).hex)"
    }

    private func scope(_ date: String) -> String { "\(date.prefix(8))/\(region)/\(service)/aws4_request" }

    package func signature(_ stringToSign: String, date: String, secretKey: String) -> String {
        var key = SymmetricKey(data: Array("AWS4\(secretKey)".utf8))
        for part in [String(date.prefix(8)), region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(stringToSign.utf8), using: key)))
    }

    /// The value of the `Authorization` header.
    package func authorization(
        _ method: String, path: String, query: String, headers: [(name: String, value: String)], payloadHash: String,
        date: String, credentials: AWSCredentials
    ) -> String {
        let (request, signedHeaders) = Self.canonicalRequest(
            method, path: path, query: query, headers: headers, payloadHash: payloadHash)
        let signature = signature(stringToSign(request, date: date), date: date, secretKey: credentials.secretKey)
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope(date)),SignedHeaders=\(signedHeaders),"
            + "Signature=\(signature)"
    }
}

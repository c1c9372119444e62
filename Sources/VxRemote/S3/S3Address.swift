import VxModel

/// Where a bucket is.
package struct S3Address: Sendable, Equatable {
    /// How the bucket stands in a URL: `https://bucket.host/key` or `https://host/bucket/key`.
    package enum Style: String, Sendable {
        case virtual
        case path
    }

    package var bucket: String
    /// Without a slash at either end; empty for the whole bucket.
    package var prefix: String
    /// `https://host[:port]`, without a slash at the end; `nil` for AWS itself.
    package var endpoint: String?
    package var style: Style?

    package init(bucket: String, prefix: String, endpoint: String? = nil, style: Style? = nil) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.style = style
    }

    /// Reads `s3://bucket/prefix`.
    ///
    /// - Throws: where it is none, or has a name and password in it, which are not repeated.
    package init(url: String) throws(RemoteError) {
        let rest = url.dropFirst("s3://".count)
        let parts = rest.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard url.lowercased().hasPrefix("s3://"), let bucket = parts.first, !rest.hasPrefix("/") else {
            throw RemoteError(
                .misconfigured, "an S3 URL names no bucket", hint: "write it as s3://BUCKET or s3://BUCKET/PREFIX")
        }
        guard !bucket.contains("@"), !bucket.contains(":"), !rest.contains("?") else {
            throw RemoteError(
                .misconfigured, "an S3 URL takes a bucket and a prefix only",
                because: "credentials do not belong into a file that everybody reads",
                hint: "write s3://BUCKET/PREFIX; 'vx help remotes' says where credentials and options go")
        }
        guard Self.isBucket(bucket) else {
            let hasCapitals = bucket.utf8.contains { ASCII.isAlphanumeric($0) && $0 & 0x20 == 0 && !ASCII.isDigit($0) }
            throw RemoteError(
                .misconfigured, "'\(RemoteAddress.shown(bucket))' is no name of a bucket",
                because: hasCapitals
                    ? "no bucket has capital letters in its name" : "it becomes part of a server's name",
                hint: "write it with small letters, digits, '.', '-' and '_'")
        }
        guard parts.allSatisfy({ $0 != "." && $0 != ".." }) else {
            throw RemoteError(
                .misconfigured, "an S3 URL has '.' or '..' in its prefix",
                because: "a bucket has no folders to go up from", hint: "write s3://BUCKET/PREFIX")
        }
        self.init(bucket: bucket, prefix: parts.dropFirst().joined(separator: "/"))
    }

    /// Whether a bucket can be called that. Some storages allow `_`, and AWS has old buckets with it.
    private static func isBucket(_ text: String) -> Bool {
        guard text.utf8.count <= 63, let first = text.utf8.first, let last = text.utf8.last else { return false }
        func isPlain(_ byte: UInt8) -> Bool { ASCII.isLowercase(byte) || ASCII.isDigit(byte) }
        return isPlain(first) && isPlain(last) && !text.contains("..")
            && text.utf8.allSatisfy { isPlain($0) || ".-_".utf8.contains($0) }
    }

    /// Whether a text can be the name of a region, whoever gave it: it becomes part of a server's name.
    static func isRegion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private var usesPathStyle: Bool {
        if let style { return style == .path }
        // A certificate for *.s3.amazonaws.com does not cover a bucket with dots.
        return endpoint != nil || bucket.contains(".")
    }

    /// The host to talk to, with scheme, and the path (encoded) that stands for a key; for the bucket itself without one.
    package func place(of key: String?, region: String) -> (origin: String, host: String, path: String) {
        let origin = endpoint ?? "https://s3.\(region).amazonaws.com"
        let scheme = origin.hasPrefix("http://") ? "http://" : "https://"
        let host = String(origin.dropFirst(scheme.count))
        let object = key.map { ASCII.percentEncoded(fullKey($0).utf8, keepingSlashes: true) } ?? ""
        return usesPathStyle
            ? ("\(scheme)\(host)", host, "/\(ASCII.percentEncoded(bucket.utf8))" + (key == nil ? "" : "/\(object)"))
            : ("\(scheme)\(bucket).\(host)", "\(bucket).\(host)", "/\(object)")
    }

    /// The key in the bucket.
    package func fullKey(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix)/\(key)" }

    /// As people read it.
    package var description: String {
        "s3://" + bucket + (prefix.isEmpty ? "" : "/\(prefix)") + (endpoint.map { " at \($0)" } ?? "")
    }
}

import Synchronization
import VxModel
import VxStore
import VxSystem

/// Signs requests to one bucket, sends them, and turns answers that are errors into errors.
final class S3Client: Sendable {
    let address: S3Address
    /// The bucket as people read it.
    private let location: String
    private let credentials: AWSCredentialSource?
    private let transport: any HTTPTransport
    private let clock: @Sendable () -> Int64
    /// Corrected when the server names another.
    private let region: Mutex<String>

    /// - Parameters:
    ///   - location: what errors call the bucket.
    ///   - credentials: `nil` for requests that are not signed.
    init(
        _ address: S3Address, location: String, region: String, credentials: AWSCredentialSource?,
        transport: any HTTPTransport,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.address = address
        self.location = location
        self.region = Mutex(region)
        self.credentials = credentials
        self.transport = transport
        self.clock = clock
    }

    struct Call {
        var method: HTTPRequest.Method
        /// `nil` for the bucket itself.
        var key: String?
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: RemoteBody?
        /// Statuses that are answers and no errors, besides 2xx.
        var accepting: Set<Int> = []
    }

    /// - Throws: ``RemoteError`` for every status that is neither 2xx nor accepted.
    func send(
        _ call: Call, into target: UnsafeMutableRawBufferPointer? = nil, moved: (Int) -> Void = { _ in }
    ) throws(RemoteError) -> HTTPResponse {
        var mayRepeat = true
        while true {
            let used = try credentials?.credentials()
            let region = region.withLock { $0 }
            var answer = try sign(call, used, region, into: target, moved: moved)
            if answer.isSuccess || call.accepting.contains(answer.status) { return answer }
            if answer.body.isEmpty, answer.filled > 0, let target {
                answer.body = Array(UnsafeRawBufferPointer(target).prefix(answer.filled))
            }
            let error = S3Failure(answer)
            if mayRepeat, let other = error.region, other != region {
                self.region.withLock { $0 = other }
                mayRepeat = false
                continue
            }
            if mayRepeat, error.isExpired, let credentials {
                credentials.forget()
                mayRepeat = false
                continue
            }
            throw error.remoteError(
                "\(call.method.rawValue) \(call.key ?? "the bucket") in \(location)", redacting: used)
        }
    }

    private func sign(
        _ call: Call, _ credentials: AWSCredentials?, _ region: String, into target: UnsafeMutableRawBufferPointer?,
        moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        let place = address.place(of: call.key, region: region)
        let query = AWSSignature.query(call.query)
        var headers = call.headers
        if let credentials {
            let date = CalendarTime.basic(clock())
            // The hash of the body is signed too, and the server checks it: nothing else arrives under our name.
            let hash = try call.body?.hash() ?? .empty
            headers += [("x-amz-date", date), ("x-amz-content-sha256", hash.hex)]
            if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
            let authorization = AWSSignature(region: region).authorization(
                call.method.rawValue, path: place.path, query: query, headers: headers + [("host", place.host)],
                payloadHash: hash.hex, date: date, credentials: credentials)
            headers.append(("Authorization", authorization))
        }
        let url = place.origin + place.path + (query.isEmpty ? "" : "?\(query)")
        return try transport.send(
            HTTPRequest(call.method, url, headers: headers, body: call.body), into: target, moved: moved)
    }
}

/// What an answer that is an error says.
struct S3Failure {
    let status: Int
    let code: String
    let message: String
    /// The bucket's region, where the answer says that it is another.
    let region: String?
    private let retryAfter: Double?

    init(_ answer: HTTPResponse) {
        status = answer.status
        let xml = XMLScan(answer.body)
        code = xml.first("Code") ?? ""
        message = xml.first("Message") ?? ""
        let isElsewhere =
            [301, 307, 400].contains(status) || code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect"
        let other = isElsewhere ? answer.headers["x-amz-bucket-region"] ?? xml.first("Region") : nil
        region = other.flatMap { S3Address.isRegion($0) ? $0 : nil }
        retryAfter = answer.headers["retry-after"].flatMap { Double($0) }
    }

    var isExpired: Bool { ["ExpiredToken", "TokenRefreshRequired", "ExpiredTokenException"].contains(code) }

    var kind: RemoteError.Kind {
        switch code {
        case "NoSuchKey", "NoSuchBucket", "NoSuchUpload": return .notFound
        case "RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "OperationAborted",
            "ConditionalRequestConflict", "TooManyRequests":
            return .unavailable
        case "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody": return .damaged
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "InvalidToken", "RequestTimeTooSkewed":
            return .notAuthorised
        case "QuotaExceeded", "XMinioStorageFull", "InsufficientStorage": return .full
        default: break
        }
        if isExpired { return .notAuthorised }
        switch status {
        case 401, 403: return .notAuthorised
        case 404: return .notFound
        case 408, 409, 425, 429, 500, 502, 503, 504: return .unavailable
        case 507: return .full
        default: return .refused
        }
    }

    func remoteError(_ what: String, redacting credentials: AWSCredentials?) -> RemoteError {
        let said = [String(status), code, message].filter { !$0.isEmpty }.joined(separator: " ")
        let cause = "the server answered \(said)"
        return RemoteError(
            kind, "\(what) failed", because: credentials?.redacting(cause) ?? cause, hint: hint, retryAfter: retryAfter)
    }

    private var hint: String? {
        switch (code, kind) {
        case ("RequestTimeTooSkewed", _): "set this machine's clock"
        case _ where isExpired:
            "log in again ('aws sso login', say), and give vx the new credentials: 'vx help remotes' lists where it looks for them"
        case ("NoSuchBucket", _): "make the bucket, or check the URL with 'vx remote list'"
        case (_, .notAuthorised):
            "check the credentials and what they may do: 'vx help remotes' lists where vx looks for them"
        case (_, .full): "make room there, or choose another remote"
        default: hintByStatus
        }
    }

    private var hintByStatus: String? {
        switch status {
        case 301, 302, 307, 308:
            "the bucket, or the server, is somewhere else: check the region and the endpoint with 'vx remote list'"
        case 400: "check the region, the endpoint and the style of the remote"
        case 404: "check the URL and the endpoint with 'vx remote list'"
        case 405, 501: "does the endpoint speak S3, and does the remote have the right style?"
        default:
            kind == .unavailable ? "the server is down or has too much to do: repeat the command later" : nil
        }
    }
}

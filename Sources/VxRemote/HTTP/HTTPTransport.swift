import VxModel

/// One HTTP request.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    package var method: Method
    /// With path and query already encoded.
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: RemoteBody?
    /// Seconds to wait for a connection.
    package var connectTimeout: Int
    /// For addresses of this machine or its host, which no proxy reaches.
    package var bypassesProxy: Bool

    package init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [], body: RemoteBody? = nil,
        connectTimeout: Int = 20, bypassesProxy: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.bypassesProxy = bypassesProxy
    }
}

/// What came back.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// By name in lower case.
    package var headers: [String: String]
    /// The body, but for what went into the caller's buffer; of an error's, the first ``bodyLimit`` bytes.
    package var body: [UInt8]
    /// Bytes of the body that went into the caller's buffer, or would have where it was too small.
    package var filled: Int

    /// Bytes of a body that are kept in memory: listings of 1,000 objects have less.
    package static let bodyLimit = 8 << 20

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = [], filled: Int = 0) {
        self.status = status
        self.headers = headers
        self.body = body
        self.filled = filled
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// Makes HTTP requests, from many threads at once.
package protocol HTTPTransport: Sendable {
    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// - Parameters:
    ///   - target: takes the body of an answer with status 200 or 206.
    ///   - moved: called with bytes of bodies as they go or come.
    /// - Throws: where there is no answer.
    func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse
}

extension HTTPTransport {
    package func send(_ request: HTTPRequest) throws(RemoteError) -> HTTPResponse {
        try send(request, into: nil) { _ in }
    }
}

/// How connections are made; the same settings that git has for its own.
package struct HTTPSettings: Sendable, Equatable {
    /// `http.proxy`; without it, the variables that curl reads (`https_proxy`, `no_proxy`, …) decide.
    package var proxy: String?
    /// `http.sslCAInfo` or `GIT_SSL_CAINFO`: a file of certificates to trust instead of the system's.
    package var certificates: String?
    /// `http.sslCAPath` or `GIT_SSL_CAPATH`: a folder of them.
    package var certificateFolder: String?
    /// `http.sslCert` or `GIT_SSL_CERT`: a certificate of the user's own.
    package var clientCertificate: String?
    /// `http.sslKey` or `GIT_SSL_KEY`: the key of it.
    package var clientKey: String?
    /// `http.extraHeader`: sent with every request that has none of that name.
    package var extraHeaders: [Header] = []
    /// `http.sslVerify` and `GIT_SSL_NO_VERIFY`.
    package var verifies: Bool
    /// `http.lowSpeedTime` and `GIT_HTTP_LOW_SPEED_TIME`: seconds that a connection may stand still. A request is made again
    /// once after that, so that a server that accepts and never answers is given up within a minute.
    package var silence: Int

    /// A header of a request.
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// ``silence`` where nobody has set it.
    package static let usualSilence = 28

    package init(
        proxy: String? = nil, certificates: String? = nil, verifies: Bool = true, silence: Int = usualSilence
    ) {
        self.proxy = proxy
        self.certificates = certificates
        self.verifies = verifies
        self.silence = silence
    }
}

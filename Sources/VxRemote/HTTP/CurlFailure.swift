import CCurl
import CCurlLoader
import VxSystem

/// Says why there was no answer. The reason is curl's own text for the code: it has no header and no URL in it.
struct CurlFailure {
    private let code: CURLcode
    private let host: String
    private let limit: Int
    /// The proxy that stands between, without name and password, and the setting that names it.
    private let proxy: (address: String, setting: String)?

    init(_ code: CURLcode, _ request: HTTPRequest, _ settings: HTTPSettings) {
        self.code = code
        limit = settings.silence
        host = request.url.split(separator: "/", maxSplits: 2).dropFirst().first.map(String.init) ?? request.url
        proxy = request.bypassesProxy ? nil : Self.proxy(to: request.url, settings)
    }

    private static func proxy(to url: String, _ settings: HTTPSettings) -> (address: String, setting: String)? {
        if let proxy = settings.proxy {
            return proxy.isEmpty ? nil : (RemoteAddress.shown(proxy), "'git config http.proxy'")
        }
        if isExempt(url) { return nil }
        // As curl looks for it. HTTP_PROXY is not among them: a web server sets that from what anybody sends it.
        let names = url.hasPrefix("https:") ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        for name in names + ["all_proxy", "ALL_PROXY"] {
            guard let proxy = CurrentProcess.environment[name], !proxy.isEmpty else { continue }
            return (RemoteAddress.shown(proxy), "the variable \(name)")
        }
        return nil
    }

    /// Whether `no_proxy` lists the host.
    private static func isExempt(_ url: String) -> Bool {
        let host = url.split(separator: "/", maxSplits: 2).dropFirst().first?.prefix { $0 != ":" && $0 != "/" } ?? ""
        let list = CurrentProcess.environment["no_proxy"] ?? CurrentProcess.environment["NO_PROXY"] ?? ""
        return list.split { $0 == "," || $0 == " " }.contains { entry in
            let name = entry.drop { $0 == "." }
            return entry == "*" || host == name || host.hasSuffix(".\(name)")
        }
    }

    /// The error where time was over.
    ///
    /// - Parameters:
    ///   - isConnected: whether the request was on its way.
    ///   - hasAnswered: whether an answer had begun.
    func silence(isConnected: Bool, hasAnswered: Bool) -> RemoteError {
        let through = proxy.map { " through the proxy \($0.address)" } ?? ""
        var error = RemoteError(
            .unavailable,
            hasAnswered
                ? "the answer of \(host)\(through) stopped half-way"
                : isConnected ? "\(host) does not answer\(through)" : "no connection to \(host)\(through)",
            because: isConnected
                ? "nothing moved for \(limit == 1 ? "a second" : "\(limit) seconds")" : "it did not come about in time",
            hint:
                "check the network and the remote's endpoint ('vx remote list'), then repeat the command: it goes on where it was; 'git config http.lowSpeedTime SECONDS' makes vx wait longer"
        )
        error.isSilence = true
        return error
    }

    /// Words of TLS libraries for an answer that is no TLS.
    private static let plain = [
        "wrong version number", "packet length", "unexpected tls packet", "http request", "record overflow",
    ]

    /// - Parameter said: what curl says of it, with details of its libraries.
    func error(_ said: String) -> RemoteError {
        let reason = curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return RemoteError(
                .refused, "\(host) cannot be trusted", because: reason,
                hint: "name your certificates with 'git config http.sslCAInfo FILE'")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            return RemoteError(
                .misconfigured, "'\(host)' is no address", because: reason,
                hint: "check the remote's URL and endpoint with 'vx remote list'")
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
            return RemoteError(
                .refused, "the proxy \(proxy.map { "\($0.address) " } ?? "")to \(host) does not answer",
                because: reason,
                hint: "check \(proxy?.setting ?? "'git config http.proxy' and the variable https_proxy")")
        case CURLE_COULDNT_RESOLVE_HOST:
            return RemoteError(
                .unavailable, "there is no host \(host), or no network", because: reason,
                hint: "check the remote's URL and endpoint with 'vx remote list'")
        case CURLE_COULDNT_CONNECT:
            if let proxy {
                return RemoteError(
                    .unavailable, "no answer from \(host) through the proxy \(proxy.address)", because: reason,
                    hint: "is the proxy running? It is named by \(proxy.setting)")
            }
            return RemoteError(
                .unavailable, "no answer from \(host)", because: reason,
                hint: "is the server running, and are its name and port right? 'vx remote list' shows them")
        case CURLE_SSL_CONNECT_ERROR where Self.plain.contains(where: said.lowercased().contains):
            return RemoteError(
                .misconfigured, "\(host) does not speak https", because: "what answers there is no TLS",
                hint: "if the server speaks plain HTTP, write the endpoint as http://\(host)")
        case CURLE_SSL_CONNECT_ERROR:
            return RemoteError(
                .unavailable, "no secure connection to \(host)", because: reason,
                hint: "if the server speaks plain HTTP, write the endpoint as http://\(host)")
        case CURLE_PARTIAL_FILE:
            return RemoteError(
                .damaged, "the answer of \(host) was cut short", because: reason, hint: "repeat the command")
        default:
            return RemoteError(
                .unavailable, "no answer from \(host)", because: reason,
                hint: "check the network and the remote's endpoint ('vx remote list'), then repeat the command")
        }
    }
}

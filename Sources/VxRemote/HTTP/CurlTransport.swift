import CCurl
import CCurlLoader
import Synchronization
import VxModel
import VxSystem

/// HTTP through libcurl: one handle for each request that runs, kept afterwards with its open connection.
package final class CurlTransport: HTTPTransport {
    private let settings: HTTPSettings
    private let cancellation: Cancellation
    private let idle = Mutex<[CurlHandle]>([])

    package init(_ settings: HTTPSettings = HTTPSettings(), cancellation: Cancellation) {
        self.settings = settings
        self.cancellation = cancellation
    }

    /// libcurl wants this once per process, before any other call.
    fileprivate static let isStarted = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    package func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        guard Self.isStarted, let handle = idle.withLock({ $0.popLast() }) ?? CurlHandle() else {
            throw RemoteError(.local, "libcurl cannot be started")
        }
        let reader = try request.body?.reader()
        let result = withoutActuallyEscaping(moved) { moved in
            let exchange = CurlExchange(
                reader, length: request.body?.length ?? 0, target: target, moved: moved, cancellation: cancellation)
            return Result { () throws(RemoteError) in try handle.perform(request, exchange, settings) }
        }
        // A handle is as good after a failure: curl drops a connection that broke.
        idle.withLock { $0.append(handle) }
        return try result.get()
    }
}

/// A curl handle. `@unchecked Sendable`: whoever took it from the list of idle ones is alone with it.
private final class CurlHandle: @unchecked Sendable {
    private let curl: UnsafeMutableRawPointer
    /// What curl says of a failure, in more words than its number has.
    private let words = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init?() {
        guard let curl = curl_easy_init() else { return nil }
        self.curl = curl
    }

    deinit {
        curl_easy_cleanup(curl)
        words.deallocate()
    }

    func perform(
        _ request: HTTPRequest, _ exchange: CurlExchange, _ settings: HTTPSettings
    ) throws(RemoteError) -> HTTPResponse {
        // Options go, connections, DNS answers and TLS sessions stay.
        curl_easy_reset(curl)
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        // Waiting for "100 Continue" costs a round trip, and a second where the server knows it not.
        let own = Set(request.headers.map { $0.name.lowercased() })
        let extra = request.bypassesProxy ? [] : settings.extraHeaders.filter { !own.contains($0.name.lowercased()) }
        let all = request.headers + extra.map { ($0.name, $0.value) }
        for (name, value) in all + [("Expect", ""), ("Content-Type", ""), ("Transfer-Encoding", "")] {
            // curl sends a header with an empty value only where a semicolon says so, and none after a bare colon.
            headers = curl_slist_append(headers, value.isEmpty ? "\(name):" : "\(name): \(value)")
        }
        configure(request, settings)
        words.update(repeating: 0)
        vx_curl_set_pointer(curl, CURLOPT_ERRORBUFFER, words.baseAddress)
        vx_curl_set_list(curl, CURLOPT_HTTPHEADER, headers)
        attach(exchange)
        let code = withExtendedLifetime(exchange) { curl_easy_perform(curl) }
        if let error = exchange.error { throw error }
        var status = 0
        vx_curl_get_number(curl, CURLINFO_RESPONSE_CODE, &status)
        if code == CURLE_OPERATION_TIMEDOUT {
            var sent = 0
            vx_curl_get_number(curl, CURLINFO_REQUEST_SIZE, &sent)
            throw CurlFailure(code, request, settings).silence(isConnected: sent > 0, hasAnswered: status > 0)
        }
        // An answer that came before all was sent is an answer: it says why the server would not take the rest.
        guard
            code == CURLE_OK || exchange.hasEnough
                || (status >= 300 && (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR))
        else {
            let said = words.baseAddress.map { String(cString: $0) } ?? ""
            throw CurlFailure(code, request, settings).error(said)
        }
        return HTTPResponse(
            status: status, headers: exchange.headers, body: exchange.body, filled: exchange.filled)
    }

    private func configure(_ request: HTTPRequest, _ settings: HTTPSettings) {
        vx_curl_set_text(curl, CURLOPT_URL, request.url)
        vx_curl_set_text(curl, CURLOPT_USERAGENT, "vx")
        vx_curl_set_text(curl, CURLOPT_PROTOCOLS_STR, "http,https")
        // Timeouts through signals are not for programs with threads.
        vx_curl_set_number(curl, CURLOPT_NOSIGNAL, 1)
        vx_curl_set_number(curl, CURLOPT_CONNECTTIMEOUT, min(request.connectTimeout, settings.silence))
        // A transfer that stands still is dead, and so is one of which a byte comes now and then; a slow one is not.
        vx_curl_set_number(curl, CURLOPT_LOW_SPEED_LIMIT, 64)
        vx_curl_set_number(curl, CURLOPT_LOW_SPEED_TIME, settings.silence)
        vx_curl_set_number(curl, CURLOPT_TCP_KEEPALIVE, 1)
        vx_curl_set_number(curl, CURLOPT_BUFFERSIZE, 256 << 10)
        vx_curl_set_number(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        if request.bypassesProxy {
            vx_curl_set_text(curl, CURLOPT_NOPROXY, "*")
        } else if let proxy = settings.proxy {
            vx_curl_set_text(curl, CURLOPT_PROXY, proxy)
        }
        for (option, value) in [
            (CURLOPT_CAINFO, settings.certificates), (CURLOPT_CAPATH, settings.certificateFolder),
            (CURLOPT_SSLCERT, settings.clientCertificate), (CURLOPT_SSLKEY, settings.clientKey),
        ] {
            if let value { vx_curl_set_text(curl, option, value) }
        }
        if !settings.verifies {
            vx_curl_set_number(curl, CURLOPT_SSL_VERIFYPEER, 0)
            vx_curl_set_number(curl, CURLOPT_SSL_VERIFYHOST, 0)
        }
        switch request.method {
        case .get: vx_curl_set_number(curl, CURLOPT_HTTPGET, 1)
        case .head: vx_curl_set_number(curl, CURLOPT_NOBODY, 1)
        case .delete: vx_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        case .put, .post:
            vx_curl_set_number(curl, CURLOPT_UPLOAD, 1)
            vx_curl_set_text(curl, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
            vx_curl_set_size(curl, CURLOPT_INFILESIZE_LARGE, Int(request.body?.length ?? 0))
        }
    }

    private func attach(_ exchange: CurlExchange) {
        let pointer = Unmanaged.passUnretained(exchange).toOpaque()
        for option in [CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_HEADERDATA, CURLOPT_SEEKDATA, CURLOPT_XFERINFODATA]
        {
            vx_curl_set_pointer(curl, option, pointer)
        }
        vx_curl_set_number(curl, CURLOPT_NOPROGRESS, 0)
        vx_curl_set_bytes(curl, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            CurlExchange.from(context).receive(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
        }
        vx_curl_set_bytes(curl, CURLOPT_READFUNCTION) { bytes, size, count, context in
            CurlExchange.from(context).give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                ?? vx_curl_abort()
        }
        vx_curl_set_bytes(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            CurlExchange.from(context).header(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return size * count
        }
        vx_curl_set_seek(curl) { context, offset, origin in
            CurlExchange.from(context).seek(to: offset, origin: origin) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
        vx_curl_set_progress(curl) { context, _, _, _, _ in CurlExchange.from(context).isCancelled ? 1 : 0 }
    }
}

/// One request on its way. Used by one thread: curl calls back on the thread that performs.
private final class CurlExchange {
    private let reader: RemoteBody.Reader?
    private let length: UInt64
    private var position: UInt64 = 0
    private let target: UnsafeMutableRawBufferPointer?
    private let moved: (Int) -> Void
    private let cancellation: Cancellation
    private(set) var status = 0
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []
    private(set) var filled = 0
    private(set) var error: RemoteError?
    /// Whether the rest of the answer is not read.
    private(set) var hasEnough = false

    init(
        _ reader: RemoteBody.Reader?, length: UInt64, target: UnsafeMutableRawBufferPointer?,
        moved: @escaping (Int) -> Void, cancellation: Cancellation
    ) {
        self.reader = reader
        self.length = length
        self.target = target
        self.moved = moved
        self.cancellation = cancellation
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> CurlExchange {
        guard let context else { preconditionFailure("curl calls back with what it was given") }
        return Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
    }

    var isCancelled: Bool {
        if cancellation.isCancelled, error == nil { error = RemoteError(.interrupted, "interrupted") }
        return error != nil
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let target, status == 200 || status == 206 {
            let room = max(0, target.count - filled)
            let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
            if !part.isEmpty { UnsafeMutableRawBufferPointer(rebasing: target[filled...]).copyMemory(from: part) }
            filled += bytes.count
            moved(bytes.count)
            // More than was asked for is no answer to wait the end of.
            if filled > target.count {
                error = RemoteError(.damaged, "more bytes came than were asked for")
                return false
            }
            return true
        }
        body.append(contentsOf: bytes.prefix(max(0, HTTPResponse.bodyLimit - body.count)))
        if body.count < HTTPResponse.bodyLimit { return true }
        // The end of it may never come. Of an error's words the start is enough.
        hasEnough = status >= 300
        if !hasEnough {
            error = RemoteError(
                .refused, "the server's answer is longer than \(ByteCount.text(UInt64(HTTPResponse.bodyLimit)))",
                hint: "does the endpoint speak S3? 'vx remote list' shows it")
        }
        return false
    }

    func give(_ room: UnsafeMutableRawBufferPointer) -> Int? {
        guard let reader, position < length else { return 0 }
        let count = Int(min(UInt64(room.count), length - position))
        do {
            try reader.read(at: position, into: UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
        } catch {
            self.error = error
            return nil
        }
        position += UInt64(count)
        moved(count)
        return count
    }

    func seek(to offset: Int, origin: CInt) -> Bool {
        guard origin == 0, offset >= 0, UInt64(offset) <= length else { return false }
        // What was sent for nothing is sent again: it counts once.
        moved(offset - Int(position))
        position = UInt64(offset)
        return true
    }

    func header(_ bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An answer may follow another: "100 Continue", a proxy's "200 Connection established".
            headers = [:]
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
        let end = value.lastIndex { !$0.isWhitespace }
        headers[line[..<colon].lowercased()] = end.map { String(value[...$0]) } ?? ""
    }
}

/// The library itself, for whoever asks whether it is there.
package enum TransferLibrary {
    /// Loads and starts it. Where it is not installed that ends the process, with a message that says so.
    ///
    /// - Returns: whether it could be started.
    package static func load() -> Bool { CurlTransport.isStarted }
}

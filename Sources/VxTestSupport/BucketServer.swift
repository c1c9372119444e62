import Synchronization
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A server on loopback that speaks as much of S3 as a push and a fetch need, keeps objects in memory and notes each request.
///
/// Buckets stand in the path. Whatever is signed counts: it looks at no credentials.
package final class BucketServer: Sendable {
    /// A request it has had.
    package struct Request: Sendable {
        package var method: String
        /// Path and query, as they came.
        package var target: String
        /// By name in lower case.
        package var headers: [String: String]
        /// When it came, and when its answer began, in seconds by one clock.
        package var start: Double
        package var end: Double
    }

    /// What a test says instead of the server.
    package struct Answer: Sendable {
        package var status: Int
        package var body: String

        package init(_ status: Int, _ body: String = "") {
            self.status = status
            self.body = body
        }
    }

    private struct State {
        var objects: [String: [UInt8]] = [:]
        var requests: [Request] = []
    }

    package let port: UInt16
    private let listener: LoopbackListener
    private let state = Mutex(State())
    private let delay: Double
    private let instead: @Sendable (_ method: String, _ target: String) -> Answer?

    /// - Parameters:
    ///   - delay: seconds before each answer.
    ///   - instead: what to answer to a request instead of what is true; `nil` for the truth.
    /// - Throws: where there is no port.
    package init(
        delay: Double = 0,
        instead: @escaping @Sendable (_ method: String, _ target: String) -> Answer? = { _, _ in nil }
    ) throws(VxError) {
        listener = try LoopbackListener()
        port = listener.port
        self.delay = delay
        self.instead = instead
        let descriptor = listener.descriptor
        try WorkerPool.detach { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { return }
                do {
                    try WorkerPool.detach { [weak self] in
                        while let server = self, server.serve(connection) {}
                        close(connection)
                    }
                } catch {
                    close(connection)
                }
            }
        }
    }

    package var endpoint: String { "http://127.0.0.1:\(port)" }

    /// What came since it was asked last.
    package func takeRequests() -> [Request] {
        state.withLock { state in
            defer { state.requests = [] }
            return state.requests
        }
    }

    /// The keys that are there, with the bucket.
    package var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

    // MARK: - One connection

    private func serve(_ connection: CInt) -> Bool {
        guard let head = Self.head(connection) else { return false }
        let lines = head.split(separator: "\r\n").map(String.init)
        let words = (lines.first ?? "").split(separator: " ").map(String.init)
        guard words.count == 3 else { return false }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let start = Self.now()
        var body = [UInt8](repeating: 0, count: headers["content-length"].flatMap { Int($0) } ?? 0)
        guard Self.fill(&body, from: connection) else { return false }
        if delay > 0 { usleep(UInt32(delay * 1e6)) }
        let (method, target) = (words[0], words[1])
        let answer: (status: Int, headers: [String], body: [UInt8])
        if let told = instead(method, target) {
            answer = (told.status, [], Array(told.body.utf8))
        } else {
            answer = self.answer(method, target, headers, body)
        }
        state.withLock {
            $0.requests.append(
                Request(method: method, target: target, headers: headers, start: start, end: Self.now()))
        }
        let lengths =
            answer.headers.contains { $0.hasPrefix("Content-Length") } ? [] : ["Content-Length: \(answer.body.count)"]
        let text =
            (["HTTP/1.1 \(answer.status) Answer"] + answer.headers + lengths).joined(separator: "\r\n") + "\r\n\r\n"
        return LoopbackSocket.send(Array(text.utf8) + (method == "HEAD" ? [] : answer.body), to: connection)
    }

    private func answer(
        _ method: String, _ target: String, _ headers: [String: String], _ body: [UInt8]
    ) -> (status: Int, headers: [String], body: [UInt8]) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let key = Self.decoded(parts[0].dropFirst())
        let query = parts.count > 1 ? Self.query(parts[1]) : [:]
        return state.withLock { state in
            switch method {
            case "PUT" where !key.contains("/"): return (200, [], [])
            case "PUT":
                if headers["if-none-match"] == "*", state.objects[key] != nil { return (412, [], []) }
                state.objects[key] = body
                return (200, ["ETag: \"x\""], [])
            case "DELETE":
                state.objects[key] = nil
                return (204, [], [])
            case "GET" where query["list-type"] != nil:
                let prefix = "\(key.split(separator: "/").first ?? "")/\(query["prefix"] ?? "")"
                let items = state.objects.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }.map { item in
                    let name = item.key.drop { $0 != "/" }.dropFirst()
                    return
                        "<Contents><Key>\(name)</Key><Size>\(item.value.count)</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
                }
                return (200, [], Array("<ListBucketResult>\(items.joined())</ListBucketResult>".utf8))
            case "GET", "HEAD":
                guard let object = state.objects[key] else {
                    return (404, [], Array("<Error><Code>NoSuchKey</Code></Error>".utf8))
                }
                let time = "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT"
                if method == "HEAD" { return (200, [time, "Content-Length: \(object.count)"], []) }
                guard let range = headers["range"]?.dropFirst(6).split(separator: "-").compactMap({ Int($0) }),
                    range.count == 2
                else { return (200, [time], object) }
                guard range[0] <= range[1], range[1] < object.count else { return (416, [], []) }
                return (
                    206, [time, "Content-Range: bytes \(range[0])-\(range[1])/\(object.count)"],
                    Array(object[range[0]...range[1]])
                )
            default: return (501, [], [])
            }
        }
    }

    // MARK: - Bytes

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A request up to the empty line; `nil` where the other side has gone.
    private static func head(_ connection: CInt) -> String? {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard bytes.count < 1 << 20, read(connection, &byte, 1) == 1 else { return nil }
            // The start of TLS: servers of plain HTTP say that it is no request of theirs.
            if bytes.isEmpty, byte == 0x16 {
                _ = LoopbackSocket.send(
                    Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8), to: connection)
                return nil
            }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func fill(_ buffer: inout [UInt8], from connection: CInt) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = buffer.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { read(connection, $0 + done, bytes.count - done) } ?? -1
            }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    private static func query(_ text: Substring) -> [String: String] {
        var query: [String: String] = [:]
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? decoded(sides[1]) : ""
        }
        return query
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = Hex.decode(rest.prefix(2).map { $0 | 0x20 }) {
                bytes += code
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension [BucketServer.Request] {
    /// The most of them of which each came after the one before it was answered: round trips that waited for each other.
    package var longestChain: Int {
        var count = 0
        var last = -Double.infinity
        for request in sorted(by: { $0.end < $1.end }) where request.start >= last {
            count += 1
            last = request.end
        }
        return count
    }
}

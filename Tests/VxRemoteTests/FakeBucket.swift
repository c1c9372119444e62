import Crypto
import Synchronization
import VxModel
import VxRemote
import VxSystem

/// A bucket of S3 in memory that takes objects whole and in parts, counts the bytes it is sent, and can lose its connection.
final class FakeBucket: HTTPTransport {
    struct State {
        var objects: [String: [UInt8]] = [:]
        /// Parts that have arrived, by upload and number.
        var uploads: [String: (key: String, parts: [Int: [UInt8]])] = [:]
        /// Bytes of bodies that arrived.
        var received = 0
        /// Bytes after which every request fails; `nil` for never.
        var limit: Int?
        /// Whether it tells of uploads that have not ended.
        var tellsUploads = true
        var requests: [String] = []
        var begun = 0
    }

    let state = Mutex(State())

    func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        var body: [UInt8] = []
        try request.body?.forEachPiece { (piece) throws(RemoteError) in body += piece }
        let bytes = body
        let url = request.url.split(separator: "?", maxSplits: 1).map(String.init)
        let key = String(url[0].drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }.dropFirst())
        let query = url.count > 1 ? Self.query(url[1]) : [:]
        let answer: HTTPResponse? = state.withLock { state in
            state.requests.append("\(request.method.rawValue) \(query.keys.sorted().joined(separator: "&"))")
            let isOver = state.limit.map { state.received + bytes.count > $0 } ?? false
            if isOver { return nil }
            state.received += bytes.count
            return Self.answer(request.method, key, query, bytes, &state)
        }
        guard let answer else { throw RemoteError(.interrupted, "the line was cut") }
        moved(bytes.count)
        return answer
    }

    private static func query(_ text: String) -> [String: String] {
        var query: [String: String] = [:]
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            query[sides[0]] = (sides.count > 1 ? sides[1] : "").replacing("%2F", with: "/")
        }
        return query
    }

    private static func tag(_ bytes: [UInt8]) -> String { "\"\(Hex.encode(Array(Insecure.MD5.hash(data: bytes))))\"" }

    private static func xml(_ text: String, _ status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, body: Array("<Result>\(text)</Result>".utf8))
    }

    private static func answer(
        _ method: HTTPRequest.Method, _ key: String, _ query: [String: String], _ body: [UInt8], _ state: inout State
    ) -> HTTPResponse {
        let gone = xml("<Code>NoSuchUpload</Code>", 404)
        if let upload = query["uploadId"] {
            guard let found = state.uploads[upload], found.key == key else { return gone }
            switch method {
            case .put:
                state.uploads[upload]?.parts[Int(query["partNumber"] ?? "") ?? 0] = body
                return HTTPResponse(status: 200, headers: ["etag": tag(body)])
            case .get:
                return xml(
                    found.parts.map {
                        "<Part><PartNumber>\($0)</PartNumber><ETag>\(tag($1))</ETag><Size>\($1.count)</Size></Part>"
                    }.joined())
            case .delete:
                state.uploads[upload] = nil
                return HTTPResponse(status: 204)
            default:
                state.objects[key] = found.parts.sorted { $0.key < $1.key }.flatMap(\.value)
                state.uploads[upload] = nil
                return xml("")
            }
        }
        if query["uploads"] != nil, method == .post {
            state.begun += 1
            state.uploads["u\(state.begun)"] = (key, [:])
            return xml("<UploadId>u\(state.begun)</UploadId>")
        }
        if query["uploads"] != nil {
            if !state.tellsUploads { return xml("<Code>AccessDenied</Code>", 403) }
            let uploads = state.uploads.filter { $0.value.key.hasPrefix(query["prefix"] ?? "") }
            return xml(
                uploads.map {
                    "<Upload><Key>\($1.key)</Key><UploadId>\($0)</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated></Upload>"
                }.joined())
        }
        switch method {
        case .put:
            state.objects[key] = body
            return HTTPResponse(status: 200, headers: ["etag": tag(body)])
        case .head:
            guard let object = state.objects[key] else { return HTTPResponse(status: 404) }
            return HTTPResponse(status: 200, headers: ["content-length": "\(object.count)"])
        default: return HTTPResponse(status: 404)
        }
    }
}

import Synchronization
import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

@Suite("A server that accepts and never answers") struct SilenceTests {
    private func backend(_ server: LoopbackServer) -> any RemoteBackend {
        let transport = CurlTransport(HTTPSettings(proxy: "", silence: 1), cancellation: Cancellation())
        let base = S3Backend(
            S3Address(bucket: "b", prefix: "", endpoint: server.endpoint, style: .path), region: "us-east-1",
            credentials: nil, transport: transport, clock: { FileTime.now().seconds })
        return RetryingBackend(base, timing: .system(Cancellation()), cancellation: Cancellation())
    }

    @Test("is asked twice and named", arguments: ["head", "list", "read", "put"])
    func silent(request: String) throws {
        let server = try LoopbackServer()
        let backend = backend(server)
        let error = #expect(throws: RemoteError.self) {
            switch request {
            case "head": _ = try backend.head("vx-remote.json")
            case "list": _ = try backend.list("packs/")
            case "read": _ = try backend.read("packs/a", at: 0, count: 10)
            default: try backend.put("packs/a", [1, 2, 3])
            }
        }
        #expect(error?.message == "127.0.0.1:\(server.port) does not answer")
        #expect(error?.isSilence == true)
        #expect(error?.cause == "nothing moved for a second")
    }

    @Test("or stops in the middle of its answer") func halfWay() throws {
        let server = try LoopbackServer(
            .stopping(
                after: "HTTP/1.1 206 Partial\r\nContent-Length: 1000\r\nContent-Range: bytes 0-999/1000\r\n\r\nabc"))
        let error = #expect(throws: RemoteError.self) { try backend(server).read("packs/a", at: 0, count: 1000) }
        #expect(error?.message == "the answer of 127.0.0.1:\(server.port) stopped half-way")
    }

    @Test("is tried twice, while other failures may pass more often") func attempts() throws {
        let asked = Mutex(0)
        let transport = RepeatingTransport {
            asked.withLock { $0 += 1 }
            var error = RemoteError(.unavailable, "silent")
            error.isSilence = true
            return error
        }
        let base = S3Backend(
            S3Address(bucket: "b", prefix: "", endpoint: "http://h", style: .path), region: "us-east-1",
            credentials: nil, transport: transport, limits: .init(multipartFrom: 1, part: 1), clock: { 0 })
        let backend = RetryingBackend(
            base, timing: Timing(now: { 0 }, sleep: { _ in }), cancellation: Cancellation())
        #expect(throws: RemoteError.self) { try backend.list("packs/") }
        #expect(asked.withLock { $0 } == 2)
    }
}

/// Fails each time.
private final class RepeatingTransport: HTTPTransport {
    private let failure: @Sendable () -> RemoteError

    init(_ failure: @escaping @Sendable () -> RemoteError) { self.failure = failure }

    func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        throw failure()
    }
}

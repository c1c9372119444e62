import Synchronization
import VxRemote

/// Answers requests by a function, and remembers them.
final class FakeTransport: HTTPTransport {
    private let answer: @Sendable (HTTPRequest) -> HTTPResponse
    let requests = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) { self.answer = answer }

    func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        requests.withLock { $0.append(request) }
        return answer(request)
    }
}

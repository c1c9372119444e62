import Synchronization
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A server on loopback that serves nobody: it is silent, or says something once and writes down what it was asked.
package final class LoopbackServer: Sendable {
    package enum Manner: Sendable {
        /// Takes connections and does not answer.
        case silent
        /// Gives every connection this, as soon as it has said something, and is silent then.
        case stopping(after: String)
        /// Refuses what it is asked, which ends what a client would otherwise try again.
        case refusing
    }

    /// What was asked, a text for each connection.
    private final class Heard: Sendable {
        let requests = Mutex<[String]>([])
        /// The connection that is being read; -1 where none is, and -2 at the end.
        let reading = Mutex<CInt>(-1)
        let ended = Monitor(false)
    }

    private let listener: LoopbackListener
    private let heard = Heard()

    /// What has come in, a text for each connection; nothing where the server is silent.
    package var requests: [String] { heard.requests.withLock { $0 } }

    /// - Throws: where there is no port.
    package init(_ manner: Manner = .silent) throws(VxError) {
        listener = try LoopbackListener()
        let answer: (text: String, closes: Bool)
        switch manner {
        case .silent:
            // The system itself takes connections that nobody accepts.
            heard.ended.update { $0 = true }
            return
        case .stopping(let text): answer = (text, false)
        case .refusing: answer = ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", true)
        }
        let descriptor = listener.descriptor
        try WorkerPool.detach { [heard] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { break }
                let isOver = heard.reading.withLock { reading in
                    defer { if reading != -2 { reading = connection } }
                    return reading == -2
                }
                if isOver { break }
                var request = [UInt8](repeating: 0, count: 1 << 16)
                let count = recv(connection, &request, request.count, 0)
                heard.reading.withLock { if $0 != -2 { $0 = -1 } }
                heard.requests.withLock {
                    $0.append(String(decoding: request.prefix(max(0, count)), as: UTF8.self))
                }
                _ = LoopbackSocket.send(answer.text.utf8, to: connection)
                // Else it stays open until the process ends.
                if answer.closes { close(connection) }
            }
            heard.ended.update { $0 = true }
        }
    }

    deinit {
        listener.stop()
        // A client may have connected and said nothing.
        heard.reading.withLock { reading in
            if reading >= 0 { shutdown(reading, CInt(SHUT_RDWR)) }
            reading = -2
        }
        // Its number may be another file's as soon as it is closed.
        _ = heard.ended.wait { $0 ? true : nil }
    }

    package var port: UInt16 { listener.port }
    package var endpoint: String { "http://127.0.0.1:\(port)" }
}

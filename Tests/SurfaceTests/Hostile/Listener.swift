import Synchronization
import SystemPackage
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A server on loopback that writes down what it is asked, and refuses it.
final class Listener: Sendable {
    let port: Int
    private let descriptor: CInt
    private let heard = Mutex<[String]>([])
    private let ended = Monitor(false)

    /// What has come in, a text for each connection.
    var requests: [String] { heard.withLock { $0 } }

    init() throws {
        #if canImport(Glibc)
            let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let made = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                guard bind(made, name, length) == 0, listen(made, 64) == 0,
                    getsockname(made, name, &length) == 0
                else { throw VxError.system("cannot listen") }
                return UnsafeRawPointer(name).load(as: sockaddr_in.self).sin_port
            }
        }
        descriptor = made
        port = Int(UInt16(bigEndian: found))
        try WorkerPool.detach { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { break }
                answer(connection)
            }
            ended.update { $0 = true }
        }
    }

    func stop() {
        shutdown(descriptor, CInt(SHUT_RDWR))
        _ = ended.wait { $0 ? true : nil }
        close(descriptor)
    }

    /// A refusal ends what a client would otherwise try again.
    private func answer(_ connection: CInt) {
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(connection, &bytes, bytes.count, 0)
        heard.withLock { $0.append(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)) }
        let text = Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        _ = send(connection, text, text.count, 0)
        close(connection)
    }
}

import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A server on loopback that takes connections and does not answer, or stops in the middle of its answer.
package final class SilentServer: Sendable {
    package let port: UInt16
    private let listener: CInt

    /// - Parameter beginning: what every connection gets as soon as it has said something; without it, nothing: the system
    ///   itself takes connections that nobody accepts.
    /// - Throws: where there is no port.
    package init(beginning: String? = nil) throws(VxError) {
        #if canImport(Glibc)
            let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard listener >= 0, isBound else { throw VxError("cannot listen on loopback") }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        guard let beginning else { return }
        try WorkerPool.detach {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                var request = [UInt8](repeating: 0, count: 1 << 16)
                _ = read(connection, &request, request.count)
                let bytes = Array(beginning.utf8)
                _ = write(connection, bytes, bytes.count)
                // It stays open until the process ends.
            }
        }
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    package var endpoint: String { "http://127.0.0.1:\(port)" }
}

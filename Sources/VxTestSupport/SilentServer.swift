import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A port on loopback that takes connections, closed with the object.
final class LoopbackListener: Sendable {
    let port: UInt16
    let descriptor: CInt

    /// - Throws: where there is no port.
    init() throws(VxError) {
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
        descriptor = listener
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        shutdown(descriptor, CInt(SHUT_RDWR))
        close(descriptor)
    }
}

/// A server on loopback that takes connections and does not answer, or stops in the middle of its answer.
package final class SilentServer: Sendable {
    private let listener: LoopbackListener

    /// - Parameter beginning: what every connection gets as soon as it has said something; without it, nothing: the system
    ///   itself takes connections that nobody accepts.
    /// - Throws: where there is no port.
    package init(beginning: String? = nil) throws(VxError) {
        listener = try LoopbackListener()
        guard let beginning else { return }
        let descriptor = listener.descriptor
        try WorkerPool.detach {
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { return }
                var request = [UInt8](repeating: 0, count: 1 << 16)
                _ = read(connection, &request, request.count)
                let bytes = Array(beginning.utf8)
                _ = write(connection, bytes, bytes.count)
                // It stays open until the process ends.
            }
        }
    }

    package var port: UInt16 { listener.port }
    package var endpoint: String { "http://127.0.0.1:\(port)" }
}

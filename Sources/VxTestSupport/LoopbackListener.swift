import VxModel

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

    /// Ends the waiting of whoever accepts; the port is taken until the object goes.
    func stop() { shutdown(descriptor, CInt(SHUT_RDWR)) }

    deinit {
        stop()
        close(descriptor)
    }
}

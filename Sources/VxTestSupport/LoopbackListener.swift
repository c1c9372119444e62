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
        let listener = try LoopbackSocket.make()
        let (isBound, port) = LoopbackSocket.withAddress(ofPort: 0) { address, length in
            bind(listener, address, length) == 0 && listen(listener, 64) == 0
                && getsockname(listener, address, &length) == 0
        }
        guard isBound else {
            close(listener)
            throw VxError("cannot listen on loopback")
        }
        descriptor = listener
        self.port = port
    }

    /// Ends the waiting of whoever accepts; the port is taken until the object goes.
    func stop() { shutdown(descriptor, CInt(SHUT_RDWR)) }

    deinit {
        stop()
        close(descriptor)
    }
}

import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A line to a port of this machine that is long and thin: each way takes 50 ms, and carries 1 Mbit a second for each connection.
package final class SlowLine: Sendable {
    /// Seconds that each piece is on its way.
    private static let delay = 0.05
    /// Bytes of a piece: as many as come through in that time.
    private static let piece = 6_250

    private let listener: LoopbackListener

    /// - Throws: where there is no port.
    package init(to port: Int) throws(VxError) {
        listener = try LoopbackListener()
        let descriptor = listener.descriptor
        try WorkerPool.detach {
            while true {
                let near = accept(descriptor, nil, nil)
                if near < 0 { return }
                do {
                    let far = try LoopbackSocket.connected(to: UInt16(port))
                    try WorkerPool.detach { Self.pump(from: near, to: far) }
                    try WorkerPool.detach { Self.pump(from: far, to: near) }
                } catch {
                    shutdown(near, CInt(SHUT_RDWR))
                }
            }
        }
    }

    package var port: Int { Int(listener.port) }

    /// Carries bytes one way until one end closes. The descriptors stay open until the process ends: another thread may be using
    /// them.
    private static func pump(from source: CInt, to target: CInt) {
        var bytes = [UInt8](repeating: 0, count: piece)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            if count <= 0 { break }
            usleep(UInt32(delay * 1e6))
            if !LoopbackSocket.send(bytes[..<count], to: target) { break }
        }
        shutdown(target, CInt(SHUT_WR))
    }
}

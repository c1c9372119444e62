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
                let far = Self.connect(to: port)
                do {
                    try WorkerPool.detach { Self.pump(from: near, to: far) }
                    try WorkerPool.detach { Self.pump(from: far, to: near) }
                } catch {
                    shutdown(near, CInt(SHUT_RDWR))
                }
            }
        }
    }

    package var port: Int { Int(listener.port) }

    private static func connect(to port: Int) -> CInt {
        #if canImport(Glibc)
            let far = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let far = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        address.sin_port = UInt16(port).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                #if canImport(Glibc)
                    Glibc.connect(far, $0, length)
                #else
                    Darwin.connect(far, $0, length)
                #endif
            }
        }
        return far
    }

    /// Carries bytes one way until one end closes. The descriptors stay open until the process ends: another thread may be using
    /// them.
    private static func pump(from source: CInt, to target: CInt) {
        var bytes = [UInt8](repeating: 0, count: piece)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            if count <= 0 { break }
            usleep(UInt32(delay * 1e6))
            var done = 0
            while done < count {
                let sent = bytes.withUnsafeBytes { bytes in
                    bytes.baseAddress.map { send(target, $0 + done, count - done, quiet) } ?? -1
                }
                if sent <= 0 { break }
                done += sent
            }
            if done < count { break }
        }
        shutdown(target, CInt(SHUT_WR))
    }

    /// A side that has gone is no reason to end this process.
    private static var quiet: CInt {
        #if canImport(Glibc)
            CInt(MSG_NOSIGNAL)
        #else
            0
        #endif
    }
}

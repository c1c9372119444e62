import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the servers of the tests ask of the system: TCP on 127.0.0.1, and nothing else.
enum LoopbackSocket {
    /// A socket that is neither bound nor connected.
    ///
    /// - Throws: where the system has none.
    static func make() throws(VxError) -> CInt {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw VxError("cannot make a socket") }
        return descriptor
    }

    /// Gives `body` the address of a port; 0 lets the system choose one. Says which it is afterwards.
    static func withAddress<Result>(
        ofPort port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result
    ) -> (result: Result, port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
        return (result, UInt16(bigEndian: address.sin_port))
    }

    /// Connects to a port of this machine; the first that is sent or received tells where nobody is there.
    ///
    /// - Throws: where the system has no socket.
    static func connected(to port: UInt16) throws(VxError) -> CInt {
        let descriptor = try make()
        _ = withAddress(ofPort: port) { connect(descriptor, $0, $1) }
        return descriptor
    }

    /// Sends bytes, all of them; says whether somebody took them.
    static func send(_ bytes: some Collection<UInt8>, to descriptor: CInt) -> Bool {
        // A side that has gone is no reason to end this process.
        #if canImport(Glibc)
            let quiet = CInt(MSG_NOSIGNAL)
        #else
            let quiet: CInt = 0
        #endif
        let bytes = ContiguousArray(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                bytes.baseAddress.map { transmit(descriptor, $0 + done, bytes.count - done, quiet) } ?? -1
            }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    private static func transmit(_ descriptor: CInt, _ start: UnsafeRawPointer, _ count: Int, _ flags: CInt) -> Int {
        #if canImport(Glibc)
            Glibc.send(descriptor, start, count, flags)
        #else
            Darwin.send(descriptor, start, count, flags)
        #endif
    }
}

import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The machine this runs on.
package enum Machine {
    /// Its name in the network, which tells the machines that share a disk apart.
    package static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The last byte stays 0, also where a name is cut off.
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

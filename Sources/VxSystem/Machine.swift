import SystemPackage
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

    /// Eight letters and digits that stand for the processes that share numbers with this one: those of the same machine,
    /// by its name and the number it was installed with, and of the same container.
    package static let tag: String = {
        // Neither is there on every system; the name has to do then.
        let installed = (try? Files.read("/etc/machine-id")).flatMap { $0 } ?? []
        var link = [CChar](repeating: 0, count: 64)
        let length = readlink("/proc/self/ns/pid", &link, link.count)
        // FNV-1a: the parts are no secret, and need only differ.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(name.utf8) + [0] + installed + [0]
            + link.prefix(max(0, length)).map({ UInt8(bitPattern: $0) })
        {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let text = String(hash % 2_821_109_907_456, radix: 36)  // 36 to the power of 8
        return String(repeating: "0", count: 8 - text.utf8.count) + text
    }()
}

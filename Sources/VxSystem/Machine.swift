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

    /// When a process was started, in seconds of the clock as it is now; `nil` where that cannot be told.
    static func startTime(ofProcess process: Int32) -> Int64? {
        #if os(Linux)
            // Field 22, counted behind the name in brackets, which may hold anything (proc(5)).
            guard let text = (try? Files.read(FilePath("/proc/\(process)/stat"), limit: 1 << 12)).flatMap({ $0 }),
                let end = text.lastIndex(of: UInt8(ascii: ")"))
            else { return nil }
            let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
            guard fields.count > 19, let ticks = Int64(String(decoding: fields[19], as: UTF8.self)) else { return nil }
            var boot = timespec()
            guard clock_gettime(CLOCK_BOOTTIME, &boot) == 0 else { return nil }
            return FileTime.now().seconds - Int64(boot.tv_sec) + ticks / Int64(sysconf(CInt(_SC_CLK_TCK)))
        #else
            return nil
        #endif
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

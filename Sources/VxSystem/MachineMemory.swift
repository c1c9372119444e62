import CVxSystem
import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Machine {
    /// Bytes of memory that a process here may use: the machine's, or less where its container or its user's limit
    /// (`ulimit -v`) allows less; `nil` where the system does not say.
    package static var memory: UInt64? {
        let pages = sysconf(CInt(_SC_PHYS_PAGES))
        let size = sysconf(CInt(_SC_PAGESIZE))
        let whole = pages > 0 && size > 0 ? UInt64(pages) * UInt64(size) : nil
        return ([whole, addressLimit] + groupLimits).compactMap { $0 }.min()
    }

    /// Gives the system back what this process has freed. The C library keeps it for what is asked for next, and each thread has its
    /// own: what one has freed another does not get.
    package static func giveBackMemory() {
        vx_give_back_memory()
    }

    /// What the control groups that this process is in allow (Linux), each of those it is nested in.
    private static var groupLimits: [UInt64?] {
        // Absent on other systems, and where there is no limit.
        func line(_ path: FilePath) -> String? {
            (try? Files.read(path, limit: 4096)).flatMap { $0 }.map {
                String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            }
        }
        let root: FilePath = "/sys/fs/cgroup"
        var limits = [line(root.appending("memory/memory.limit_in_bytes")).flatMap { UInt64($0) }]
        var group = FilePath(String(line("/proc/self/cgroup")?.drop { $0 != "/" } ?? "/"))
        while true {
            limits.append(line(root.appending(group.components).appending("memory.max")).flatMap { UInt64($0) })
            if group.components.isEmpty { return limits }
            group.removeLastComponent()
        }
    }
}

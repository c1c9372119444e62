import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The command lines of the processes that this one was started by.
package enum CommandLines {
    /// Arguments of the parent, of its parent, and so on; none where the system does not show them.
    package static func ofAncestors() -> [[String]] {
        var found: [[String]] = []
        #if os(Linux)
            var process = getppid()
            while process > 1, found.count < 64, let line = words(of: process) {
                found.append(line)
                guard let parent = parent(of: process) else { break }
                process = parent
            }
        #endif
        return found
    }

    #if os(Linux)
        private static func words(of process: pid_t) -> [String]? {
            guard let bytes = text("/proc/\(process)/cmdline") else { return nil }
            return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
                String(decoding: $0, as: UTF8.self)
            }
        }

        private static func parent(of process: pid_t) -> pid_t? {
            // The name before it stands in parentheses, and may hold anything.
            guard let bytes = text("/proc/\(process)/stat"), let end = bytes.lastIndex(of: UInt8(ascii: ")")) else {
                return nil
            }
            let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
            return fields.count > 1 ? pid_t(String(decoding: fields[1], as: UTF8.self)) : nil
        }

        /// A file of the system's, which has no size; `nil` where the process has ended.
        private static func text(_ path: String) -> [UInt8]? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while bytes.count < 4 << 20 {
                let count = read(descriptor, &piece, piece.count)
                if count <= 0 { break }
                bytes += piece[..<count]
            }
            return bytes
        }
    #endif
}

import SystemPackage
import VxModel
import VxSystem

#if os(Linux)
    /// How much memory processes have held, out of `/proc` (proc(5)).
    enum ProcessMemory {
        /// The largest peak (`VmHWM`) of a process and all it has started; 0 where they have ended.
        static func peak(ofTree process: Int32) -> UInt64 {
            children(of: process).reduce(peak(of: process)) { max($0, peak(ofTree: $1)) }
        }

        /// The peak of one process.
        static func peak(of process: Int32) -> UInt64 {
            // A process may end at any moment between these reads: then there is nothing more to learn.
            guard let text = text("/proc/\(process)/status") else { return 0 }
            let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return line.flatMap { UInt64($0.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) }.map { $0 * 1024 }
                ?? 0
        }

        private static func children(of process: Int32) -> [Int32] {
            let threads = ((try? Files.unsortedNames(in: FilePath("/proc/\(process)/task"))) ?? nil) ?? []
            return threads.flatMap { thread in
                let path = "/proc/\(process)/task/\(String(decoding: thread, as: UTF8.self))/children"
                return (text(path) ?? "").split(separator: " ").compactMap { Int32($0) }
            }
        }

        private static func text(_ path: String) -> String? {
            ((try? Files.read(FilePath(path))) ?? nil).map { String(decoding: $0, as: UTF8.self) }
        }
    }
#endif

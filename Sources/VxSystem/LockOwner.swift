import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process that holds a lock, as others are told of it.
package struct LockOwner: Sendable, Equatable {
    package var process: Int32
    /// The machine it runs on; a number is nothing without it on a disk that machines share.
    package var host: String
    /// When it took the lock; `nil` where that is not known.
    package var since: Timestamp?
    /// Which command it is, `vx add` say; empty where that is not known.
    package var command: String

    /// This process, now.
    static var current: LockOwner {
        LockOwner(
            process: getpid(), host: Machine.name, since: Timestamp(seconds: FileTime.now().seconds),
            command: words(CurrentProcess.commandLine))
    }

    /// A process of this machine; what it runs is asked of the system.
    package static func process(_ number: Int32, since: Timestamp?) -> LockOwner {
        // Where there is no /proc, or the process has just gone, its number has to do.
        let line = (try? Files.read(FilePath("/proc/\(number)/cmdline"))).flatMap { $0 } ?? []
        return LockOwner(
            process: number, host: Machine.name, since: since,
            command: words(line.split(separator: 0).map { Array($0) }))
    }

    /// The processes of this machine that the system says have a lock of a file; none where it does not say. Those that share one
    /// write themselves down nowhere else.
    static func holders(of file: FileStat) -> [Int32] {
        // "12: FLOCK  ADVISORY  READ  4711 fe:00:5357863 0 EOF", the device in hexadecimal. Elsewhere there is no such file.
        let text = (try? Files.read(FilePath("/proc/locks"))).flatMap { $0 } ?? []
        let (major, minor) = file.deviceNumbers
        func hex(_ number: UInt64) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }
        let place = "\(hex(major)):\(hex(minor)):\(file.inode)"
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", fields[5] == place, let number = Int32(fields[4]), number > 0
            else { return nil }
            return number
        }
    }

    init(process: Int32, host: String, since: Timestamp?, command: String) {
        self.process = process
        self.host = host
        self.since = since
        self.command = command
    }

    /// What ``text`` wrote; `nil` for anything else, as older versions' bare number.
    init?(_ text: String) {
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 4, let process = Int32(parts[0]), let since = Timestamp(String(parts[2])) else {
            return nil
        }
        self.init(process: process, host: String(parts[1]), since: since, command: String(parts[3]))
    }

    /// What is written into a lock's file: four lines.
    var text: String { "\(process)\n\(host)\n\(since?.text ?? "")\n\(command)" }

    /// Whether it is known to have ended: what a lock's file says may be of one that held it long ago.
    var isGone: Bool { host == Machine.name && !Files.isRunning(process: process) }

    /// For the reason of an error.
    package var sentence: String {
        let what = command.isEmpty ? "process \(process)" : "'\(command)' (process \(process))"
        return
            "\(what)\(host == Machine.name ? "" : " on \(host)") \(since.map { "has held it since \($0.text)" } ?? "holds it")"
    }

    /// The program's name and the words of its command: no paths, no values, nothing that could be a secret.
    private static func words(_ line: [[UInt8]]) -> String {
        guard let program = line.first else { return "" }
        func isWord(_ bytes: some Collection<UInt8>) -> Bool {
            bytes.first != UInt8(ascii: "-") && !bytes.isEmpty
                && bytes.allSatisfy {
                    ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") || $0 == UInt8(ascii: "-")
                }
        }
        let name = program.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
        let rest = line.dropFirst().prefix(2).prefix { isWord($0) }
        return ([name].filter { isWord($0) } + rest).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}

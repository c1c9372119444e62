import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// One call of the system that is to fail.
struct Fault: CustomStringConvertible {
    /// The kinds of calls, in the order of the shim's log.
    static let kinds = [
        "open", "read", "write", "map", "sync", "rename", "unlink", "folder", "link", "length", "close", "status",
        "list",
        "lock", "mode", "thread", "spawn", "pipe",
    ]

    /// What each kind may fail with: numbers of Linux. 0 is a short read or write.
    static let codes: [String: [Int]] = [
        "open": [24, 23, 13, 12, 5, 28, 4], "read": [5, 12, 4, 0], "write": [28, 122, 5, 4, 0], "map": [12, 24],
        "sync": [5, 28], "rename": [5, 13, 28, 30], "unlink": [5, 13, 30], "folder": [28, 13, 30, 122],
        "link": [1, 28, 31, 30], "length": [5, 27, 28], "close": [5, 28], "status": [13, 12, 5], "list": [5, 12, 24],
        "lock": [37, 4, 12], "mode": [1, 5, 30], "thread": [11], "spawn": [11, 12], "pipe": [24, 23],
    ]

    var kind: String
    /// Which call of that kind in a process, from 1.
    var number: Int
    /// The system's number for the error; 0 for a short read or write.
    var code: Int

    var description: String { "call \(number) of '\(kind)' fails with \(code)" }
}

/// The library that makes calls fail, built from `fault_shim.c`.
struct FaultShim {
    let library: FilePath

    /// - Throws: where it cannot be built.
    init(_ scratch: Scratch, _ runner: CommandRunner) throws {
        library = try ShimLibrary.build("Faults/fault_shim.c", scratch, runner)
    }

    /// Variables for a command whose `vx` processes meet `fault`, or with none are only counted.
    func disturb(_ runner: CommandRunner, _ fault: Fault?, log: FilePath) -> CommandRunner {
        runner.setting("LD_PRELOAD", to: library.string).setting("VX_FAULT_PROGRAM", to: "vx")
            .setting("VX_FAULT_KIND", to: fault?.kind ?? "open").setting("VX_FAULT_AT", to: "\(fault?.number ?? 0)")
            .setting("VX_FAULT_ERRNO", to: "\(fault?.code ?? 0)").setting("VX_FAULT_LOG", to: log.string)
    }

    /// What the log of a command says: whether the fault came in any process, and the most calls of each kind in one.
    static func read(_ log: FilePath) throws -> (came: Bool, calls: [String: Int]) {
        var came = false
        var calls: [String: Int] = [:]
        for line in String(decoding: try Files.read(log) ?? [], as: UTF8.self).split(separator: "\n") {
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            came = came || numbers.first == 1
            for (kind, count) in zip(Fault.kinds, numbers.dropFirst()) { calls[kind] = max(calls[kind] ?? 0, count) }
        }
        return (came, calls)
    }
}

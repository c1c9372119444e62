import ArgumentParser
import VxModel
import VxSystem

/// Turns an error into the words and the exit status of the program. The only place where either is decided.
enum ErrorReport {
    /// Prints `error` and says with which status to exit (docs/exit-codes.md).
    static func print(_ error: any Error, asJSON: Bool) -> Int32 {
        switch error {
        case let error as VxError:
            write(error, asJSON: asJSON)
            return error.code.exitStatus
        case let status as ExitStatus:
            return status.value
        default:
            return printParserMessage(error, asJSON: asJSON)
        }
    }

    /// What the argument parser says: help and version go to standard output, complaints to standard error.
    private static func printParserMessage(_ error: any Error, asJSON: Bool) -> Int32 {
        let code = Tool.exitCode(for: error)
        let text = Tool.fullMessage(for: error)
        if code == .success {
            Output.result(text + "\n")
            return 0
        }
        if asJSON {
            write(VxError(.usage, Tool.message(for: error), hint: "'vx help' tells of every command"), asJSON: true)
        } else {
            Output.message(text + "\n")
        }
        return code == .validationFailure ? VxError.Code.usage.exitStatus : VxError.Code.failed.exitStatus
    }

    static func write(_ error: VxError, asJSON: Bool) {
        asJSON ? Output.message(json(error).compact + "\n", as: .json) : Output.message(text(error))
    }

    static func text(_ error: VxError) -> String {
        var lines = ["error: \(error.message)"]
        lines += error.causes.map { "cause: \($0)" }
        if let hint = error.hint { lines.append("hint: \(hint)") }
        return lines.map(indented).joined(separator: "\n") + "\n"
    }

    /// The lines of a text after its first one set in, without empty ones: what a name or another program put there is no
    /// message of ours.
    static func indented(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: "\n  ")
    }

    static func json(_ error: VxError) -> JSONValue {
        [
            "type": "error",
            "code": .string(error.code.rawValue),
            "message": .string(error.message),
            "causes": .array(error.causes.map(JSONValue.string)),
            "hint": error.hint.map(JSONValue.string) ?? .null,
        ]
    }
}

/// Ends the program with a status after everything has been said.
struct ExitStatus: Error {
    let value: Int32

    init(_ code: VxError.Code) {
        value = code.exitStatus
    }
}

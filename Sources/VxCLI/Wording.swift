import VxGit
import VxModel
import VxRemote
import VxWorkspace

/// How results read.
enum Wording {
    /// "1 file", "3 files".
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    static func count(_ number: Int, _ noun: String, bytes: UInt64) -> String {
        "\(count(number, noun)) (\(ByteCount.text(bytes)))"
    }

    /// What of a push was there already, to go behind what was sent.
    static func reused(_ result: Push.Result) -> String {
        result.reused == 0 ? "" : "; \(ByteCount.text(result.reused)) were there from an earlier push"
    }

    static func json(_ file: DataFile) -> JSONValue {
        [
            "path": .string(file.path.description), "oid": .string("sha256:\(file.pointer.id)"),
            "size": .integer(Int64(file.pointer.size)),
        ]
    }

    static func json(_ failure: (file: DataFile, error: VxError)) -> JSONValue {
        ["path": .string(failure.file.path.description), "error": .string(failure.error.description)]
    }

    static func text(_ head: Head) -> String {
        switch head {
        case .unborn(let branch): "On branch \(branch), which has no commit yet"
        case .branch(let name, _): "On branch \(name)"
        case .detached(let commit): "HEAD is at \(commit.short), on no branch"
        }
    }
}

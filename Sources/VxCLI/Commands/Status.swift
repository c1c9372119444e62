import ArgumentParser
import VxGit
import VxModel
import VxWorkspace

struct Status: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what has changed in the data.", discussion: "For code, ask 'git status'."
    )

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let result = try session.workspace().status()
        session.result(json(result), text(result))
    }

    private func json(_ result: StatusResult) -> JSONValue {
        func list(_ entries: [StatusEntry]) -> JSONValue {
            .array(
                entries.map { entry in
                    var members: [String: JSONValue] = [
                        "path": .string(entry.path.description), "state": .string(entry.kind.rawValue),
                        "size": .integer(Int64(entry.size)), "folder": .bool(entry.isFolder),
                    ]
                    if entry.isPointerText { members["pointerText"] = true }
                    if entry.isOtherVersion { members["otherVersion"] = true }
                    if entry.isMergedText { members["mergedText"] = true }
                    return .object(members)
                })
        }
        return [
            "branch": result.head.branch.map(JSONValue.string) ?? .null,
            "commit": result.head.commit.map { .string($0.hex) } ?? .null,
            "staged": list(result.staged), "unstaged": list(result.unstaged), "faulty": list(result.faulty),
            "clean": .bool(result.isClean),
        ]
    }

    private func text(_ result: StatusResult) -> String {
        var lines = [Wording.text(result.head)]
        lines += section("Data to be committed ('git commit'):", result.staged)
        let (unreadable, readable) = result.unstaged.partitioned { $0.kind == .unreadable }
        let (texts, changed) = readable.partitioned {
            $0.isPointerText && $0.kind != .conflict || $0.kind == .notHydrated || $0.kind == .missingContent
        }
        lines += section(
            "Data changed and not staged ('vx add PATH', or 'vx checkout --force PATH' to discard):", changed)
        if let merged = changed.first(where: \.isMergedText)?.path {
            lines.append(
                "  One of them is taken with 'git checkout --ours -- \(typed: merged)' or '--theirs', then 'git add'")
        }
        lines += section("Pointer text where data should be ('vx hydrate'):", texts)
        lines += section("Data that you may not read ('ls -l' shows whose it is):", unreadable)
        let (damaged, faulty) = result.faulty.partitioned { $0.kind == .malformed }
        lines += section("Pointers that are none ('vx check HEAD' says why):", damaged)
        let (unserved, inGit) = faulty.partitioned { $0.kind == .unserved }
        lines += section("Pointers that .gitattributes does not give to vx ('vx add PATH' does):", unserved)
        lines += section("Data that is in git itself ('vx add PATH' makes it a pointer):", inGit)
        if result.isClean { lines.append("Data is clean") }
        return lines.joined(separator: "\n")
    }

    private static let shown = 50

    private func section(_ title: String, _ entries: [StatusEntry]) -> [String] {
        if entries.isEmpty { return [] }
        var lines = ["", title]
        for entry in entries.prefix(Self.shown) {
            let text = entry.isPointerText && [.untracked, .conflict].contains(entry.kind) ? "pointer text of " : ""
            let other = entry.isOtherVersion ? ", not the version in git's index" : ""
            let merged = entry.isMergedText ? ", pointers merged as text" : ""
            let size = entry.isFolder ? "" : "  \(text)\(ByteCount.text(entry.size))\(other)\(merged)"
            lines.append("  \(entry.kind.rawValue.padded(to: 15)) \(entry.path)\(entry.isFolder ? "/" : "")\(size)")
        }
        if entries.count > Self.shown {
            lines.append("  … and \(entries.count - Self.shown) more ('--json' lists all)")
        }
        return lines
    }
}

extension Array {
    /// The elements that satisfy the predicate, and the others, each in order.
    fileprivate func partitioned(_ predicate: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(predicate), filter { !predicate($0) })
    }
}

extension String {
    /// Filled with spaces on the right up to `width` characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}

import VxGit
import VxModel
import VxSystem

/// Which side `-X` takes where both have changed a file. git tells it to its own merges and to no driver
/// (gitattributes(5)), so it is read where git itself has it: on the command line of the git that runs the driver, in what a
/// rebase or a row of picks keeps of its options, and in `branch.<name>.mergeOptions`.
package enum MergePreference: String, Sendable {
    case ours, theirs

    /// - Parameter lines: the command lines of the driver's ancestors, the nearest first.
    /// - Throws: where what git keeps cannot be read.
    package static func ofRunningGit(_ lines: [[String]], _ repository: Repository) throws -> MergePreference? {
        guard let line = lines.first(where: isGit) else { return nil }
        if let given = read(line.dropFirst()) { return given }
        if line.contains("rebase") {
            let kept = try Files.read(repository.gitDirectory.appending("rebase-merge/strategy_opts"), limit: 1 << 16)
            return kept.flatMap { last(in: words($0), after: "--") }
        }
        if line.contains("cherry-pick") || line.contains("revert") {
            let kept = try Files.read(repository.gitDirectory.appending("sequencer/opts"), limit: 1 << 16)
            return kept.flatMap { last(in: words($0), after: "") }
        }
        if let branch = try repository.head().branch,
            let options = try repository.configString("branch.\(branch).mergeOptions")
        {
            return read(words(Array(options.utf8))[...])
        }
        return nil
    }

    private static func isGit(_ line: [String]) -> Bool {
        guard let program = line.first?.split(separator: "/").last else { return false }
        return program == "git" || program.hasPrefix("git-")
    }

    /// What the last of git's `-X` among some arguments says, of those that name a side.
    static func read(_ arguments: ArraySlice<String>) -> MergePreference? {
        var found: MergePreference?
        var isValue = false
        for argument in arguments {
            if isValue {
                found = MergePreference(rawValue: argument) ?? found
                isValue = false
            } else if argument == "--" {
                break
            } else if argument == "-X" || argument == "--strategy-option" {
                isValue = true
            } else if argument.hasPrefix("-X") {
                found = MergePreference(rawValue: String(argument.dropFirst(2))) ?? found
            } else if argument.hasPrefix("--strategy-option=") {
                found = MergePreference(rawValue: String(argument.dropFirst(18))) ?? found
            }
        }
        return found
    }

    private static func words(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split { $0.isWhitespace || $0 == "'" || $0 == "=" }.map(String.init)
    }

    private static func last(in words: [String], after start: String) -> MergePreference? {
        words.compactMap { $0.hasPrefix(start) ? MergePreference(rawValue: String($0.dropFirst(start.count))) : nil }
            .last
    }
}

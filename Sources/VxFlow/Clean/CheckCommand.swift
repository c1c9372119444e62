import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable

import struct SystemPackage.FilePath

/// A command of `vx.yaml` that looks at a file, or makes one.
struct CheckCommand: Sendable {
    /// What stands in the command for a file.
    struct Place: Sendable {
        /// As it is written: `{path}`.
        var name: String
        var file: FilePath
        /// What reports call the file: the copy a command looks at has another name every time.
        var shown: RepoPath
    }

    var text: String
    /// The key in `vx.yaml` it stands under.
    var check: String
    /// What it is called, where it has a name.
    var name: String?
    var timeout: Double
    var places: [Place]

    /// The command for the shell.
    var shellText: ShellText {
        places.reduce(ShellText(text)) { $0.replacing($1.name, with: $1.file) }
    }

    /// Puts the repository's names in the place of the copies'.
    func withoutCopies(_ said: [UInt8]) -> [UInt8] {
        var said = said
        for place in places {
            // A command may print the path with all symlinks resolved.
            for file in [place.file, Files.realPath(place.file)].compactMap(\.self) {
                said = said.replacing(file.byteArray, with: place.shown.bytes)
            }
        }
        for folder in Set(places.map { $0.file.removingLastComponent() }) {
            for folder in [folder, Files.realPath(folder)].compactMap(\.self) {
                said = said.replacing(folder.byteArray, with: Array(".".utf8))
            }
        }
        return said
    }
}

extension CheckCommand {
    /// What the shell says against the text of a command, which it reads without running any of it; `nil` where it takes it.
    ///
    /// - Throws: where the shell cannot be started; `interrupted`.
    static func complaint(about text: String, in root: FilePath, _ cancellation: Cancellation) throws -> String? {
        let shell = Program("/bin/sh", ["-n", "-c", text].map { Array($0.utf8) }, in: root)
        var said: [UInt8] = []
        let ending = try shell.run(
            input: .bytes([]), output: .standardError, error: .given { said += $0.prefix(tail - said.count) },
            cancellation: cancellation)
        try cancellation.check()
        if ending.status == 0 { return nil }
        return lines(said).first ?? "the shell ended with \(ending.status)"
    }

    /// How much of what a command prints is read: it may print without bounds.
    static let tail = 64 << 10

    /// The lines of what a program said that say something, for a report and a terminal: without what would move the cursor or
    /// colour the rest.
    static func lines(_ said: [UInt8]) -> [String] {
        String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { VisibleText.line(String($0)) }.filter { !$0.isEmpty }
    }
}

extension FileChecker {
    /// Where a command's printing goes, beside the file it looks at.
    private static let log = ".vx-output"

    /// Puts a content into a file of its own, under its own name, in a folder that is gone when `body` ends.
    ///
    /// - Parameter judgement: what was found so far: rows that are left out are not in the copy.
    func withCopy<Result>(
        _ path: RepoPath, _ pointer: Pointer, without judgement: Judgement = Judgement(),
        _ body: (FilePath) throws -> Result
    ) throws -> Result {
        try WorkTree.require(path)
        let folder = scratch.appending(Files.temporaryName())
        try Files.createDirectories(folder)
        // To save room only: what stays is removed, or told of, with the whole scratch folder.
        defer { try? Files.removeTree(folder) }
        let file = folder.appending(path.name)
        let output = try OpenFile.creating(file)
        if judgement.dropped.rules.isEmpty {
            try store.reader().stream(pointer.id, size: pointer.size) { try output.write($0) }
        } else {
            var filter = RowFilter(judgement.form ?? .csv, dropping: judgement.dropped.rows)
            var room: [UInt8] = []
            try store.reader().stream(pointer.id, size: pointer.size) { piece in
                try filter.take(piece) { room.append(contentsOf: $0) }
                try room.withUnsafeBytes { try output.write($0) }
                room.removeAll(keepingCapacity: true)
            }
            try filter.finish { room.append(contentsOf: $0) }
            try room.withUnsafeBytes { try output.write($0) }
        }
        try output.close()
        return try body(file)
    }

    /// Runs a command; what the file at `path` failed with, `nil` where it ended with 0.
    ///
    /// - Throws: where it could not run or did not end by itself: that says nothing about the file.
    func perform(_ command: CheckCommand, on path: RepoPath) throws -> Failure? {
        guard let folder = command.places.first?.file.removingLastComponent() else { return nil }
        let log = folder.appending(Self.log)
        let outcome = try ShellCommand.run(
            command.shellText, in: root, output: log, timeout: command.timeout, cancellation: cancellation)
        let prefix = command.name.map { "\($0): " } ?? ""
        if outcome.timedOut {
            return Failure(
                check: Failure.timeout, reason: "\(prefix)the command took more than \(command.timeout) seconds")
        }
        let said = try lastLines(of: log, command)
        let last = said.last.map { ": \($0.prefix(200))" } ?? ""
        switch outcome.status {
        case 0: return nil
        case 126, 127: throw broken(command, path, "ended with \(outcome.status)\(last)")
        // The numbers of signals go up to 64; what ends with 255 has ended by itself.
        case 129...192: throw broken(command, path, "was ended by signal \(outcome.status - 128)\(last)")
        case _ where said.last.map { CommandScripts.cannotWork($0, on: path) } == true:
            throw broken(command, path, "could not do its work\(last)")
        default:
            if let mistake = CommandScripts.mistake(in: said, on: path) {
                throw broken(command, path, "could not do its work: \(mistake.prefix(200))")
            }
            return Failure(check: command.check, reason: "\(prefix)the command ended with \(outcome.status)\(last)")
        }
    }

    private func broken(_ command: CheckCommand, _ path: RepoPath, _ how: String) -> VxError {
        let what = command.name.map { "the transform '\($0)'" } ?? "the check '\(command.check)'"
        return VxError(
            "\(what) could not be made of \(path)", because: "'\(command.text)' \(how)",
            hint: "mend the command in vx.yaml or what it calls, or keep the file from it with 'files:'; "
                + "nothing was changed")
    }

    /// The end of what a command printed.
    private func lastLines(of log: FilePath, _ command: CheckCommand) throws -> [String] {
        guard try Files.status(log)?.kind == .regular else { return [] }
        let file = try OpenFile.reading(log)
        let size = try file.status().size
        var bytes = [UInt8](repeating: 0, count: Int(min(size, UInt64(CheckCommand.tail))))
        let count = try bytes.withUnsafeMutableBytes { try file.read(at: size - UInt64($0.count), into: $0) }
        return CheckCommand.lines(command.withoutCopies(Array(bytes[..<count])))
    }
}

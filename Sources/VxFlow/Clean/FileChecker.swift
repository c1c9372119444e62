import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

import struct SystemPackage.FilePath

/// Holds one file against the declared checks. Used by many threads, each with a file of its own.
struct FileChecker: Sendable {
    /// What a file failed: the key in `vx.yaml`, and the reason.
    struct Failure: Sendable, Equatable {
        var check: String
        var reason: String
    }

    let clean: Configuration.Clean
    let store: Store
    /// Where commands run: the top of the work tree.
    let root: FilePath
    /// A folder for files that commands look at.
    let scratch: FilePath
    let cancellation: Cancellation

    /// The first check the file fails; `nil` where it passes all.
    ///
    /// - Throws: where its bytes cannot be read.
    func failure(_ path: RepoPath, _ pointer: Pointer?) throws -> Failure? {
        let checks = clean.checks.isEmpty ? [Self.standard] : clean.checks
        for check in checks where check.files.matches(path) {
            if let failure = try failure(path, pointer, check) { return failure }
        }
        return nil
    }

    /// What holds where nothing is declared.
    static var standard: CleanCheck {
        var check = CleanCheck()
        check.notEmpty = true
        check.unique = true
        return check
    }

    private func failure(_ path: RepoPath, _ pointer: Pointer?, _ check: CleanCheck) throws -> Failure? {
        let size = pointer?.size ?? 0
        if check.notEmpty, size == 0 { return Failure(check: "not-empty", reason: "it is empty") }
        if let least = check.minSize, size < least {
            return Failure(
                check: "min-size", reason: "it has \(ByteCount.text(size)), less than \(ByteCount.text(least))")
        }
        if let most = check.maxSize, size > most {
            return Failure(
                check: "max-size", reason: "it has \(ByteCount.text(size)), more than \(ByteCount.text(most))")
        }
        guard let pointer else { return nil }
        if let format = check.format, let failure = try failure(pointer, format, check) { return failure }
        if let command = check.run { return try run(command, path, pointer, check.timeout ?? clean.timeout) }
        return nil
    }

    private func failure(_ pointer: Pointer, _ format: CleanCheck.Format, _ check: CleanCheck) throws -> Failure? {
        func whole() throws -> [UInt8] { try store.contents(of: pointer.id, size: pointer.size, limit: 1 << 30) }
        var reason: String?
        switch format {
        case .csv, .tsv, .jsonl: return try table(pointer, format, check)
        case .text:
            let bytes = try whole()
            if bytes.contains(0) || String(validating: bytes, as: UTF8.self) == nil { reason = "it is no UTF-8 text" }
        case .json:
            let bytes = try whole()
            do throws(JSONSyntaxError) {
                _ = try JSONValue.parse(bytes)
            } catch {
                reason = "line \(error.line), column \(error.column): \(error.reason)"
            }
        case .png: reason = ImageCheck.problem(try whole(), .png)
        case .jpeg: reason = ImageCheck.problem(try whole(), .jpeg)
        case .image: reason = ImageCheck.problem(try whole(), .any)
        }
        return reason.map { Failure(check: "format", reason: $0) }
    }

    /// Ends the reading of a table at its first mistake.
    private struct Found: Error { var failure: Failure }

    private func table(_ pointer: Pointer, _ format: CleanCheck.Format, _ check: CleanCheck) throws -> Failure? {
        guard let form = TableForm(rawValue: format.rawValue) else { return nil }
        var columns: [ColumnCheck]?
        func prepare(_ reader: TableReader) throws {
            if columns != nil { return }
            if let expected = check.columns, expected != reader.columns {
                let found = reader.columns.joined(separator: ", ")
                throw Found(
                    failure: Failure(
                        check: "columns", reason: "its columns are \(found), not \(expected.joined(separator: ", "))"))
            }
            var made: [ColumnCheck] = []
            for rule in check.values {
                guard let position = reader.columns.firstIndex(of: rule.name) else {
                    let found = reader.columns.joined(separator: ", ")
                    throw Found(
                        failure: Failure(
                            check: "values", reason: "there is no column '\(rule.name)'; there are \(found)"))
                }
                made.append(try ColumnCheck(rule, at: position))
            }
            columns = made
        }
        func row(_ reader: TableReader, _: UnsafeRawBufferPointer, _ fields: [[UInt8]]) throws {
            try prepare(reader)
            for position in (columns ?? []).indices {
                if let reason = columns?[position].problem(fields, line: reader.line) {
                    throw Found(failure: Failure(check: "values", reason: reason))
                }
            }
            for field in fields where String(validating: field, as: UTF8.self) == nil {
                throw Found(failure: Failure(check: "format", reason: "line \(reader.line): it is no UTF-8 text"))
            }
        }
        do {
            try prepare(try TableStream.read(pointer, form, store, row))
            if let reason = (columns ?? []).compactMap(\.finalProblem).first {
                return Failure(check: "values", reason: reason)
            }
            return nil
        } catch let found as Found {
            return found.failure
        } catch let error as TableError {
            return Failure(check: "format", reason: error.description)
        }
    }

    // MARK: - Commands

    /// Puts a content into a file of its own, under its own name, in a folder that is gone when `body` ends.
    func withCopy<Result>(_ path: RepoPath, _ pointer: Pointer, _ body: (FilePath) throws -> Result) throws -> Result {
        let folder = scratch.appending(Files.temporaryName())
        try Files.createDirectories(folder)
        // To save room only: what stays is removed, or told of, with the whole scratch folder.
        defer { try? Files.removeTree(folder) }
        let file = folder.appending(path.name)
        let output = try OpenFile.creating(file)
        try store.reader().stream(pointer.id, size: pointer.size) { try output.write($0) }
        try output.close()
        return try body(file)
    }

    private func run(_ command: String, _ path: RepoPath, _ pointer: Pointer, _ timeout: Double) throws -> Failure? {
        try withCopy(path, pointer) { file in
            let text = command.replacing("{path}", with: ShellCommand.quoted(file))
            return try perform(text, besides: file, timeout).map { Failure(check: "run", reason: $0) }
        }
    }

    /// Runs a command; what it failed with, `nil` where it ended with 0.
    func perform(_ text: String, besides file: FilePath, _ timeout: Double) throws -> String? {
        let log = file.removingLastComponent().appending(".vx-output")
        let outcome = try ShellCommand.run(
            text, in: root, output: log, timeout: timeout, cancellation: cancellation)
        if outcome.status == 0, !outcome.timedOut { return nil }
        if outcome.timedOut { return "the command took more than \(timeout) seconds" }
        let said = String(decoding: try Files.read(log) ?? [], as: UTF8.self)
        let last = said.split(whereSeparator: \.isNewline).last.map { ": \($0.prefix(200))" } ?? ""
        return outcome.status > 128
            ? "the command was ended by signal \(outcome.status - 128)\(last)"
            : "the command ended with \(outcome.status)\(last)"
    }
}

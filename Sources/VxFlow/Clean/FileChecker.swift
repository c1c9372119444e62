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

        /// The key of what is no verdict for good: the file is looked at again by the next run.
        static let timeout = "timeout"
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
        guard let command = check.run else { return nil }
        return try withCopy(path, pointer) { file in
            try perform(
                CheckCommand(
                    text: command, check: "run", timeout: check.timeout ?? clean.timeout,
                    places: [.init(name: "{path}", file: file, shown: path)]),
                on: path)
        }
    }

    private func failure(_ pointer: Pointer, _ format: CleanCheck.Format, _ check: CleanCheck) throws -> Failure? {
        func whole() throws -> [UInt8] { try store.contents(of: pointer.id, size: pointer.size, limit: 1 << 30) }
        var reason: String?
        switch format {
        case .csv, .tsv, .jsonl: return try table(pointer, format, check)
        case .text:
            reason = Self.textProblem(try whole())
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
        func wrong(_ found: [String], _ expected: [String], _ place: String = "") -> Found {
            let (found, expected) = (found.joined(separator: ", "), expected.joined(separator: ", "))
            let reason = "\(place)its columns are \(found), not \(expected)"
            return Found(failure: Failure(check: "columns", reason: reason))
        }
        func prepare(_ reader: TableReader) throws {
            if columns != nil { return }
            if let reason = Self.headerProblem(reader) {
                throw Found(failure: Failure(check: "format", reason: reason))
            }
            if let expected = check.columns, expected != reader.columns { throw wrong(reader.columns, expected) }
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
            try cancellation.check()
            try prepare(reader)
            // In JSONL a row may bring a member that the first does not have.
            if let expected = check.columns, expected.count < reader.columns.count {
                throw wrong(reader.columns, expected, "line \(reader.line): ")
            }
            for position in (columns ?? []).indices {
                if let reason = try columns?[position].problem(
                    fields, reader.kinds, reader.form, line: reader.line, cancellation)
                {
                    throw Found(failure: Failure(check: "values", reason: reason))
                }
            }
            if let reason = fields.lazy.compactMap(Self.textProblem).first {
                throw Found(failure: Failure(check: "format", reason: "line \(reader.line): \(reason)"))
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

    private static func textProblem(_ bytes: [UInt8]) -> String? {
        bytes.contains(0) || String(validating: bytes, as: UTF8.self) == nil ? "it is no UTF-8 text" : nil
    }

    private static func headerProblem(_ reader: TableReader) -> String? {
        if reader.form == .jsonl { return nil }
        if reader.columns.isEmpty { return "it has no header" }
        if let reason = textProblem(reader.header) { return "the header: \(reason)" }
        // Inside quotes it belongs to a name; a file with the line ends of the 1980s is one header otherwise.
        if reader.header.contains(13), !reader.header.contains(UInt8(ascii: "\"")) {
            return "its lines end with a carriage return alone"
        }
        return nil
    }
}

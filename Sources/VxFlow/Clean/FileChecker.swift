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
    let schemas: CleanSchemas
    let store: Store
    /// Where commands run: the top of the work tree.
    let root: FilePath
    /// A folder for files that commands look at.
    let scratch: FilePath
    let cancellation: Cancellation

    /// What the checks find in one file.
    struct Judgement: Sendable {
        /// The first check it fails that leaves the file out.
        var failure: Failure?
        /// What it fails that is only said.
        var warnings: [CleanReport.Warning] = []
        /// The rows that are left out of it.
        var dropped = RowTally()
        /// How many rows it has, those included.
        var rows = 0
        var form: TableForm?

        /// What the report says of its rows, where any is left out.
        var report: CleanReport.Rows? {
            dropped.rules.isEmpty
                ? nil : CleanReport.Rows(total: rows, kept: rows - dropped.rows.count, dropped: dropped.rules)
        }
    }

    /// Holds a file against the checks, one after another. Checks of tables and commands see only the rows that those before them
    /// have left; a size, and `format: text`, are asked of the whole file.
    ///
    /// - Throws: where its bytes cannot be read.
    func judge(_ path: RepoPath, _ pointer: Pointer?) throws -> Judgement {
        var judgement = Judgement()
        let checks = clean.checks.isEmpty ? [Self.standard] : clean.checks
        for check in checks where check.files.matches(path) {
            guard let failure = try failure(path, pointer, check, &judgement) else { continue }
            if check.onFail == .warn {
                judgement.warnings.append(.init(failure))
            } else {
                judgement.failure = failure
                return judgement
            }
        }
        if let first = judgement.dropped.rules.first, judgement.dropped.rows.count == judgement.rows {
            judgement.failure = Failure(
                check: first.check,
                reason: "no row is left: \(judgement.rows) of \(judgement.rows) fail; \(first.first)")
        }
        return judgement
    }

    /// What holds where nothing is declared.
    static var standard: CleanCheck {
        var check = CleanCheck()
        check.notEmpty = true
        return check
    }

    private func failure(
        _ path: RepoPath, _ pointer: Pointer?, _ check: CleanCheck, _ judgement: inout Judgement
    ) throws -> Failure? {
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
        guard let pointer else {
            let isFailure = check.format.map { !$0.takesEmpty } ?? false
            return isFailure ? Failure(check: "format", reason: "it is empty") : nil
        }
        if let format = check.format, let failure = try failure(path, pointer, format, check, &judgement) {
            return failure
        }
        guard let command = check.run else { return nil }
        return try withCopy(path, pointer, without: judgement) { file in
            try perform(
                CheckCommand(
                    text: command, check: "run", timeout: check.timeout ?? clean.timeout,
                    places: [.init(name: "{path}", file: file, shown: path)]),
                on: path)
        }
    }

    private func failure(
        _ path: RepoPath, _ pointer: Pointer, _ format: CleanCheck.Format, _ check: CleanCheck,
        _ judgement: inout Judgement
    ) throws -> Failure? {
        var reason: String?
        switch format {
        case .csv, .tsv, .jsonl:
            guard let form = TableForm(rawValue: format.rawValue) else { return nil }
            return try table(pointer, form, check, &judgement)
        case .text: reason = try textProblem(pointer)
        case .json:
            reason = try jsonProblem(pointer)
            if reason == nil, let schema = schemas[check] {
                let value = try JSONValue.parse(store.contents(of: pointer.id, size: pointer.size, limit: 1 << 30))
                return schema.problem(value).map { Failure(check: "json-schema", reason: $0.detail) }
            }
        case .png: return try image(path, pointer, .png, check, &judgement)
        case .jpeg: return try image(path, pointer, .jpeg, check, &judgement)
        case .image: return try image(path, pointer, .any, check, &judgement)
        }
        return reason.map { Failure(check: "format", reason: $0) }
    }

    /// Ends the reading of a file at its first mistake.
    struct Found: Error { var failure: Failure }

    private func textProblem(_ pointer: Pointer) throws -> String? {
        var check = UTF8Check()
        let failure = Failure(check: "format", reason: "it is no UTF-8 text")
        do {
            try store.reader().stream(pointer.id, size: pointer.size) { piece in
                try cancellation.check()
                for byte in piece where byte == 0 || !check.take(byte) { throw Found(failure: failure) }
            }
        } catch let found as Found {
            return found.failure.reason
        }
        return check.isWhole ? nil : failure.reason
    }

    private func jsonProblem(_ pointer: Pointer) throws -> String? {
        var scanner = JSONScanner()
        do {
            try store.reader().stream(pointer.id, size: pointer.size) { piece in
                try cancellation.check()
                try scanner.take(piece)
            }
            try scanner.finish()
            return nil
        } catch let error as JSONSyntaxError {
            return "line \(error.line), column \(error.column): \(error.reason)"
        }
    }

    private func image(
        _ path: RepoPath, _ pointer: Pointer, _ format: ImageCheck.CleanFormat, _ check: CleanCheck,
        _ judgement: inout Judgement
    ) throws -> Failure? {
        var image = ImageCheck(format)
        try store.reader().stream(pointer.id, size: pointer.size) { piece in
            try cancellation.check()
            image.take(piece)
        }
        if let problem = image.finish() { return Failure(check: "format", reason: problem) }
        let name = String(decoding: path.name.bytes, as: UTF8.self)
        if let kind = image.kind, let promised = FileKind.promised(by: name), promised != kind {
            let reason = "it is \(FileKind.withArticle(kind)) with the name of \(FileKind.withArticle(promised))"
            judgement.warnings.append(.init(Failure(check: "format", reason: reason)))
        }
        guard let trailing = image.trailing.description, check.trailing != .allow else { return nil }
        let failure = Failure(check: "trailing-bytes", reason: trailing)
        if check.trailing == .refuse { return failure }
        judgement.warnings.append(.init(failure))
        return nil
    }
}

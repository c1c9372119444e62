import VxGit
import VxModel

/// What `vx clean` did, as it is committed beside the data (docs/formats/clean-report.md).
package struct CleanReport: Sendable, Equatable {
    /// The format's name and version.
    package static let format = "vx-clean/1"

    /// A file that did not become clean.
    package struct LeftOut: Sendable, Equatable {
        package var path: RepoPath
        package var id: ContentID
        /// The check it failed, by its key in `vx.yaml`.
        package var check: String
        package var reason: String
    }

    /// A file that a transform made, or one whose rows were not all taken.
    package struct Made: Sendable, Equatable {
        package var path: RepoPath
        package var id: ContentID
        package var from: RepoPath
        package var fromID: ContentID
        /// ``CleanReport/dropRows`` where there was no transform.
        package var transform: String
        package var command: String
        /// What of its rows is left out, where any is.
        package var rows: Rows?

        /// Whether it is a file of the source without some of its rows.
        package var isReduced: Bool { transform == CleanReport.dropRows && rows != nil }
    }

    /// What a file without some of its rows is made by.
    static let dropRows = "drop-rows"

    /// The rows of a file: `total` are `kept` and those that were dropped.
    package struct Rows: Sendable, Equatable {
        /// Rows that failed one rule.
        package struct Dropped: Sendable, Equatable {
            package var check: String
            package var rule: String
            package var count: Int
            /// The lines of the first of them.
            package var lines: [Int]
            /// What is wrong with the first.
            package var first: String
        }

        package var total: Int
        package var kept: Int
        /// Each row stands under the first rule that it fails.
        package var dropped: [Dropped]
    }

    /// What a file fails and is clean all the same.
    package struct Warned: Sendable, Equatable {
        package var path: RepoPath
        package var id: ContentID
        package var warning: Warning
    }

    /// What is said of a file that is clean.
    package struct Warning: Sendable, Equatable {
        package var check: String
        package var reason: String
        /// How many of its rows are meant.
        package var rows: Int?
    }

    /// The branch the data came from.
    package var branch: String
    /// Its commit.
    package var source: GitObjectID
    /// The SHA-256 of what was declared: another one means that other files may be clean.
    package var declaration: ContentID
    /// Files looked at in the source.
    package var files: Int
    /// Files taken over as they are.
    package var taken: Int
    /// How many of these have the content of another one, by path.
    package var equal = 0
    package var leftOut: [LeftOut]
    package var made: [Made]
    package var warnings: [Warned] = []

    /// The files without some of their rows.
    package var reduced: [Made] { made.filter { $0.rows != nil } }

    /// The report as JSON: one text for each report.
    package var jsonValue: JSONValue {
        [
            "format": .string(Self.format),
            "source": ["branch": .string(branch), "commit": .string(source.hex)],
            "declaration": .string("sha256:\(declaration)"),
            "counts": [
                "files": .integer(Int64(files)), "taken": .integer(Int64(taken)),
                "equal": .integer(Int64(equal)),
                "leftOut": .integer(Int64(leftOut.count)), "made": .integer(Int64(made.count)),
                "warned": .integer(Int64(Set(warnings.map(\.path)).count)),
                "rows": [
                    "files": .integer(Int64(reduced.count)), "in": sum(\.total), "kept": sum(\.kept),
                    "dropped": .integer(
                        Int64(reduced.compactMap(\.rows).flatMap(\.dropped).reduce(0) { $0 + $1.count })),
                ],
            ],
            "leftOut": .array(
                leftOut.sorted { $0.path < $1.path }.map {
                    [
                        "path": .string($0.path.description), "oid": .string("sha256:\($0.id)"),
                        "check": .string($0.check), "reason": .string($0.reason),
                    ]
                }),
            "made": .array(made.sorted { $0.path < $1.path }.map(\.jsonValue)),
            "warnings": .array(
                warnings.sorted { ($0.path, $0.warning.check) < ($1.path, $1.warning.check) }.map(\.jsonValue)),
        ]
    }

    private func sum(_ count: KeyPath<Rows, Int>) -> JSONValue {
        .integer(Int64(reduced.compactMap(\.rows).reduce(0) { $0 + $1[keyPath: count] }))
    }

    /// The report a tree has; `nil` where it has none.
    ///
    /// - Throws: `corrupt` where there is one that cannot be read.
    package static func read(in tree: GitObjectID, _ repository: Repository) throws -> CleanReport? {
        guard let entry = try repository.entry(at: FlowFiles.clean, inTree: tree), entry.mode.isFile,
            let bytes = try repository.blob(entry.id, limit: 1 << 30)
        else { return nil }
        return try decode(bytes)
    }

    /// - Throws: `corrupt` where the bytes are no report of this version.
    package static func decode(_ bytes: [UInt8]) throws(VxError) -> CleanReport {
        func damaged(_ why: String) -> VxError {
            VxError(.corrupt, "\(FlowFiles.clean) cannot be read", because: why, hint: "'vx clean' writes it anew")
        }
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes)
        } catch {
            throw damaged("line \(error.line), column \(error.column): \(error.reason)")
        }
        func oid(_ value: JSONValue?) -> ContentID? {
            value?.stringValue.flatMap { $0.hasPrefix("sha256:") ? ContentID(hex: String($0.dropFirst(7))) : nil }
        }
        func sound(_ value: JSONValue?) throws(VxError) -> RepoPath? {
            guard let text = value?.stringValue else { return nil }
            let path = RepoPath(printed: text)
            if let fault = path.fault() { throw damaged("it names the path \(path.printable): \(fault.reason)") }
            return path
        }
        func count(_ name: String) -> Int {
            if case .integer(let number)? = value["counts"]?[name] { Int(number) } else { 0 }
        }
        guard value["format"]?.stringValue == format else { throw damaged("its format is not \(format)") }
        guard let branch = value["source"]?["branch"]?.stringValue,
            let source = value["source"]?["commit"]?.stringValue.flatMap({ GitObjectID(hex: $0) }),
            let declaration = oid(value["declaration"]), case .array(let leftOut)? = value["leftOut"],
            case .array(let made)? = value["made"]
        else { throw damaged("a member is missing") }
        var report = CleanReport(
            branch: branch, source: source, declaration: declaration, files: count("files"), taken: count("taken"),
            equal: count("equal"), leftOut: [], made: [])
        for item in leftOut {
            guard let path = try sound(item["path"]), let id = oid(item["oid"]),
                let check = item["check"]?.stringValue, let reason = item["reason"]?.stringValue
            else { throw damaged("an entry of leftOut is not complete") }
            report.leftOut.append(.init(path: path, id: id, check: check, reason: reason))
        }
        for item in made {
            guard let path = try sound(item["path"]), let id = oid(item["oid"]), let from = try sound(item["from"]),
                let fromID = oid(item["fromOid"]), let transform = item["transform"]?.stringValue,
                let command = item["command"]?.stringValue
            else { throw damaged("an entry of made is not complete") }
            let rows = try item["rows"].map { value throws(VxError) in
                guard let rows = Rows(value) else { throw damaged("the rows of an entry of made are not complete") }
                return rows
            }
            report.made.append(
                .init(
                    path: path, id: id, from: from, fromID: fromID, transform: transform, command: command, rows: rows))
        }
        // A report of an earlier vx has none.
        if case .array(let warnings)? = value["warnings"] {
            for item in warnings {
                guard let path = try sound(item["path"]), let id = oid(item["oid"]), let warning = Warning(item) else {
                    throw damaged("an entry of warnings is not complete")
                }
                report.warnings.append(.init(path: path, id: id, warning: warning))
            }
        }
        return report
    }
}

extension RepoPath {
    /// Reads a path as `description` prints it.
    package init(printed text: String) {
        // By bytes: a mark that combines with the quotation mark before it would make another character of both.
        let (printed, quote) = (Array(text.utf8), UInt8(ascii: "\""))
        guard printed.count >= 2, printed.first == quote, printed.last == quote else {
            self.init(text)
            return
        }
        var bytes: [UInt8] = []
        var rest = printed.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "0")...UInt8(ascii: "3") where rest.count >= 2:
                let digits = [next] + [rest.removeFirst(), rest.removeFirst()]
                bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 &- UInt8(ascii: "0")) })
            default: bytes.append(next)
            }
        }
        self.init(bytes: bytes)
    }
}

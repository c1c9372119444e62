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

    /// A file that a transform made.
    package struct Made: Sendable, Equatable {
        package var path: RepoPath
        package var id: ContentID
        package var from: RepoPath
        package var fromID: ContentID
        package var transform: String
        package var command: String
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
            ],
            "leftOut": .array(
                leftOut.sorted { $0.path < $1.path }.map {
                    [
                        "path": .string($0.path.description), "oid": .string("sha256:\($0.id)"),
                        "check": .string($0.check), "reason": .string($0.reason),
                    ]
                }),
            "made": .array(
                made.sorted { $0.path < $1.path }.map {
                    [
                        "path": .string($0.path.description), "oid": .string("sha256:\($0.id)"),
                        "from": .string($0.from.description), "fromOid": .string("sha256:\($0.fromID)"),
                        "transform": .string($0.transform), "command": .string($0.command),
                    ]
                }),
        ]
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
            report.made.append(
                .init(
                    path: path, id: id, from: from, fromID: fromID, transform: transform, command: command))
        }
        return report
    }
}

extension RepoPath {
    /// Reads a path as `description` prints it.
    package init(printed text: String) {
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count >= 2 else {
            self.init(text)
            return
        }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8.dropFirst().dropLast())[...]
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

import VxModel

/// Reads one object of a manifest or record, strictly; every complaint names the file and the field.
struct RecordReader {
    let file: String
    /// The way to the object, such as `data[3]`; empty for the top.
    let place: String
    let members: [String: JSONValue]

    /// Reads a whole file and checks that it is of the format expected.
    static func top(_ bytes: [UInt8], file: String, format: String) throws(VxError) -> RecordReader {
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes)
        } catch {
            throw VxError(
                .corrupt, "\(file):\(error.line):\(error.column): this is not valid JSON", because: error.reason,
                hint: "restore the file from git: it is written once and never edited")
        }
        guard case .object(let members) = value else {
            throw VxError(.corrupt, "\(file) is not a \(format) file", because: "its top level is \(value.kind)")
        }
        let reader = RecordReader(file: file, place: "", members: members)
        let found = try reader.string("format")
        guard found == format else {
            let isNewer = found.hasPrefix(String(format.prefix { $0 != "/" }) + "/")
            throw VxError(
                isNewer ? .failed : .corrupt, "\(file) is in format '\(found)'", because: "this vx reads '\(format)'",
                hint: isNewer ? "install a newer vx" : nil)
        }
        return reader
    }

    /// Refuses fields the format does not have: dropping one unread would lose what somebody recorded.
    func requireOnly(_ known: Set<String>) throws(VxError) {
        let unknown = members.keys.filter { !known.contains($0) }.sorted()
        if let first = unknown.first { throw failure(first, "is not a field of this format") }
    }

    func value(_ field: String) throws(VxError) -> JSONValue {
        guard let value = members[field] else { throw failure(field, "is missing") }
        return value
    }

    func string(_ field: String) throws(VxError) -> String {
        guard case .string(let text) = try value(field) else { throw wrongKind(field, "a string") }
        return text
    }

    /// A string or null. The field itself must be there unless `mayBeAbsent`.
    func optionalString(_ field: String, mayBeAbsent: Bool = false) throws(VxError) -> String? {
        if mayBeAbsent, members[field] == nil { return nil }
        if !mayBeAbsent, try value(field) == .null { return nil }
        return try string(field)
    }

    /// A whole number that is not negative.
    func count(_ field: String) throws(VxError) -> UInt64 {
        guard case .integer(let number) = try value(field), number >= 0 else {
            throw wrongKind(field, "a whole number that is not negative")
        }
        return UInt64(number)
    }

    func optionalCount(_ field: String) throws(VxError) -> UInt64? {
        try value(field) == .null ? nil : try count(field)
    }

    func objectMembers(_ field: String) throws(VxError) -> [String: JSONValue] {
        guard case .object(let members) = try value(field) else { throw wrongKind(field, "an object") }
        return members
    }

    func object(_ field: String) throws(VxError) -> RecordReader {
        RecordReader(file: file, place: name(of: field), members: try objectMembers(field))
    }

    func optionalObject(_ field: String) throws(VxError) -> RecordReader? {
        try value(field) == .null ? nil : try object(field)
    }

    /// A list of files, sorted by path, none twice.
    func entries(_ field: String) throws(VxError) -> [FileEntry] {
        guard case .array(let elements) = try value(field) else { throw wrongKind(field, "a list") }
        var entries: [FileEntry] = []
        entries.reserveCapacity(elements.count)
        for (position, element) in elements.enumerated() {
            let place = "\(name(of: field))[\(position)]"
            guard case .object(let members) = element else {
                throw VxError(.corrupt, "\(file): '\(place)' is \(element.kind), expected an object")
            }
            let entry = try FileEntry(RecordReader(file: file, place: place, members: members))
            if let last = entries.last, !(last.path < entry.path) {
                throw VxError(.corrupt, "\(file): '\(place)' is out of order", because: "files are sorted by path")
            }
            entries.append(entry)
        }
        return entries
    }

    /// A path, from its text or, where that is not UTF-8, from the field with its bytes.
    func path(_ field: String) throws(VxError) -> RepoPath {
        let text = try string(field)
        guard let hex = try optionalString(field + "Hex", mayBeAbsent: true) else {
            return try sound(RepoPath(text), field)
        }
        guard let bytes = Hex.decode(Array(hex.utf8)), String(validating: bytes, as: UTF8.self) == nil,
            RepoPath(bytes: bytes).description == text
        else {
            throw failure(field + "Hex", "is not the bytes of '\(field)', or '\(field)' needs none")
        }
        return try sound(RepoPath(bytes: bytes), field + "Hex")
    }

    /// A record may come from anybody, and what it names is opened and removed by `vx reproduce`.
    private func sound(_ path: RepoPath, _ field: String) throws(VxError) -> RepoPath {
        if let fault = path.fault() { throw failure(field, "is not a path of a repository: \(fault.reason)") }
        return path
    }

    func contentID(_ field: String) throws(VxError) -> ContentID {
        let prefix = "sha256:"
        let text = try string(field)
        guard text.hasPrefix(prefix), let id = ContentID(hex: String(text.dropFirst(prefix.count))) else {
            throw failure(field, "is not 'sha256:' and 64 lower-case hex digits")
        }
        return id
    }

    func commit(_ field: String) throws(VxError) -> GitObjectID {
        guard let id = GitObjectID(hex: try string(field)) else {
            throw failure(field, "is not 40 lower-case hex digits")
        }
        return id
    }

    func timestamp(_ field: String) throws(VxError) -> Timestamp {
        guard let time = Timestamp(try string(field)) else {
            throw failure(field, "is not a time such as 2025-03-01T09:30:00Z")
        }
        return time
    }

    func snapshotName(_ field: String) throws(VxError) -> SnapshotName {
        let text = try string(field)
        do {
            return try SnapshotName(text)
        } catch {
            throw failure(field, "is not a snapshot's name: \(error.causes.first ?? error.message)")
        }
    }

    func failure(_ field: String, _ reason: String) -> VxError {
        VxError(.corrupt, "\(file): '\(name(of: field))' \(reason)")
    }

    private func wrongKind(_ field: String, _ expected: String) -> VxError {
        failure(field, "is \(members[field]?.kind ?? "missing"), expected \(expected)")
    }

    private func name(of field: String) -> String {
        place.isEmpty ? field : "\(place).\(field)"
    }
}

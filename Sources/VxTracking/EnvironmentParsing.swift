import VxModel

/// Finds the facts in what systems and Python say about themselves. No I/O, so every shape can be tested anywhere.
enum EnvironmentParsing {
    /// `PRETTY_NAME` of `/etc/os-release`, which is written as a shell would read it.
    static func prettyName(osRelease text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("PRETTY_NAME=") {
            let name = unquoted(line.dropFirst("PRETTY_NAME=".count))
            return name.isEmpty ? nil : name
        }
        return nil
    }

    /// Name and version from macOS's `sw_vers`.
    static func prettyName(swVers text: String) -> String? {
        let fields = fields(text)
        guard let name = fields["ProductName"] else { return nil }
        return [name, fields["ProductVersion"]].compactMap(\.self).joined(separator: " ")
    }

    /// The processor's model in `/proc/cpuinfo`: x86 calls it `model name`, ARM and POWER have names of their own.
    static func processorModel(cpuinfo text: String) -> String? {
        let fields = fields(text)
        return ["model name", "Model", "cpu model", "cpu", "Hardware"].lazy.compactMap { fields[$0] }.first
    }

    /// The first value of each `name : value` line; later processors repeat the first one's.
    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = trimmed(line[..<colon])
            let value = trimmed(line[line.index(after: colon)...])
            if !value.isEmpty, fields[name] == nil { fields[name] = value }
        }
        return fields
    }

    private static func unquoted(_ text: Substring) -> String {
        let text = trimmed(text)
        guard let quote = text.first, quote == "\"" || quote == "'", text.count >= 2, text.last == quote else {
            return text
        }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", quote == "\"", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(
            start.prefix(upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex))
    }

    /// What vx asks Python, as one program for `python -c`.
    ///
    /// The working folder leaves the search path first: a `json.py` or `email.py` of the user's must not run here.
    /// Of two installed versions of a package, Python imports the first one found, so that one counts.
    static let pythonProgram = """
        import sys
        sys.path = [entry for entry in sys.path if entry not in ("", ".")]
        import json, platform
        try:
            from importlib import metadata
        except ImportError:
            metadata = None
        packages = {}
        for distribution in metadata.distributions() if metadata else []:
            try:
                name, version = distribution.metadata["Name"], distribution.version
            except Exception:
                continue
            if name and version:
                packages.setdefault(str(name), str(version))
        print(json.dumps({
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable or "",
            "packages": packages,
        }))
        """

    /// The interpreter's answer: the last line, because start-up files of the user's may print before it.
    static func python(answer: String) throws(VxError) -> RuntimeEnvironment.Python {
        guard let line = answer.split(whereSeparator: \.isNewline).last(where: { !$0.allSatisfy(\.isWhitespace) })
        else {
            throw VxError("Python said nothing about itself")
        }
        let value: JSONValue
        do {
            value = try JSONValue.parse(Array(line.utf8))
        } catch {
            throw VxError("Python's answer about itself is not JSON", because: error.reason)
        }
        guard case .object(let members) = value else { throw VxError("Python's answer about itself is \(value.kind)") }
        return try RuntimeEnvironment.Python(RecordReader(file: "Python's answer", place: "", members: members))
    }
}

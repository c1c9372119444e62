import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// One profile of `~/.aws/credentials` and `~/.aws/config`, the former first.
struct AWSProfile: Sendable, Equatable {
    let name: String
    let settings: [String: String]

    subscript(key: String) -> String? { settings[key] }

    /// Reads the profile from both files; `nil` where neither has it.
    ///
    /// - Throws: where a file is there and cannot be read.
    static func read(
        _ name: String, credentials: FilePath?, configuration: FilePath?
    ) throws(VxError) -> AWSProfile? {
        var found: [String: String]?
        if let path = configuration, let bytes = try Files.read(path, limit: 1 << 20) {
            let sections = sections(bytes)
            found = sections["profile \(name)"] ?? (name == "default" ? sections["default"] : nil)
        }
        if let path = credentials, let bytes = try Files.read(path, limit: 1 << 20),
            let section = sections(bytes)[name]
        {
            found = (found ?? [:]).merging(section) { _, fromCredentials in fromCredentials }
        }
        return found.map { AWSProfile(name: name, settings: $0) }
    }

    /// The sections of an INI file. Lines that are indented belong to a nested setting above them and are passed over.
    static func sections(_ bytes: [UInt8]) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let first = line.first, first != "#", first != ";", !first.isWhitespace else { continue }
            if first == "[" {
                guard let end = line.firstIndex(of: "]") else { continue }
                let name = line[line.index(after: line.startIndex)..<end].split(whereSeparator: \.isWhitespace)
                    .joined(separator: " ").filter { $0 != "\"" && $0 != "'" }
                current = name
                sections[name, default: [:]] = sections[name] ?? [:]
            } else if let current, let equals = line.firstIndex(of: "=") {
                let key = trimmed(line[..<equals]).lowercased()
                var value = trimmed(line[line.index(after: equals)...])
                // A comment within a line begins with white space and the sign.
                for sign in [" #", "\t#", " ;", "\t;"] {
                    if let comment = value.firstRange(of: sign) { value = trimmed(value[..<comment.lowerBound]) }
                }
                sections[current]?[key] = value
            }
        }
        return sections
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

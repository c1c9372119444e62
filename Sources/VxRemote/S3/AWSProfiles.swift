import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// One profile of `~/.aws/credentials` and `~/.aws/config`, the former first.
struct AWSProfile: Sendable, Equatable {
    let name: String
    let settings: [String: String]
    /// Where S3 is, by the section of services that it names.
    var serviceEndpoint: String?

    /// Where S3 is, as the profile says it.
    var endpoint: String? { serviceEndpoint ?? settings["endpoint_url"] }

    subscript(key: String) -> String? { settings[key] }

    /// Reads the profile from both files; `nil` where neither has it.
    ///
    /// - Throws: where a file is there and cannot be read.
    static func read(
        _ name: String, credentials: FilePath?, configuration: FilePath?
    ) throws(VxError) -> AWSProfile? {
        var found: [String: String]?
        var services: [String: [String: String]] = [:]
        if let path = configuration, let bytes = try Files.read(path, limit: 1 << 20) {
            let sections = sections(bytes)
            services = sections
            found = sections["profile \(name)"] ?? (name == "default" ? sections["default"] : nil)
        }
        if let path = credentials, let bytes = try Files.read(path, limit: 1 << 20),
            let section = sections(bytes)[name]
        {
            found = (found ?? [:]).merging(section) { _, fromCredentials in fromCredentials }
        }
        return found.map { settings in
            let endpoint = settings["services"].flatMap { services["services \($0)"]?["s3.endpoint_url"] }
            return AWSProfile(name: name, settings: settings, serviceEndpoint: endpoint)
        }
    }

    /// The sections of an INI file. Lines that are indented belong to a nested setting above them: `s3.endpoint_url`, say.
    static func sections(_ bytes: [UInt8]) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        var above = ""
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let isNested = line.first?.isWhitespace == true
            guard let first = trimmed(line).first, first != "#", first != ";", !isNested || !above.isEmpty else {
                continue
            }
            if first == "[", !isNested {
                guard let end = line.firstIndex(of: "]") else { continue }
                let name = line[line.index(after: line.startIndex)..<end].split(whereSeparator: \.isWhitespace)
                    .joined(separator: " ").filter { $0 != "\"" && $0 != "'" }
                current = name
                sections[name, default: [:]] = sections[name] ?? [:]
                above = ""
            } else if let current, let equals = line.firstIndex(of: "=") {
                let own = trimmed(line[..<equals]).lowercased()
                let key = isNested ? "\(above).\(own)" : own
                if !isNested { above = own }
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

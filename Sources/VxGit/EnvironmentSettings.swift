import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Settings of git that the environment has (git-config(1), "ENVIRONMENT"), of which libgit2 reads nothing: `git -c`,
/// `GIT_CONFIG_COUNT`, and other files in place of the user's and the machine's.
package struct EnvironmentSettings: Sendable, Equatable {
    /// `GIT_CONFIG_GLOBAL`: in place of `~/.gitconfig` and its like.
    let globalFile: FilePath?
    /// `GIT_CONFIG_SYSTEM`: in place of `/etc/gitconfig`.
    let systemFile: FilePath?
    /// `GIT_CONFIG_NOSYSTEM`
    let hasNoSystem: Bool
    /// In git's order: the last of a name holds. An include among them is one to libgit2, too.
    private(set) var settings: [GitSetting] = []
    /// What all of this was read from, for a git that is started to see the same.
    let variables: [String: String]
    /// Where files may stand for a moment.
    let temporaryFolder: TemporaryFolder

    /// Whether the files that git reads are others than the usual ones.
    var replacesFiles: Bool { globalFile != nil || systemFile != nil || hasNoSystem }

    /// - Throws: `usage` where git would not understand it either.
    package init(_ environment: [String: String] = [:]) throws(VxError) {
        variables = environment.filter { $0.key.hasPrefix("GIT_CONFIG") }
        temporaryFolder = TemporaryFolder(environment)
        globalFile = environment["GIT_CONFIG_GLOBAL"].map { FilePath($0) }
        systemFile = environment["GIT_CONFIG_SYSTEM"].map { FilePath($0) }
        hasNoSystem =
            try environment["GIT_CONFIG_NOSYSTEM"].map { text throws(VxError) in
                try Self.bool(text, of: "GIT_CONFIG_NOSYSTEM")
            } ?? false
        if let text = environment["GIT_CONFIG_COUNT"], !text.isEmpty {
            // As C's strtoul reads it.
            guard let count = Int(text.drop { $0.isWhitespace }), (0...65_536).contains(count) else {
                throw VxError(.usage, "the variable GIT_CONFIG_COUNT is '\(text)', which is no number")
            }
            for number in 0..<count {
                guard let key = environment["GIT_CONFIG_KEY_\(number)"],
                    let value = environment["GIT_CONFIG_VALUE_\(number)"]
                else {
                    throw VxError(
                        .usage, "GIT_CONFIG_COUNT is \(count), and GIT_CONFIG_KEY_\(number) or its VALUE is not there")
                }
                settings.append(try GitSetting(key, value))
            }
        }
        if let text = environment["GIT_CONFIG_PARAMETERS"] { try addParameters(text) }
    }

    /// None.
    package static var none: EnvironmentSettings { EnvironmentSettings(nothing: ()) }

    private init(nothing: Void) {
        (globalFile, systemFile, hasNoSystem) = (nil, nil, false)
        (variables, temporaryFolder) = ([:], TemporaryFolder([:]))
    }

    /// As git reads booleans.
    ///
    /// - Throws: `usage` where it is none.
    private static func bool(_ text: String, of name: String) throws(VxError) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "", "false", "no", "off": return false
        case let text:
            guard let number = Int(text) else {
                throw VxError(.usage, "\(name) is '\(text)', which is neither yes nor no")
            }
            return number != 0
        }
    }

    /// What `git -c` hands on: `'key'='value'`, `'key'=`, or as a git before 2.31 wrote it, `'key=value'`.
    private mutating func addParameters(_ text: String) throws(VxError) {
        let bytes = Array(text.utf8)
        var position = 0
        let (quote, equals) = (UInt8(ascii: "'"), UInt8(ascii: "="))
        func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        let malformed = VxError(.usage, "the variable GIT_CONFIG_PARAMETERS is not as git writes it: \(text)")
        /// The text between quotation marks; one in it is written `'\''`.
        func quoted() throws(VxError) -> [UInt8] {
            guard position < bytes.count, bytes[position] == quote else { throw malformed }
            position += 1
            var result: [UInt8] = []
            while position < bytes.count {
                if bytes[position] != quote {
                    result.append(bytes[position])
                    position += 1
                } else if position + 3 < bytes.count, bytes[position + 1] == UInt8(ascii: "\\"),
                    bytes[position + 3] == quote
                {
                    result.append(bytes[position + 2])
                    position += 4
                } else {
                    position += 1
                    return result
                }
            }
            throw malformed
        }
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: " ") {
                position += 1
                continue
            }
            let name = try quoted()
            if position < bytes.count, bytes[position] == equals {
                position += 1
                let hasValue = position < bytes.count && bytes[position] == quote
                let value = hasValue ? string(try quoted()[...]) : nil
                settings.append(try GitSetting(string(name[...]), value))
            } else {
                let end = name.firstIndex(of: equals)
                settings.append(
                    try GitSetting(string(name[..<(end ?? name.count)]), end.map { string(name[($0 + 1)...]) }))
            }
        }
    }
}

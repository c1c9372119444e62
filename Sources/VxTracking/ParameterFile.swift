import SystemPackage
import VxConfig
import VxModel
import VxSystem

/// A file of parameters or metrics as the user's code wrote it: JSON or YAML with an object at the top.
package struct ParameterFile: Sendable, Equatable {
    /// Where the file is in the repository.
    package let path: RepoPath
    /// What it says.
    package let values: [String: JSONValue]

    /// A file's path and values.
    package init(path: RepoPath, values: [String: JSONValue]) {
        self.path = path
        self.values = values
    }

    /// Reads the file below `top`; `nil` where there is none.
    package static func read(_ path: RepoPath, below top: FilePath) throws(VxError) -> ParameterFile? {
        // Never through a symlink: what it leads to is not the repository's, and would go out with the record.
        guard try Files.isDirectory(top), let bytes = try WorkTree(top).read(path, limit: maximumBytes) else {
            return nil
        }
        return try parse(bytes, path: path)
    }

    /// Parameters and metrics are read as a whole; more than this is data.
    static let maximumBytes = 16 << 20

    /// Reads the file's bytes; the name's ending decides the format.
    package static func parse(_ bytes: [UInt8], path: RepoPath) throws(VxError) -> ParameterFile {
        let name = path.description
        let value: JSONValue
        switch path.fileExtension {
        case "json": value = try json(bytes, name: name)
        case "yaml", "yml":
            guard let node = try YAMLNode.parse(bytes, name: name) else {
                throw VxError("\(name) is empty", hint: "write at least one 'name: value' line to it")
            }
            value = try node.jsonValue(name: name)
        default:
            throw VxError(
                .usage, "\(name) cannot be read", because: "parameters and metrics are .json, .yaml or .yml files",
                hint: "write them as JSON, from Python with json.dump")
        }
        guard case .object(let values) = value else {
            throw VxError(
                "\(name) does not hold named values", because: "its top level is \(value.kind), not an object",
                hint: "write {\"name\": value, …}")
        }
        return ParameterFile(path: path, values: values)
    }

    /// Python writes `NaN` and `Infinity` into JSON, so both are read here, although JSON does not have them.
    private static func json(_ bytes: [UInt8], name: String) throws(VxError) -> JSONValue {
        do {
            return try JSONValue.parse(bytes, allowsNonFinite: true)
        } catch {
            throw VxError(
                "\(name):\(error.line):\(error.column): this is not valid JSON", because: error.reason,
                hint: "check it with: python3 -m json.tool \(name)")
        }
    }
}

extension RepoPath {
    /// What follows the last dot of the name, in lower case; empty where there is no dot.
    var fileExtension: String {
        let name = name.bytes
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
    }
}

extension JSONValue {
    /// What kind of value this is, in the words of an error message.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .large, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

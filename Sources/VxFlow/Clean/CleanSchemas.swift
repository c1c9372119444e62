import VxConfig
import VxGit
import VxModel
import VxSystem
import VxWorkspace

/// The JSON Schemas that the checks name, read once.
struct CleanSchemas: Sendable {
    private var schemas: [RepoPath: JSONSchema] = [:]
    /// Their paths and bytes: another schema makes the declaration another one.
    private(set) var text: [UInt8] = []
    /// Larger ones are data.
    private static let longest = 16 << 20

    /// - Parameter commit: the commit whose `vx.yaml` names them; `nil` for the work tree.
    /// - Throws: where one is not there, or cannot be read as a schema.
    init(_ clean: Configuration.Clean, of commit: GitObjectID?, _ workspace: Workspace) throws {
        for path in Set(clean.checks.compactMap(\.jsonSchema)).sorted() {
            guard let bytes = try Self.bytes(path, commit, workspace) else {
                throw VxError(
                    "there is no JSON Schema '\(path)'\(commit.map { " in \($0.short)" } ?? "")",
                    because: "'json-schema' of vx.yaml names it",
                    hint: commit == nil ? "write it, or put the path right in vx.yaml" : "commit it beside vx.yaml")
            }
            schemas[path] = try Self.read(bytes, path)
            text += path.bytes + [0] + bytes + [0]
        }
    }

    subscript(_ check: CleanCheck) -> JSONSchema? { check.jsonSchema.flatMap { schemas[$0] } }

    private static func bytes(_ path: RepoPath, _ commit: GitObjectID?, _ workspace: Workspace) throws -> [UInt8]? {
        guard let commit else { return try workspace.files.read(path, limit: longest) }
        let repository = workspace.repository
        guard let entry = try repository.entry(at: path, inTree: repository.tree(ofCommit: commit)), entry.mode.isFile
        else { return nil }
        return try repository.blob(entry.id, limit: longest)
    }

    private static func read(_ bytes: [UInt8], _ path: RepoPath) throws(VxError) -> JSONSchema {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue.parse(bytes)
        } catch {
            throw VxError(
                "\(path):\(error.line):\(error.column): this is not valid JSON", because: error.reason,
                hint: "check it with: python3 -m json.tool \(path)")
        }
        do throws(JSONSchema.Malformed) {
            return try JSONSchema(value)
        } catch {
            throw VxError(
                "\(path): vx cannot hold values against this schema", because: "#\(error.place): \(error.reason)",
                hint: "mend it, or let another program ask: 'run: check-jsonschema --schemafile \(path) {path}'")
        }
    }
}

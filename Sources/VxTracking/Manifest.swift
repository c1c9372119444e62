import VxModel

/// Everything a snapshot is made of, committed with it (docs/formats/manifest.md).
package struct Manifest: Sendable, Equatable {
    /// The format's name and version.
    package static let format = "vx-manifest/1"

    /// The snapshot's name, which is its tag.
    package let name: SnapshotName
    /// When the snapshot was made.
    package let created: Timestamp
    /// The branch it was made on.
    package let branch: String
    /// The commit that has the code: the snapshot commit's parent.
    package let commit: GitObjectID
    /// Every data file, by path.
    package let data: [FileEntry]
    /// The model's files, by path.
    package let model: [FileEntry]
    /// The parameters and the file they came from.
    package let parameters: ParameterFile?
    /// The metrics and the file they came from.
    package let metrics: ParameterFile?
    /// The command that makes the model, run by a shell.
    package let command: String?
    /// Where the model was made.
    package let environment: RuntimeEnvironment
    /// The version of vx that wrote the manifest.
    package let vxVersion: String

    /// A manifest by its parts; files are put in the format's order.
    package init(
        name: SnapshotName, created: Timestamp, branch: String, commit: GitObjectID, data: [FileEntry],
        model: [FileEntry], parameters: ParameterFile?, metrics: ParameterFile?, command: String?,
        environment: RuntimeEnvironment, vxVersion: String
    ) {
        self.name = name
        self.created = created
        self.branch = branch
        self.commit = commit
        self.data = FileEntry.sorted(data)
        self.model = FileEntry.sorted(model)
        self.parameters = parameters
        self.metrics = metrics
        self.command = command
        self.environment = environment
        self.vxVersion = vxVersion
    }
}

extension Manifest {
    /// The manifest as JSON.
    package var jsonValue: JSONValue {
        [
            "format": .string(Self.format), "name": .string(name.text), "created": .string(created.text),
            "branch": .string(branch), "commit": .string(commit.hex), "data": .array(data.map(\.jsonValue)),
            "model": .array(model.map(\.jsonValue)), "params": parameters?.jsonValue ?? .null,
            "metrics": metrics?.jsonValue ?? .null, "command": .optional(command),
            "environment": environment.jsonValue, "vx": .string(vxVersion),
        ]
    }

    /// The file's bytes: the same manifest always has the same.
    package var encoded: [UInt8] { Array(jsonValue.canonical.utf8) }

    /// Reads a manifest, strictly.
    ///
    /// - Parameter file: the file's name, for errors.
    package static func decode(_ bytes: [UInt8], file: String) throws(VxError) -> Manifest {
        let reader = try RecordReader.top(bytes, file: file, format: format)
        try reader.requireOnly([
            "format", "name", "created", "branch", "commit", "data", "model", "params", "metrics", "command",
            "environment", "vx",
        ])
        return Manifest(
            name: try reader.snapshotName("name"), created: try reader.timestamp("created"),
            branch: try reader.string("branch"), commit: try reader.commit("commit"),
            data: try reader.entries("data"), model: try reader.entries("model"),
            parameters: try reader.optionalObject("params").map { part throws(VxError) in try ParameterFile(part) },
            metrics: try reader.optionalObject("metrics").map { part throws(VxError) in try ParameterFile(part) },
            command: try reader.optionalString("command"),
            environment: try RuntimeEnvironment(try reader.object("environment")), vxVersion: try reader.string("vx"))
    }
}

extension ParameterFile {
    var jsonValue: JSONValue {
        .object(path.members("path").merging(["values": .object(values)]) { own, _ in own })
    }

    init(_ reader: RecordReader) throws(VxError) {
        try reader.requireOnly(["path", "pathHex", "values"])
        self.init(path: try reader.path("path"), values: try reader.objectMembers("values"))
    }
}

import VxModel

/// One snapshot as the main branch remembers it: a small file of its own, so that records never conflict
/// (docs/formats/run-record.md).
package struct RunRecord: Sendable, Equatable {
    /// The format's name and version.
    package static let format = "vx-run/1"

    /// The snapshot's name.
    package let name: SnapshotName
    /// The tag, without `refs/tags/`.
    package let tag: String
    /// The branch the snapshot is on.
    package let branch: String
    /// The snapshot commit.
    package let commit: GitObjectID
    /// The manifest's path in that commit. It is made from the name, so it is always UTF-8.
    package let manifest: RepoPath
    /// The parameters.
    package let parameters: [String: JSONValue]
    /// The metrics.
    package let metrics: [String: JSONValue]
    /// The model's files, by path.
    package let model: [FileEntry]
    /// The data in a few numbers.
    package let data: DataSummary
    /// The machine in a few words.
    package let environment: RuntimeEnvironment.Summary
    /// When the snapshot was made.
    package let created: Timestamp
    /// Who made it, as git writes a person: `Name <mail>`.
    package let author: String
    /// The snapshot before this one on the branch.
    package let previous: SnapshotName?

    /// A record by its parts; files are put in the format's order.
    package init(
        name: SnapshotName, tag: String, branch: String, commit: GitObjectID, manifest: RepoPath,
        parameters: [String: JSONValue], metrics: [String: JSONValue], model: [FileEntry], data: DataSummary,
        environment: RuntimeEnvironment.Summary, created: Timestamp, author: String, previous: SnapshotName?
    ) {
        self.name = name
        self.tag = tag
        self.branch = branch
        self.commit = commit
        self.manifest = manifest
        self.parameters = parameters
        self.metrics = metrics
        self.model = FileEntry.sorted(model)
        self.data = data
        self.environment = environment
        self.created = created
        self.author = author
        self.previous = previous
    }

    /// Bytes of all the model's files together.
    package var modelBytes: UInt64 {
        model.sum(ofSizes: \.size)
    }
}

extension RunRecord {
    /// The record as JSON.
    package var jsonValue: JSONValue {
        [
            "format": .string(Self.format), "name": .string(name.text), "tag": .string(tag),
            "branch": .string(branch), "commit": .string(commit.hex), "manifest": .string(manifest.description),
            "parameters": .object(parameters), "metrics": .object(metrics), "model": .array(model.map(\.jsonValue)),
            "data": data.jsonValue, "environment": environment.jsonValue, "created": .string(created.text),
            "author": .string(author), "previous": .optional(previous?.text),
        ]
    }

    /// The file's bytes: the same record always has the same.
    package var encoded: [UInt8] { Array(jsonValue.canonical.utf8) }

    /// Reads a record, strictly.
    ///
    /// - Parameter file: the file's name, for errors.
    package static func decode(_ bytes: [UInt8], file: String) throws(VxError) -> RunRecord {
        let reader = try RecordReader.top(bytes, file: file, format: format)
        try reader.requireOnly([
            "format", "name", "tag", "branch", "commit", "manifest", "parameters", "metrics", "model", "data",
            "environment", "created", "author", "previous",
        ])
        let hasPrevious = try reader.optionalString("previous") != nil
        return RunRecord(
            name: try reader.snapshotName("name"), tag: try reader.string("tag"),
            branch: try reader.string("branch"), commit: try reader.commit("commit"),
            manifest: RepoPath(try reader.string("manifest")), parameters: try reader.objectMembers("parameters"),
            metrics: try reader.objectMembers("metrics"), model: try reader.entries("model"),
            data: try DataSummary(try reader.object("data")),
            environment: try RuntimeEnvironment.Summary(try reader.object("environment")),
            created: try reader.timestamp("created"), author: try reader.string("author"),
            previous: hasPrevious ? try reader.snapshotName("previous") : nil)
    }
}

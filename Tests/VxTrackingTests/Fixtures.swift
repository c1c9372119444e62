import VxModel

@testable import VxTracking

/// Values the suites share.
enum Fixture {
    static let id1 = ContentID(bytes: [UInt8](repeating: 0x11, count: 32))
    static let id2 = ContentID(bytes: [UInt8](repeating: 0x22, count: 32))
    static let commit = GitObjectID(bytes: [UInt8](repeating: 0xab, count: 20))
    static let created = Timestamp(seconds: 1_740_821_400)

    static let environment = RuntimeEnvironment(
        os: "Debian GNU/Linux 12 (bookworm)", kernel: "Linux 6.1.0", architecture: "x86_64", cpu: "AMD EPYC", cores: 2,
        memoryBytes: 8_589_934_592,
        python: .init(
            version: "3.12.1", implementation: "CPython", executable: "/usr/bin/python3", packages: ["numpy": "2.1.0"]))

    static func manifest() throws(VxError) -> Manifest {
        Manifest(
            name: try SnapshotName("penguins/v1"), created: created, branch: "stable/penguins", commit: commit,
            data: [
                FileEntry(path: "data/train/b.csv", id: id2, size: 20),
                FileEntry(path: "data/train/a.csv", id: id1, size: 10),
                FileEntry(path: RepoPath(bytes: Array("data/train/".utf8) + [0xff]), id: id1, size: 10),
            ],
            model: [FileEntry(path: "model.json", id: id2, size: 2048)],
            parameters: ParameterFile(path: "params.yaml", values: ["lr": 0.001, "layers": [8, 8]]),
            metrics: ParameterFile(path: "metrics.json", values: ["accuracy": 0.97, "test": ["n": 40]]),
            command: "python3 train.py", environment: environment, vxVersion: "0.1.0")
    }

    static func record(
        _ name: String = "penguins/v1", metrics: [String: JSONValue] = ["accuracy": 0.97], seconds: Int64 = 0,
        branch: String = "stable/penguins", previous: String? = nil
    ) throws(VxError) -> RunRecord {
        let manifest = try manifest()
        var before: SnapshotName?
        if let previous { before = try SnapshotName(previous) }
        return RunRecord(
            name: try SnapshotName(name), tag: name, branch: branch, commit: commit, manifest: "snapshots/m.json",
            parameters: ["lr": 0.001], metrics: metrics, model: manifest.model,
            data: DataSummary(of: manifest.data) { _ in id1 }, environment: environment.summary,
            created: Timestamp(seconds: created.seconds + seconds), author: "Ada <ada@example.org>", previous: before)
    }
}

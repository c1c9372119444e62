import Testing
import VxModel

@testable import VxTracking

@Suite struct RecordTests {
    @Test func manifestsReadBackByteForByte() throws {
        let manifest = try Fixture.manifest()
        let decoded = try Manifest.decode(manifest.encoded, file: "m.json")
        #expect(decoded == manifest)
        #expect(decoded.encoded == manifest.encoded)
        #expect(decoded.data.map(\.path) == manifest.data.map(\.path).sorted())
    }

    @Test func theManifestHasItsPublishedForm() throws {
        let text = try Fixture.manifest().jsonValue.canonical
        #expect(text == Golden.manifest)
    }

    @Test func theRecordHasItsPublishedForm() throws {
        let record = try Fixture.record(previous: "penguins/v0")
        #expect(record.jsonValue.canonical == Golden.record)
        #expect(try RunRecord.decode(Array(Golden.record.utf8), file: "r.json") == record)
    }

    @Test func whatIsAbsentIsNull() throws {
        let manifest = Manifest(
            name: try SnapshotName("v1"), created: Fixture.created, branch: "stable/x", commit: Fixture.commit,
            data: [],
            model: [], parameters: nil, metrics: nil, command: nil,
            environment: RuntimeEnvironment(
                os: nil, kernel: "Linux 6", architecture: "x86_64", cpu: nil, cores: 1, memoryBytes: nil, python: nil),
            vxVersion: "0.1.0")
        #expect(try Manifest.decode(manifest.encoded, file: "m.json") == manifest)
        #expect(manifest.jsonValue["params"] == .null)
    }

    @Test(arguments: [
        ("\"commit\": \"abab", "\"commit\": \"xbab", "m.json: 'commit' is not 40 lower-case hex digits"),
        (
            "\"size\": 20", "\"size\": -1",
            "m.json: 'data[1].size' is a number, expected a whole number that is not negative"
        ),
        (
            "\"size\": 20", "\"size\": \"20\"",
            "m.json: 'data[1].size' is a string, expected a whole number that is not negative"
        ),
        ("sha256:1111", "sha1:1111", "m.json: 'data[0].oid' is not 'sha256:' and 64 lower-case hex digits"),
        ("train/a.csv", "train/c.csv", "m.json: 'data[1]' is out of order"),
        ("train/a.csv", "train/b.csv", "m.json: 'data[1]' is out of order"),
        ("2025-03-01T", "2025-03-01 ", "m.json: 'created' is not a time such as 2025-03-01T09:30:00Z"),
        ("\"cores\": 2", "\"kores\": 2", "m.json: 'environment.kores' is not a field of this format"),
        ("\"vx\": ", "\"vy\": ", "m.json: 'vy' is not a field of this format"),
        (
            "\"numpy\": \"2.1.0\"", "\"numpy\": 2",
            "m.json: 'environment.python.packages.numpy' is a number, expected a string"
        ),
        ("penguins/v1\"", "penguins..v1\"", "m.json: 'name' is not a snapshot's name: '..' is a range in git"),
        ("2fff\"", "2ffe\"", "m.json: 'data[2].pathHex' is not the bytes of 'path', or 'path' needs none"),
        ("vx-manifest/1", "vx-manifest/2", "m.json is in format 'vx-manifest/2'"),
        ("vx-manifest/1", "other/1", "m.json is in format 'other/1'"),
        ("\"branch\": ", "\"branch\" ", "m.json:2:12: this is not valid JSON"),
    ])
    func damageNamesFileAndField(old: String, new: String, message: String) {
        let text = Golden.manifest.replacing(old, with: new, maxReplacements: 1)
        let error = #expect(throws: VxError.self) { try Manifest.decode(Array(text.utf8), file: "m.json") }
        #expect(error?.message == message)
    }

    @Test func aNewerFormatAsksForANewerVx() {
        let text = Golden.record.replacing("vx-run/1", with: "vx-run/2")
        let error = #expect(throws: VxError.self) { try RunRecord.decode(Array(text.utf8), file: "r.json") }
        #expect(error?.code == .failed)
        #expect(error?.hint == "install a newer vx")
    }

    @Test func theDataListingIsCanonical() {
        let entries = [
            FileEntry(path: "b", id: Fixture.id2, size: 2), FileEntry(path: "a", id: Fixture.id1, size: 1),
        ]
        let expected = "a\u{0}sha256:\(Fixture.id1.hex)\nb\u{0}sha256:\(Fixture.id2.hex)\n"
        #expect(DataSummary.listing(of: entries) == Array(expected.utf8))
        let summary = DataSummary(of: entries) { _ in Fixture.id2 }
        #expect(summary == DataSummary(files: 2, bytes: 3, id: Fixture.id2))
    }
}

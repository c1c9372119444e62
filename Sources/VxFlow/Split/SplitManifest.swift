import VxConfig
import VxGit
import VxModel

/// How the data was divided, and the proof, as it is committed beside the sides (docs/formats/split-manifest.md).
package struct SplitManifest: Sendable, Equatable {
    /// The format's name and version.
    package static let format = "vx-split/1"
    /// How rows are compared and times ordered now. A manifest without a number was made before there were several ways.
    package static let revision = 2

    /// What one side holds.
    package struct Side: Sendable, Equatable {
        package var examples = 0
        package var files = 0
        /// Examples of each stratum.
        package var strata: [String: Int] = [:]
    }

    /// A source that was divided by row.
    package struct Source: Sendable, Hashable {
        package var path: RepoPath
        package var id: ContentID
    }

    package var rule: JSONValue
    package var branch: String
    package var commit: GitObjectID
    package var cuts: [String]?
    package var sides: [String: Side] = [:]
    /// For rows: the files that were divided.
    package var sources: [Source] = []
    /// `nil` for a division by file, which was never made another way.
    package var revision: Int?
    package var contents = 0
    package var groups: Int?
    /// What of the sides was found on two of them.
    package var overlap = Assigner.Overlap()
    /// New examples that equal one on the test side, by where they are; the first hundred.
    package var equalToTest: [String] = []
    package var equalToTestCount = 0
    /// Examples that would leak on either side, by where they are.
    package var leftOut: [String] = []
    /// Pairs on different sides that are nearly the same; the first hundred.
    package var nearDuplicates: [String] = []
    package var nearDuplicateCount = 0
    /// Images that were not compared, and why; the first hundred.
    package var notCompared: [String] = []
    package var notComparedCount = 0
    /// Whether near-duplicates were looked for.
    package var lookedForNear = false

    mutating func addNearDuplicate(_ pair: @autoclosure () -> String) {
        nearDuplicateCount += 1
        if nearDuplicates.count < 100 { nearDuplicates.append(pair()) }
    }

    mutating func addNotCompared(_ image: @autoclosure () -> String) {
        notComparedCount += 1
        if notCompared.count < 100 { notCompared.append(image()) }
    }

    /// What is fixed about a division, as JSON.
    package static func rule(_ split: Configuration.Split) -> JSONValue {
        func text(_ label: Configuration.Split.Label?) -> JSONValue {
            switch label {
            case nil: .null
            case .column(let name)?: ["column": .string(name)]
            case .path(let pattern)?: ["path": .string(pattern)]
            }
        }
        let key: JSONValue =
            switch split.key {
            case .path: "path"
            case .content: "content"
            case .column(let name): ["column": .string(name)]
            }
        return [
            "by": .string(split.by.rawValue), "seed": .string(split.seed), "key": key, "group": text(split.group),
            "stratify": text(split.stratify), "time": split.time.map(JSONValue.string) ?? .null,
            "ratios": .array(split.ratios.map { ["side": .string($0.side), "ratio": .number($0.ratio)] }),
        ]
    }

    package var jsonValue: JSONValue {
        var members: [String: JSONValue] = [
            "format": .string(Self.format), "rule": rule,
            "source": ["branch": .string(branch), "commit": .string(commit.hex)],
            "cuts": cuts.map { .array($0.map(JSONValue.string)) } ?? .null,
            "sides": .object(
                sides.mapValues { side in
                    [
                        "examples": .integer(Int64(side.examples)), "files": .integer(Int64(side.files)),
                        "strata": .object(side.strata.mapValues { .integer(Int64($0)) }),
                    ]
                }),
            "sources": .array(
                sources.sorted { ($0.path, $0.id.hex) < ($1.path, $1.id.hex) }.map {
                    ["path": .string($0.path.description), "oid": .string("sha256:\($0.id)")]
                }),
            "proof": [
                "contents": .integer(Int64(contents)), "contentsOnTwoSides": .integer(Int64(overlap.contents.count)),
                "groups": groups.map { .integer(Int64($0)) } ?? .null,
                "groupsOnTwoSides": groups == nil ? .null : .integer(Int64(overlap.groups.count)),
            ],
            "equalToTest": .array(equalToTest.map(JSONValue.string)),
            "equalToTestCount": .integer(Int64(equalToTestCount)),
            "leftOut": .array(leftOut.map(JSONValue.string)),
            "nearDuplicates": lookedForNear ? .array(nearDuplicates.map(JSONValue.string)) : .null,
            "nearDuplicateCount": lookedForNear ? .integer(Int64(nearDuplicateCount)) : .null,
            "notCompared": lookedForNear ? .array(notCompared.map(JSONValue.string)) : .null,
            "notComparedCount": lookedForNear ? .integer(Int64(notComparedCount)) : .null,
        ]
        if let revision { members["revision"] = .integer(Int64(revision)) }
        return .object(members)
    }

    /// Sides without an example although there are examples.
    package var emptySides: [String] {
        if sides.values.allSatisfy({ $0.examples == 0 }) { return [] }
        return sides.filter { $0.value.examples == 0 }.keys.sorted()
    }

    /// What the next division needs of the one before.
    struct Previous {
        var rule: JSONValue
        var commit: GitObjectID?
        var cuts: [String]?
        var sources: Set<Source>
        var revision: Int
    }

    /// The division before; `nil` where there is none.
    ///
    /// - Throws: `corrupt` where there is one that cannot be read.
    static func previous(in tree: GitObjectID, _ repository: Repository) throws -> Previous? {
        guard let entry = try repository.entry(at: FlowFiles.split, inTree: tree), entry.mode.isFile,
            let bytes = try repository.blob(entry.id, limit: 1 << 30)
        else { return nil }
        return try previous(decoding: bytes)
    }

    /// The division a manifest tells of.
    ///
    /// - Throws: `corrupt` where it cannot be read.
    static func previous(decoding bytes: [UInt8]) throws -> Previous {
        guard let value = try? JSONValue.parse(bytes), value["format"]?.stringValue == format, let rule = value["rule"],
            case .array(let listed)? = value["sources"]
        else {
            throw VxError(
                .corrupt, "\(FlowFiles.split) cannot be read", because: "it is no \(format)",
                hint: "put a good one back with 'git checkout COMMIT -- \(FlowFiles.split)'")
        }
        var cuts: [String]?
        if case .array(let values)? = value["cuts"] { cuts = values.compactMap(\.stringValue) }
        let sources = try listed.compactMap { item throws(VxError) -> Source? in
            guard let path = item["path"]?.stringValue, let oid = item["oid"]?.stringValue,
                let id = ContentID(hex: String(oid.dropFirst(7)))
            else { return nil }
            let named = RepoPath(printed: path)
            if let fault = named.fault() { throw fault.error(named, in: "\(FlowFiles.split)") }
            return Source(path: named, id: id)
        }
        let commit = value["source"]?["commit"]?.stringValue.flatMap { GitObjectID(hex: $0) }
        var revision: Int64 = 1
        if case .integer(let number)? = value["revision"] { revision = number }
        return Previous(rule: rule, commit: commit, cuts: cuts, sources: Set(sources), revision: Int(revision))
    }
}

import VxConfig
import VxGit
import VxModel

/// How the data was divided, and the proof, as it is committed beside the sides (docs/formats/split-manifest.md).
package struct SplitManifest: Sendable, Equatable {
    /// The format's name and version.
    package static let format = "vx-split/1"
    /// How rows are compared and times ordered now. A manifest without a number was made before there were several ways.
    package static let revision = 3

    /// What one side holds.
    package struct Side: Sendable, Equatable {
        package var examples = 0
        package var files = 0
        /// Its folder in the commit; `nil` where it has no file.
        package var tree: GitObjectID?
        /// Examples of each stratum.
        package var strata: [String: Int] = [:]
    }

    /// A source that was divided by row.
    package struct Source: Sendable, Hashable {
        package var path: RepoPath
        package var id: ContentID
    }

    /// What became of the rows of a source as it is now: all that are neither repeated nor left out are on the sides.
    package struct Division: Sendable, Equatable {
        package var id: ContentID
        package var rows = 0
        /// Not written: their content is there already, and `duplicates: once` holds.
        package var repeated = 0
        /// Not written: they would be on two sides.
        package var leftOut = 0
    }

    /// A file of a side that was written anew, or taken away, as its source was corrected.
    package struct Replaced: Sendable, Equatable {
        package var path: RepoPath
        package var was: ContentID
        /// `nil` where the file is gone.
        package var id: ContentID?
    }

    /// What was given, and what became of it: `given` is `onSides - remaining + repeated + leftOut`.
    package struct Counts: Sendable, Equatable {
        /// Files or rows of clean.
        package var given = 0
        /// Files or rows on the sides.
        package var onSides = 0
        /// How many of these have the content of another one.
        package var equal = 0
        /// How many of these clean does not have any more.
        package var remaining = 0
        /// Not written, as their content is there already and `duplicates: once` holds.
        package var repeated = 0
        /// Not written, as they would be on two sides.
        package var leftOut = 0
        /// Taken from the sides by this division, as clean does not have them any more.
        package var removed = 0

        /// By how much the sums do not add up: somebody changed the sides by hand.
        package var unaccounted: Int { given - repeated - leftOut - (onSides - remaining) }

        var jsonValue: JSONValue {
            [
                "given": .integer(Int64(given)), "onSides": .integer(Int64(onSides)), "equal": .integer(Int64(equal)),
                "remaining": .integer(Int64(remaining)), "repeated": .integer(Int64(repeated)),
                "leftOut": .integer(Int64(leftOut)), "removed": .integer(Int64(removed)),
            ]
        }
    }

    package var rule: JSONValue
    package var branch: String
    package var commit: GitObjectID
    /// The folder of the sides; `nil` in no manifest of today.
    package var into: RepoPath?
    package var cuts: [String]?
    package var sides: [String: Side] = [:]
    /// For rows: the files that were divided, in every version.
    package var sources: [Source] = []
    /// For rows: what became of each file as it is now.
    package var divided: [RepoPath: Division] = [:]
    /// For each source, the rows or files that are on the sides, and not in clean any more; by side.
    package var remaining: [RepoPath: [String: Int]] = [:]
    package var replaced: [Replaced] = []
    package var counts = Counts()
    /// Contents that are on two sides as their keys or groups are.
    package var equalAcross: Set<ContentID> = []
    /// Examples whose content is on another side too, as their keys or groups are.
    package var equalAcrossCount = 0
    /// What is to be known of this division, in sentences.
    package var warnings: [String] = []
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
    /// What is nearly the same on different sides.
    package var near = NearFindings()
    /// For a stratified division: what decides the places of examples that are gone, by the side they were on.
    package var withdrawn: [String: [UInt64]] = [:]

    /// Keeps where withdrawn examples were.
    mutating func note(_ withdrawn: Withdrawn) {
        self.withdrawn = withdrawn.byName
        if let warning = withdrawn.warning { warnings.append(warning) }
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
        var rule: [String: JSONValue] = [
            "by": .string(split.by.rawValue), "seed": .string(split.seed), "key": key, "group": text(split.group),
            "stratify": text(split.stratify), "time": split.time.map(JSONValue.string) ?? .null,
            "ratios": .array(split.ratios.map { ["side": .string($0.side), "ratio": .number($0.ratio)] }),
        ]
        // What is as it always was is not written: the rule of an older manifest is the same.
        if split.duplicates != .keep { rule["duplicates"] = .string(split.duplicates.rawValue) }
        if !split.normalise.isEmpty {
            rule["normalise"] = .array(split.normalise.map(\.rawValue).sorted().map(JSONValue.string))
        }
        if !split.companions.isEmpty { rule["companions"] = .array(split.companions.map { .string($0.text) }) }
        return .object(rule)
    }

    /// Whether a rule can take another's place: what it changes moves no example, unless the sides themselves say so.
    static func follows(_ new: JSONValue, _ old: JSONValue) -> Bool {
        guard case .object(var new) = new, case .object(var old) = old else { return new == old }
        for name in ["duplicates", "normalise", "companions"] { (new[name], old[name]) = (nil, nil) }
        if old["key"] == "content" { (new["key"], old["key"]) = (nil, nil) }
        return new == old
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
                        "tree": side.tree.map { .string($0.hex) } ?? .null,
                        "strata": .object(side.strata.mapValues { .integer(Int64($0)) }),
                    ]
                }),
            "counts": counts.jsonValue,
            "equalAcross": .array(equalAcross.map(\.hex).sorted().map { .string("sha256:\($0)") }),
            "remaining": .array(
                remaining.sorted { $0.key < $1.key }.map {
                    [
                        "path": .string($0.key.description),
                        "sides": .object($0.value.mapValues { .integer(Int64($0)) }),
                    ]
                }),
            "replaced": .array(
                replaced.sorted { $0.path < $1.path }.map {
                    [
                        "path": .string($0.path.description), "was": .string("sha256:\($0.was)"),
                        "oid": $0.id.map { .string("sha256:\($0)") } ?? .null,
                    ]
                }),
            "warnings": .array(warnings.map(JSONValue.string)),
            "sources": .array(
                sources.sorted { ($0.path, $0.id.hex) < ($1.path, $1.id.hex) }.map { source in
                    var members: [String: JSONValue] = [
                        "path": .string(source.path.description), "oid": .string("sha256:\(source.id)"),
                    ]
                    if let division = divided[source.path], division.id == source.id {
                        members["rows"] = .integer(Int64(division.rows))
                        members["repeated"] = .integer(Int64(division.repeated))
                        members["leftOut"] = .integer(Int64(division.leftOut))
                    }
                    return .object(members)
                }),
            "proof": [
                "contents": .integer(Int64(contents)), "contentsOnTwoSides": .integer(Int64(overlap.contents.count)),
                "groups": groups.map { .integer(Int64($0)) } ?? .null,
                "groupsOnTwoSides": groups == nil ? .null : .integer(Int64(overlap.groups.count)),
                "keysOnTwoSides": .integer(Int64(overlap.keys)),
            ],
            "equalAcrossCount": .integer(Int64(equalAcrossCount)),
            "equalToTest": .array(equalToTest.map(JSONValue.string)),
            "equalToTestCount": .integer(Int64(equalToTestCount)),
            "leftOut": .array(leftOut.map(JSONValue.string)),
        ]
        if !withdrawn.isEmpty {
            members["withdrawn"] = .object(
                withdrawn.mapValues { .array($0.map { .string(Self.hex($0)) }) })
        }
        if let into { members["into"] = .string(into.description) }
        if let revision { members["revision"] = .integer(Int64(revision)) }
        return .object(members.merging(near.members) { _, new in new })
    }

    /// Sixteen digits: JSON's numbers have no room for 64 bits everywhere.
    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Whether the examples are rows.
    package var isByRow: Bool { rule["by"] == "row" }

    /// Sides without an example although there are examples.
    var emptySides: [String] {
        if sides.values.allSatisfy({ $0.examples == 0 }) { return [] }
        return sides.filter { $0.value.examples == 0 }.keys.sorted()
    }

    /// Takes note of the folders of the sides as they are to be.
    mutating func noteTrees(_ tree: GitObjectID, _ folder: RepoPath, _ repository: Repository) throws {
        for name in sides.keys {
            sides[name]?.tree = try repository.entry(at: folder.appending(name), inTree: tree)?.id
        }
    }
}

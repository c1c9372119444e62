import VxModel

/// The keys `vx.yaml` knows, by where they stand. The parser reads by this table, and a test holds docs/vx.schema.json to it.
package enum ConfigurationKeys {
    static let top = ["version", "roles", "policy", "clean", "split", "drift", "tracking", "snapshot", "remotes"]
    static let roles = Role.allCases.map(\.rawValue)
    static let tracking = ["branch", "path"]
    static let snapshot = ["command", "params", "metrics", "model"]
    static let policy = ["blob-limit", "rules", "stable-outputs"]
    static let rules = PolicyRule.allCases.map(\.rawValue)
    static let clean = ["from", "into", "files", "timeout", "checks", "transforms"]
    static let check = [
        "files", "not-empty", "min-size", "max-size", "unique", "format", "trailing-bytes", "columns", "values",
        "json-schema", "run",
        "timeout", "on-fail",
    ]
    static let column = ["dtype", "ge", "le", "isin", "str_matches", "nullable", "null-share", "unique"]
    static let transform = ["name", "files", "run", "output"]
    static let split = [
        "from", "into", "files", "by", "ratios", "seed", "key", "group", "stratify", "time", "near-duplicates",
        "near-word-order", "duplicates", "normalise", "companions",
    ]
    static let label = ["column", "path"]
    static let key = ["column"]
    static let drift = ["reference", "files", "columns", "ignore", "level", "limits"]
    static let driftReference = ["tag", "paths"]
    static let driftLimits = DriftMeasure.allCases.map(\.rawValue)

    /// Every table with the place of its `properties` in the schema.
    package static let all: [(place: [String], keys: [String])] = [
        ([], top), (["roles"], roles), (["policy"], policy), (["policy", "rules"], rules), (["clean"], clean),
        (["clean", "checks", "[]"], check), (["clean", "checks", "[]", "values", "{}"], column),
        (["clean", "transforms", "[]"], transform), (["split"], split), (["split", "group"], label),
        (["split", "stratify"], label), (["drift"], drift), (["drift", "reference"], driftReference),
        (["drift", "limits"], driftLimits), (["tracking"], tracking), (["snapshot"], snapshot),
    ]
}

import VxModel

extension Configuration {
    /// How a batch of monitoring is compared with what its model was trained on.
    package struct Drift: Sendable, Equatable {
        /// A snapshot's tag, or any revision; the one the batch's commits name where this is `nil`.
        package var tag: String?
        /// Files and folders of the reference; all its tables that have the batch's columns where this is empty.
        package var paths: [RepoPath] = []
        /// What tables of a batch are compared.
        package var files: [PathPattern] = [PathPattern("**")]
        /// What columns are compared; all where this is empty.
        package var columns: [String] = []
        /// What columns are not compared.
        package var ignored: [String] = []
        /// From where a difference counts.
        package var limits = DriftLimits()

        /// The defaults.
        package init() {}
    }
}

/// Reads the section of `vx.yaml` about drift.
extension SettingReader {
    func drift(_ node: YAMLNode) throws(VxError) -> Configuration.Drift {
        let given = try mapping(node, key: "drift", known: ConfigurationKeys.drift)
        var drift = Configuration.Drift()
        if let node = given["reference"] {
            let reference = try mapping(node, key: "reference", known: ConfigurationKeys.driftReference)
            if let node = reference["tag"] { drift.tag = try text(node, key: "tag") }
            if let node = reference["paths"] {
                drift.paths = try nonEmpty(node, key: "paths", try paths(node, key: "paths"))
            }
        }
        if let node = given["files"] { drift.files = try filled(node, key: "files") }
        if let node = given["columns"] {
            drift.columns = try nonEmpty(node, key: "columns", try texts(node, key: "columns"))
        }
        if let node = given["ignore"] { drift.ignored = try texts(node, key: "ignore") }
        if let node = given["level"] {
            let level = try number(node, key: "level")
            guard level > 0, level < 1 else {
                throw error(node, "'level' must be above 0 and below 1, found \(level)", hint: "write 0.01, say")
            }
            drift.limits.level = level
        }
        if let node = given["limits"] {
            let limits = try mapping(node, key: "limits", known: ConfigurationKeys.driftLimits)
            for measure in DriftMeasure.allCases {
                guard let node = limits[measure.rawValue] else { continue }
                let limit = try number(node, key: measure.rawValue)
                guard limit >= 0 else {
                    throw error(node, "'\(measure.rawValue)' must not be below 0, found \(limit)")
                }
                drift.limits[measure] = limit
            }
        }
        return drift
    }
}

import VxModel

/// What `vx.yaml` says: the only configuration in the tree, so that every clone and CI work by the same rules.
package struct Configuration: Sendable, Equatable {
    /// Where run records go.
    package struct Tracking: Sendable, Equatable {
        /// The branch that holds the records.
        package var branch: String
        /// The folder on that branch.
        package var path: RepoPath

        /// A place for records.
        package init(branch: String, path: RepoPath) {
            self.branch = branch
            self.path = path
        }
    }

    /// What `vx snapshot` takes where the command line does not say.
    package struct Snapshot: Sendable, Equatable {
        /// The command that makes the model, run by a shell.
        package var command: String?
        /// The file of parameters.
        package var params: RepoPath?
        /// The file of metrics.
        package var metrics: RepoPath?
        /// The model's files and folders.
        package var model: [RepoPath]

        /// Defaults for snapshots; all of them may be absent.
        package init(
            command: String? = nil, params: RepoPath? = nil, metrics: RepoPath? = nil, model: [RepoPath] = []
        ) {
            self.command = command
            self.params = params
            self.metrics = metrics
            self.model = model
        }
    }

    /// Which branches play which role.
    package var roles: RolePatterns
    /// Where run records go.
    package var tracking: Tracking
    /// Defaults of `vx snapshot`.
    package var snapshot: Snapshot
    /// Where data is shared.
    package var remotes = RemoteList()
    /// Limits and severities of the branches' rules.
    package var policy = Policy()
    /// How clean is made from raw.
    package var clean = Clean()
    /// How split is made from clean.
    package var split = Split()
    /// How a batch of monitoring is compared with what its model was trained on.
    package var drift = Drift()

    /// The file's path in a repository.
    package static let path: RepoPath = "vx.yaml"

    /// What holds where there is no `vx.yaml`.
    package static let `default` = Configuration(
        roles: .standard, tracking: Tracking(branch: "main", path: "tracking/runs"), snapshot: Snapshot())

    /// The role of a branch, given without `refs/heads/`; `nil` where no pattern matches.
    package func role(ofBranch branch: String) -> Role? {
        roles.role(ofBranch: branch)
    }
}

extension Configuration {
    /// Reads `vx.yaml`, strictly: an unknown key or a wrong type is an error that names its place.
    ///
    /// - Parameters:
    ///   - bytes: the file; `nil` where there is none, which gives the defaults.
    ///   - name: the file's name, for errors.
    package static func parse(_ bytes: [UInt8]?, name: String = "vx.yaml") throws(VxError) -> Configuration {
        var configuration = Configuration.default
        guard let bytes, let root = try YAMLNode.parse(bytes, name: name) else { return configuration }
        let reader = SettingReader(name: name)
        let settings = try reader.mapping(root, key: nil, known: ConfigurationKeys.top)
        if let node = settings["version"] { try checkVersion(node, reader) }
        if let node = settings["roles"] { configuration.roles = try roles(node, reader) }
        if let node = settings["policy"] { configuration.policy = try reader.policy(node) }
        if let node = settings["clean"] { configuration.clean = try reader.clean(node) }
        if let node = settings["split"] { configuration.split = try reader.split(node) }
        if let node = settings["drift"] { configuration.drift = try reader.drift(node) }
        if let node = settings["tracking"] { try readTracking(node, reader, into: &configuration.tracking) }
        if let node = settings["snapshot"] { try readSnapshot(node, reader, into: &configuration.snapshot) }
        if let node = settings["remotes"] { configuration.remotes = try RemoteList.read(node, reader) }
        return configuration
    }

    /// What to say where something other than a file stands in the place of `vx.yaml`.
    package static func noFile(_ name: String, _ kind: String, hint: String? = nil) -> VxError {
        VxError(
            "\(name) cannot be read", because: "it is \(kind), and has to be a file",
            hint: hint ?? "put a file in its place: 'git log -- vx.yaml' shows what it was")
    }

    private static func checkVersion(_ node: YAMLNode, _ reader: SettingReader) throws(VxError) {
        let version = try reader.integer(node, key: "version")
        guard version == 1 else {
            throw reader.error(
                node, "version \(version) is not known to this vx, which reads version 1",
                hint: version > 1 ? "install a newer vx" : "write 'version: 1'")
        }
    }

    /// Roles that are not mentioned keep their standard patterns.
    private static func roles(_ node: YAMLNode, _ reader: SettingReader) throws(VxError) -> RolePatterns {
        let given = try reader.mapping(node, key: "roles", known: ConfigurationKeys.roles)
        var roles = RolePatterns.standard
        for role in Role.allCases {
            guard let node = given[role.rawValue] else { continue }
            let patterns = try reader.texts(node, key: role.rawValue)
            for pattern in patterns where !isPossible(pattern) {
                throw reader.error(
                    node, "'\(pattern)' cannot match a branch name",
                    hint: "write the branch without 'refs/heads/' or white space; '*' stands for any characters")
            }
            roles.patterns[role] = patterns
        }
        // The same pattern twice would leave the role to chance.
        for role in Role.allCases {
            for pattern in roles.patterns[role] ?? [] {
                for other in Role.allCases where other != role && roles.patterns[other]?.contains(pattern) == true {
                    guard let node = given[role.rawValue] ?? given[other.rawValue] else { continue }
                    throw reader.error(
                        node, "the pattern '\(pattern)' is given to both '\(role.rawValue)' and '\(other.rawValue)'",
                        hint: "give each pattern to one role")
                }
            }
        }
        return roles
    }

    private static func isPossible(_ pattern: String) -> Bool {
        !pattern.hasPrefix("refs/") && !pattern.hasPrefix("-") && !pattern.hasPrefix("/") && !pattern.hasSuffix("/")
            && pattern.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"~^:?[\\".utf8.contains($0) }
    }

    private static func readTracking(
        _ node: YAMLNode, _ reader: SettingReader, into tracking: inout Tracking
    ) throws(VxError) {
        let given = try reader.mapping(node, key: "tracking", known: ConfigurationKeys.tracking)
        if let node = given["branch"] {
            tracking.branch = try reader.text(node, key: "branch")
            guard isPossible(tracking.branch), !tracking.branch.contains("*") else {
                throw reader.error(
                    node, "'branch' is not the name of a branch: '\(tracking.branch)'",
                    hint: "write it as 'git branch' prints it")
            }
        }
        if let node = given["path"] { tracking.path = try reader.path(node, key: "path") }
    }

    private static func readSnapshot(
        _ node: YAMLNode, _ reader: SettingReader, into snapshot: inout Snapshot
    ) throws(VxError) {
        let given = try reader.mapping(node, key: "snapshot", known: ConfigurationKeys.snapshot)
        if let node = given["command"] { snapshot.command = try reader.text(node, key: "command") }
        if let node = given["params"] { snapshot.params = try reader.path(node, key: "params") }
        if let node = given["metrics"] { snapshot.metrics = try reader.path(node, key: "metrics") }
        if let node = given["model"] { snapshot.model = try reader.paths(node, key: "model") }
    }
}

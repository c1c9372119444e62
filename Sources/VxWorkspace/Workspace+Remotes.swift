import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What a workspace needs of its surroundings to talk to remotes.
package struct RemoteAccess: Sendable {
    package var environment: [String: String]
    /// Where the path of a folder begins that is no absolute one; at the top of the workspace where it is `nil`.
    package var base: FilePath?
    package var progress: TransferProgress
    /// Whether somebody is there whom a program may ask for a passphrase.
    package var isAttended = false
    /// What the user has said yes to for this once.
    package var trusted: [TrustItem] = []
    /// Takes a line about each request.
    package var log: (@Sendable (String) -> Void)?
    /// Takes what the user should know of a remote that is used all the same.
    package var warn: (@Sendable (String) -> Void)?

    package init(
        environment: [String: String], progress: TransferProgress = TransferProgress(),
        log: (@Sendable (String) -> Void)? = nil, warn: (@Sendable (String) -> Void)? = nil
    ) {
        self.environment = environment
        self.progress = progress
        self.log = log
        self.warn = warn
    }
}

extension Workspace {
    /// The remotes that `vx.yaml` names. A commit from before there were any says nothing of them, so that then the newest
    /// branches are asked: its data has to come from somewhere.
    package var remotes: RemoteList {
        if !configuration.remotes.entries.isEmpty { return configuration.remotes }
        let branch = configuration.tracking.branch
        // There nothing is newer than what stood in the workspace.
        if isConfigurationSettled, (try? repository.head())?.branch == branch { return RemoteList() }
        for name in ["refs/heads/\(branch)", "refs/remotes/origin/HEAD", "refs/remotes/origin/\(branch)", "ORIG_HEAD"] {
            // A branch that is not there, or whose file is wrong, names none.
            guard let commit = try? repository.findCommit(name), let tree = try? repository.tree(ofCommit: commit),
                let entry = try? repository.entry(at: Configuration.path, inTree: tree),
                let bytes = try? repository.blob(entry.id, limit: 1 << 20),
                let found = try? Configuration.parse(bytes).remotes, !found.entries.isEmpty
            else { continue }
            return found
        }
        return RemoteList()
    }

    /// The remote of that name; without one, the default.
    ///
    /// - Throws: `usage` where there is no such remote, or none to choose.
    package func remote(named name: String? = nil) throws(VxError) -> RemoteList.Entry {
        let remotes = remotes
        if let name {
            guard let entry = remotes[name] else {
                throw VxError(
                    .usage, "there is no remote '\(name)' in vx.yaml",
                    hint: remotes.entries.isEmpty
                        ? "add one with 'vx remote add \(typed: name) URL'"
                        : "there are: \(remotes.entries.map(\.name).joined(separator: ", "))")
            }
            return entry
        }
        if let entry = remotes.default { return entry }
        throw VxError(
            .usage, remotes.entries.isEmpty ? "there is no remote in vx.yaml" : "no remote is the default",
            hint: remotes.entries.isEmpty
                ? "add one with 'vx remote add NAME URL'"
                : "name one, or give one 'default: true' in vx.yaml: \(remotes.entries.map(\.name).joined(separator: ", "))"
        )
    }

    /// Makes a remote ready for use; contacts nobody yet.
    ///
    /// - Throws: `untrusted` where it came with the repository and the user has not said that it may be used; `refused` where
    ///   it is a folder of this repository's own.
    package func connect(_ entry: RemoteList.Entry, _ access: RemoteAccess) throws -> any RemoteBackend {
        try requireOutside(entry, base: access.base)
        try requireTrust(in: entry, access)
        let environment = access.environment
        // Others make no connections of their own.
        let settings =
            entry.url.lowercased().hasPrefix("s3:")
            ? try URLSettings(section: "http", of: repository, cancellation: cancellation) : URLSettings()
        let context = RemoteContext(
            base: access.base ?? root, environment: environment, credentials: try credentials(of: entry.name),
            http: { url throws(VxError) in try Self.httpSettings(settings, environment, url) },
            cancellation: cancellation,
            isAttended: access.isAttended, log: access.log)
        return try onRemote { () throws(RemoteError) in
            try RemoteSettings(name: entry.name, url: entry.url, options: entry.options).connect(context)
        }
    }

    /// Credentials that this clone's git configuration has for a remote: `vx-remote.<name>.accessKeyId` and so on.
    private func credentials(of name: String) throws(VxError) -> AWSCredentials? {
        guard let key = try repository.configString("vx-remote.\(name).accessKeyId"),
            let secret = try repository.configString("vx-remote.\(name).secretAccessKey")
        else { return nil }
        return AWSCredentials(
            accessKey: key, secretKey: secret,
            sessionToken: try repository.configString("vx-remote.\(name).sessionToken"))
    }

    /// How connections to a URL are made: as git would make them.
    private static func httpSettings(
        _ settings: URLSettings, _ environment: [String: String], _ url: String
    ) throws(VxError) -> HTTPSettings {
        func file(_ name: String, _ variable: String) -> String? {
            if let named = environment[variable] { return named }
            guard let path = settings.text(name, for: url), !path.isEmpty else { return nil }
            return path.hasPrefix("~/") ? (environment["HOME"] ?? "~") + path.dropFirst(1) : path
        }
        var http = HTTPSettings(proxy: settings.text("proxy", for: url))
        http.certificates = file("sslCAInfo", "GIT_SSL_CAINFO")
        http.certificateFolder = file("sslCAPath", "GIT_SSL_CAPATH")
        http.clientCertificate = file("sslCert", "GIT_SSL_CERT")
        http.clientKey = file("sslKey", "GIT_SSL_KEY")
        http.verifies = try settings.bool("sslVerify", for: url) ?? true && environment["GIT_SSL_NO_VERIFY"] == nil
        let silence = environment["GIT_HTTP_LOW_SPEED_TIME"] ?? settings.text("lowSpeedTime", for: url)
        http.silence = silence.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? HTTPSettings.usualSilence
        for line in settings.values("extraHeader", for: url) {
            // An empty one takes back those before it.
            guard let line, let colon = line.firstIndex(of: ":") else {
                http.extraHeaders = []
                continue
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            http.extraHeaders.append(.init(name: String(line[..<colon]), value: String(value)))
        }
        return http
    }

    // MARK: - Fetching what is missing

    /// Brings contents that are not here from wherever they can be had: repositories on this machine that this one was
    /// cloned from, then the default remote. One batch, whatever the number of files.
    ///
    /// - Returns: why each of those that no remote has, or not as it should be, cannot be had.
    /// - Throws: where the default remote cannot be asked.
    package func provide(_ pointers: [Pointer]) throws -> [ContentID: VxError] {
        var missing = try pointers.filter { try !store.isComplete($0.id) }
        if missing.isEmpty { return [:] }
        _ = try fetchFromLocalOrigins()
        missing = try missing.filter { try !store.isComplete($0.id) }
        guard !missing.isEmpty, let access, let entry = remotes.default else { return [:] }
        var reasons = try fetch(missing, from: try connect(entry, access), access).damaged
        // Data may have stayed where it was when another remote became the default.
        missing = try missing.filter { try !store.isComplete($0.id) }
        let problems = try fetchFromRemotes(missing, besides: entry.name, access)
        for pointer in missing where try !store.isComplete(pointer.id) && reasons[pointer.id] == nil {
            reasons[pointer.id] =
                problems.first
                ?? VxError(
                    .missing, "content \(pointer.id) is not on \(remotes.wording)",
                    hint: "'vx push' from a clone that has it")
        }
        return reasons
    }

    /// Fetches contents from one remote.
    package func fetch(
        _ pointers: [Pointer], from backend: any RemoteBackend, _ access: RemoteAccess
    ) throws -> Fetch.Result {
        try Fetch(from: backend, into: store, progress: access.progress, cancellation: cancellation).run(pointers)
    }
}

extension [ContentID: VxError] {
    /// Why a file cannot be laid down, where that is known.
    func error(for file: DataFile) -> VxError? { self[file.pointer.id]?.wrapped("cannot lay down \(file.path)") }
}

import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Where a remote is, read from its URL (docs/remotes.md).
package enum RemoteAddress: Sendable, Equatable {
    case folder(FilePath)
    case s3(S3Address)
    case rclone(RcloneAddress)

    /// The most bytes of a URL or path: as many as a path may have.
    private static let longest = 4096

    /// Reads a URL or path.
    ///
    /// - Parameter base: the folder relative paths start at.
    /// - Throws: ``RemoteError/Kind/misconfigured``; a password in the URL is not repeated.
    package init(_ url: String, relativeTo base: FilePath) throws(RemoteError) {
        // Taking apart and showing what nobody would write takes time that grows faster than its length.
        guard url.utf8.count <= Self.longest else {
            throw RemoteError(.misconfigured, "the URL of the remote is longer than \(Self.longest) bytes")
        }
        try Self.requirePlain(url)
        guard let scheme = Self.scheme(of: url) else {
            guard !url.isEmpty else { throw RemoteError(.misconfigured, "the URL of the remote is empty") }
            let path = FilePath(url)
            self = .folder((path.isAbsolute ? path : base.appending(path.components)).lexicallyNormalized())
            return
        }
        switch scheme {
        case "file":
            let path = FilePath(String(url.dropFirst("file://".count)))
            guard url.hasPrefix("file:///") else {
                throw RemoteError(
                    .misconfigured, "'\(Self.shown(url))' does not name a folder of this machine",
                    hint: "write it with three slashes: file:///path/to/folder")
            }
            self = .folder(path.lexicallyNormalized())
        case "s3": self = .s3(try S3Address(url: url))
        case "rclone": self = .rclone(try RcloneAddress(rclone: url))
        case "ssh", "sftp": self = .rclone(try RcloneAddress(ssh: url))
        default:
            throw Self.unknown(scheme, url)
        }
    }

    /// Whoever clones a repository did not write its addresses: none may look like an option of a program, or have in it
    /// what ends a word, a line or a C string.
    private static func requirePlain(_ url: String) throws(RemoteError) {
        guard !url.hasPrefix("-") else {
            throw RemoteError(
                .misconfigured, "the URL of a remote begins with '-': '\(shown(url))'",
                because: "programs would take it for an option", hint: "for a folder of that name write ./\(shown(url))"
            )
        }
        guard url.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw RemoteError(
                .misconfigured, "the URL of a remote has control characters in it", hint: "write it without them")
        }
    }

    private static func unknown(_ scheme: String, _ url: String) -> RemoteError {
        let host = url.prefix { $0 != ":" }
        let path = url.dropFirst(host.count + 1)
        let isWeb = scheme == "http" || scheme == "https"
        if !isWeb, !path.hasPrefix("//"), !path.contains("@") {
            let folder = path.hasPrefix("/") ? String(path) : "/path/to/\(path)"
            return RemoteError(
                .misconfigured, "'\(url)' is no URL of a remote", because: "vx does not take HOST:PATH as git does",
                hint: "for a folder of another host write ssh://\(host)\(folder); for one here, ./\(url)")
        }
        return RemoteError(
            .misconfigured, "vx knows no remotes of the kind '\(scheme)'",
            hint: isWeb
                ? "for a server that speaks S3 write s3://BUCKET, and its address as the option 'endpoint'"
                : "known are folders (a path or file://), s3://, ssh:// and rclone:")
    }

    /// What stands before the colon where it is a scheme and not part of a path.
    private static func scheme(of url: String) -> String? {
        guard let colon = url.firstIndex(of: ":"), colon != url.startIndex, !url[..<colon].contains("/") else {
            return nil
        }
        return url[..<colon].lowercased()
    }
}

/// A remote as the configuration names it: a URL, and options that are no secrets.
package struct RemoteSettings: Sendable, Equatable {
    package var name: String
    package var url: String
    package var options: [String: String]

    package init(name: String, url: String, options: [String: String] = [:]) {
        self.name = name
        self.url = url
        self.options = options
    }
}

/// What opening a remote takes from its surroundings.
package struct RemoteContext: Sendable {
    /// Where relative paths start: the top of the repository.
    package var base: FilePath
    /// Variables, for credentials and programs.
    package var environment: [String: String]
    /// Credentials that git's configuration has for this remote.
    package var credentials: AWSCredentials?
    /// How connections to a URL are made.
    package var http: @Sendable (_ url: String) throws(VxError) -> HTTPSettings
    package var cancellation: Cancellation
    /// Whether somebody is there whom a program may ask for a passphrase.
    package var isAttended: Bool
    /// Seconds since 1970.
    package var clock: @Sendable () -> Int64
    package var timing: Timing
    /// Takes a line about each request, where that is wanted.
    package var log: (@Sendable (String) -> Void)?

    package init(
        base: FilePath, environment: [String: String], credentials: AWSCredentials? = nil,
        http: @escaping @Sendable (_ url: String) throws(VxError) -> HTTPSettings = { _ in HTTPSettings() },
        cancellation: Cancellation, isAttended: Bool = false,
        clock: @escaping @Sendable () -> Int64 = { FileTime.now().seconds }, timing: Timing? = nil,
        log: (@Sendable (String) -> Void)? = nil
    ) {
        self.base = base
        self.environment = environment
        self.credentials = credentials
        self.http = http
        self.cancellation = cancellation
        self.isAttended = isAttended
        self.clock = clock
        self.timing = timing ?? .system(cancellation)
        self.log = log
    }
}

extension RemoteSettings {
    /// Options of every remote: requests at once, and bytes a second.
    private static let common: Set<String> = ["connections", "bandwidth"]

    /// Makes the remote ready for use, with everything around it: retries, limits, a log.
    ///
    /// - Throws: ``RemoteError/Kind/misconfigured`` where URL or options make no sense. Contacts nobody yet.
    package func connect(_ context: RemoteContext) throws(RemoteError) -> any RemoteBackend {
        var backend = try open(context)
        if let log = context.log { backend = LoggingBackend(backend, timing: context.timing, log: log) }
        if let rate = try number("bandwidth", "bytes a second, such as 10000000 for 10 MB") {
            backend = ThrottledBackend(backend, bytesPerSecond: rate, timing: context.timing)
        }
        backend = RetryingBackend(backend, timing: context.timing, cancellation: context.cancellation)
        if let connections = try number("connections", "requests at once, such as 8; more than 64 are not made") {
            backend = LimitedBackend(backend, connections: Int(min(connections, 64)))
        }
        return backend
    }

    /// Makes the bare backend.
    package func open(_ context: RemoteContext) throws(RemoteError) -> any RemoteBackend {
        switch try RemoteAddress(url, relativeTo: context.base) {
        case .folder(let path):
            try refuseOptions(except: [])
            return FolderBackend(path, cancellation: context.cancellation)
        case .s3(let address): return try openS3(address, context)
        case .rclone(let address):
            try refuseOptions(except: [])
            return RcloneBackend(address, location: url, context)
        }
    }

    private func openS3(_ address: S3Address, _ context: RemoteContext) throws(RemoteError) -> any RemoteBackend {
        try refuseOptions(except: ["region", "endpoint", "style", "profile", "anonymous"])
        let profile = try AWSCredentialSource.activeProfile(context.environment, options["profile"])
        func variable(_ names: String...) -> String? {
            names.lazy.compactMap { context.environment[$0] }.first { !$0.isEmpty }
        }
        var address = address
        let endpoint =
            options["endpoint"] ?? variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") ?? profile?.endpoint
        if let endpoint { address.endpoint = try Self.endpoint(endpoint) }
        if let style = options["style"] {
            guard let known = S3Address.Style(rawValue: style) else {
                throw RemoteError(
                    .misconfigured, "the remote '\(name)' has the style '\(style)'", hint: "write 'path' or 'virtual'")
            }
            address.style = known
        }
        let region =
            options["region"] ?? variable("AWS_REGION", "AWS_DEFAULT_REGION") ?? profile?["region"] ?? "us-east-1"
        guard S3Address.isRegion(region) else {
            throw RemoteError(
                .misconfigured, "the remote '\(name)' is in the region '\(RemoteAddress.shown(region))', which is none",
                because: "it becomes part of a server's name", hint: "write it as AWS does, such as eu-west-1")
        }
        let place = address.place(of: nil, region: region)
        var http = try locally { () throws(VxError) in try context.http(place.origin + place.path) }
        // What AWS's tools trust comes before what git does, and what is for every program last.
        http.certificates =
            variable("AWS_CA_BUNDLE") ?? profile?["ca_bundle"] ?? http.certificates
            ?? variable("CURL_CA_BUNDLE", "SSL_CERT_FILE")
        let transport = CurlTransport(http, cancellation: context.cancellation)
        let source = AWSCredentialSource(
            environment: context.environment, given: context.credentials, profile: options["profile"],
            transport: transport, clock: context.clock)
        return S3Backend(
            address, region: region, credentials: try flag("anonymous") ? nil : source, transport: transport,
            clock: context.clock)
    }

    private static func endpoint(_ text: String) throws(RemoteError) -> String {
        guard let server = ServerAddress(text) else {
            throw RemoteError(
                .misconfigured, "the endpoint of an S3 remote is no address of a server",
                hint: "write it as https://HOST or https://HOST:PORT, without path, user or password")
        }
        return server.text
    }

    /// The server that the `endpoint` of these settings names, where what is sent to it can be read on the way: plain
    /// `http` to another machine.
    package var openServer: String? {
        guard let server = options["endpoint"].flatMap(ServerAddress.init), !server.isEncrypted, !server.isLoopback
        else {
            return nil
        }
        return server.text
    }

    /// - Parameter meaning: what it counts, for whoever wrote something else.
    private func number(_ option: String, _ meaning: String) throws(RemoteError) -> Double? {
        guard let text = options[option] else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit),
            let value = Double(text), value >= 1
        else {
            throw RemoteError(
                .misconfigured, "the remote '\(name)' has the \(option) '\(RemoteAddress.shown(text))'",
                hint: "write a whole number: \(meaning)")
        }
        return value
    }

    private func flag(_ option: String) throws(RemoteError) -> Bool {
        guard let text = options[option] else { return false }
        guard text == "true" || text == "false" else {
            throw RemoteError(
                .misconfigured, "the remote '\(name)' has '\(option)' set to '\(RemoteAddress.shown(text))'",
                hint: "write 'true' or 'false'")
        }
        return text == "true"
    }

    private func refuseOptions(except known: Set<String>) throws(RemoteError) {
        let known = known.union(Self.common)
        guard let unknown = options.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw RemoteError(
            .misconfigured, "the remote '\(name)' has an option '\(unknown)' that does not fit its URL",
            hint: "options here: \(known.sorted().joined(separator: ", "))")
    }
}

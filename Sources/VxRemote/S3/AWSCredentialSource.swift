import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Finds credentials in the places AWS's own tools look, in their order: what was given to vx, the environment, the
/// files in `~/.aws`, the container's endpoint, the instance's endpoint (IMDSv2). Keeps them until shortly before they end.
package final class AWSCredentialSource: Sendable {
    /// Seconds before their end at which credentials are asked for again.
    private static let margin: Int64 = 300

    private let environment: [String: String]
    private let given: AWSCredentials?
    private let profile: String?
    private let transport: any HTTPTransport
    private let clock: @Sendable () -> Int64
    private let kept = Mutex<AWSCredentials?>(nil)

    /// - Parameters:
    ///   - given: credentials from git's configuration, which come before all else.
    ///   - profile: a profile to use whatever the environment says.
    ///   - clock: seconds since 1970.
    package init(
        environment: [String: String], given: AWSCredentials? = nil, profile: String? = nil,
        transport: any HTTPTransport, clock: @escaping @Sendable () -> Int64
    ) {
        self.environment = environment
        self.given = given
        self.profile = profile
        self.transport = transport
        self.clock = clock
    }

    /// The credentials to use now.
    ///
    /// - Throws: ``RemoteError/Kind/notAuthorised`` where there are none anywhere.
    package func credentials() throws(RemoteError) -> AWSCredentials {
        if let kept = kept.withLock({ $0 }), isFresh(kept) { return kept }
        let found = try find()
        kept.withLock { $0 = found }
        return found
    }

    /// Forgets what is kept: the server says that it has expired.
    package func forget() { kept.withLock { $0 = nil } }

    private func isFresh(_ credentials: AWSCredentials) -> Bool {
        credentials.expires.map { $0 - clock() > Self.margin } ?? true
    }

    private func find() throws(RemoteError) -> AWSCredentials {
        if let given { return given }
        if profile == nil, let found = fromEnvironment() { return found }
        if let found = try fromProfile() { return found }
        if let found = try fromContainer() { return found }
        if let found = try fromInstance() { return found }
        throw RemoteError(
            .notAuthorised, "there are no credentials for S3",
            because: "none in the environment, in ~/.aws, or from a container or instance",
            hint:
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run 'aws configure' ('vx help remotes' has more ways)"
        )
    }

    private func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func fromEnvironment() -> AWSCredentials? {
        guard let key = variable("AWS_ACCESS_KEY_ID"), let secret = variable("AWS_SECRET_ACCESS_KEY") else {
            return nil
        }
        return AWSCredentials(accessKey: key, secretKey: secret, sessionToken: variable("AWS_SESSION_TOKEN"))
    }

    // MARK: - Files

    /// The profile in force, also for its region and endpoint; `nil` where there is none of that name.
    ///
    /// - Throws: where a profile was named and is nowhere, or a file cannot be read.
    ///
    /// - Parameter profile: the name of one to use whatever the environment says.
    static func activeProfile(
        _ environment: [String: String], _ profile: String?
    ) throws(RemoteError) -> AWSProfile? {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let named = profile ?? variable("AWS_PROFILE") ?? variable("AWS_DEFAULT_PROFILE")
        let folder = variable("HOME").map { FilePath($0).appending(".aws") }
        let credentials =
            variable("AWS_SHARED_CREDENTIALS_FILE").map { FilePath($0) } ?? folder?.appending("credentials")
        let configuration = variable("AWS_CONFIG_FILE").map { FilePath($0) } ?? folder?.appending("config")
        let found = try locally { () throws(VxError) in
            try AWSProfile.read(named ?? "default", credentials: credentials, configuration: configuration)
        }
        if found == nil, let named {
            throw RemoteError(
                .misconfigured, "there is no AWS profile '\(named)'",
                because: "neither in ~/.aws/credentials nor in ~/.aws/config",
                hint: "'aws configure list-profiles' lists them")
        }
        return found
    }

    private func fromProfile() throws(RemoteError) -> AWSCredentials? {
        guard let profile = try Self.activeProfile(environment, profile) else { return nil }
        if let key = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"], !key.isEmpty {
            return AWSCredentials(accessKey: key, secretKey: secret, sessionToken: profile["aws_session_token"])
        }
        for setting in ["sso_session", "sso_start_url", "role_arn", "credential_process"] where profile[setting] != nil
        {
            throw RemoteError(
                .notAuthorised, "vx cannot use the AWS profile '\(profile.name)' by itself",
                because: "it says '\(setting)', which needs AWS's own tools",
                hint:
                    "eval \"$(aws configure export-credentials --profile \(profile.name) --format env)\", then repeat the command"
            )
        }
        return nil
    }

    // MARK: - Endpoints

    private func fromContainer() throws(RemoteError) -> AWSCredentials? {
        let url: String
        if let path = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = "http://169.254.170.2\(path)"
        } else if let full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard Self.isLocal(full) else {
                throw RemoteError(
                    .misconfigured, "AWS_CONTAINER_CREDENTIALS_FULL_URI leads off this machine without https",
                    hint: "use https, or an address of this host")
            }
            url = full
        } else {
            return nil
        }
        var headers: [(name: String, value: String)] = []
        if let path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            let bytes = try locally { () throws(VxError) in try Files.read(FilePath(path), limit: 64 << 10) } ?? []
            headers.append(
                (
                    "Authorization",
                    String(decoding: bytes.filter { $0 > 0x20 && $0 < 0x7f || $0 == 0x20 }, as: UTF8.self)
                ))
        } else if let token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            headers.append(("Authorization", token))
        }
        let answer = try transport.send(
            HTTPRequest(.get, url, headers: headers, connectTimeout: 5, bypassesProxy: true))
        return try parse(answer, "the container's credentials endpoint")
    }

    /// What may be asked without TLS: this machine, and the addresses of the hosts of ECS and EKS.
    private static func isLocal(_ url: String) -> Bool {
        if url.lowercased().hasPrefix("https://") { return true }
        guard url.lowercased().hasPrefix("http://") else { return false }
        let host = url.dropFirst(7).prefix { !"/?#".contains($0) }
        // Somebody else's host behind an "@" is no address of ours.
        if host.contains("@") { return false }
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return name == "169.254.170.2" || name == "169.254.170.23" || name == "[fd00:ec2::23]"
            || ServerAddress.isLoopback(host)
    }

    private func fromInstance() throws(RemoteError) -> AWSCredentials? {
        if variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" { return nil }
        let base = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        // No instance: the address leads nowhere, and that must not take long to find out.
        guard
            let token = try? transport.send(
                HTTPRequest(
                    .put, "\(root)/latest/api/token", headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")],
                    connectTimeout: 1, bypassesProxy: true)), token.status == 200
        else { return nil }
        let headers = [(name: "X-aws-ec2-metadata-token", value: String(decoding: token.body, as: UTF8.self))]
        func get(_ path: String) throws(RemoteError) -> HTTPResponse {
            try transport.send(
                HTTPRequest(
                    .get, "\(root)/latest/meta-data/iam/security-credentials/\(path)", headers: headers,
                    connectTimeout: 1, bypassesProxy: true))
        }
        let list = try get("")
        guard list.status == 200,
            let role = String(decoding: list.body, as: UTF8.self).split(whereSeparator: \.isNewline).first
        else { return nil }
        return try parse(try get(String(role)), "the instance's credentials endpoint")
    }

    private func parse(_ answer: HTTPResponse, _ place: String) throws(RemoteError) -> AWSCredentials {
        guard answer.status == 200, let json = try? JSONValue.parse(answer.body),
            let key = json["AccessKeyId"]?.stringValue, let secret = json["SecretAccessKey"]?.stringValue
        else {
            throw RemoteError(
                answer.status >= 500 ? .unavailable : .notAuthorised, "\(place) gave no credentials",
                because: "it answered \(answer.status)")
        }
        return AWSCredentials(
            accessKey: key, secretKey: secret, sessionToken: json["Token"]?.stringValue,
            expires: json["Expiration"]?.stringValue.flatMap { CalendarTime.iso($0) })
    }
}

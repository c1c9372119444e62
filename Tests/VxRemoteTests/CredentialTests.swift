import Synchronization
import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Credentials")
struct CredentialTests {
    private func source(
        _ environment: [String: String], profile: String? = nil, now: Int64 = 1_700_000_000,
        _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse = { _ in HTTPResponse(status: 404) }
    ) -> (AWSCredentialSource, FakeTransport) {
        let transport = FakeTransport(answer)
        return (
            AWSCredentialSource(environment: environment, profile: profile, transport: transport, clock: { now }),
            transport
        )
    }

    @Test func `the environment`() throws {
        let (source, _) = source([
            "AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "AWS_SESSION_TOKEN": "ST",
        ])
        #expect(try source.credentials() == AWSCredentials(accessKey: "AK", secretKey: "SK", sessionToken: "ST"))
    }

    @Test func `the files of ~/.aws`() throws {
        try Scratch.with { scratch in
            try scratch.write(
                ".aws/credentials",
                "[default]\naws_access_key_id = DK\naws_secret_access_key=DS\n\n# a comment\n[work]\naws_access_key_id=WK ; why\naws_secret_access_key = WS=\n"
            )
            try scratch.write(
                ".aws/config",
                "[profile work]\nregion = eu-west-1\ns3 =\n  addressing_style = path\n[profile sso]\nsso_session = x\n")
            let home = ["HOME": scratch.work.string]
            #expect(try source(home).0.credentials().accessKey == "DK")
            #expect(
                try source(home, profile: "work").0.credentials() == AWSCredentials(accessKey: "WK", secretKey: "WS="))
            #expect(try source(home.merging(["AWS_PROFILE": "work"]) { $1 }).0.credentials().accessKey == "WK")
            let sso = #expect(throws: RemoteError.self) { try source(home, profile: "sso").0.credentials() }
            #expect(sso?.hint?.hasPrefix("eval \"$(aws configure export-credentials --profile sso") == true)
            let none = #expect(throws: RemoteError.self) { try source(home, profile: "nobody").0.credentials() }
            #expect(none?.message == "there is no AWS profile 'nobody'")
        }
    }

    private static let answer = HTTPResponse(
        status: 200,
        body: Array(
            #"{"AccessKeyId":"CK","SecretAccessKey":"CS","Token":"CT","Expiration":"2023-11-14T23:13:20Z"}"#.utf8))

    @Test func `a container's endpoint, asked again before they end`() throws {
        let now = Mutex<Int64>(1_700_000_000)
        let transport = FakeTransport { _ in Self.answer }
        let source = AWSCredentialSource(
            environment: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/creds",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in",
            ], transport: transport, clock: { now.withLock { $0 } })
        let first = try source.credentials()
        #expect(first == AWSCredentials(accessKey: "CK", secretKey: "CS", sessionToken: "CT", expires: 1_700_003_600))
        _ = try source.credentials()
        #expect(transport.requests.withLock { $0.count } == 1)
        #expect(transport.requests.withLock { $0[0].headers.first?.value } == "let me in")
        now.withLock { $0 += 3400 }
        _ = try source.credentials()
        #expect(transport.requests.withLock { $0.count } == 2)
    }

    @Test(arguments: ["http://evil.example/creds", "http://127.0.0.1@evil.example/", "ftp://127.0.0.1/"])
    func `a container's endpoint somewhere else is not asked`(url: String) {
        let (source, transport) = source(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url]) { _ in Self.answer }
        #expect(throws: RemoteError.self) { try source.credentials() }
        #expect(transport.requests.withLock { $0.isEmpty })
    }

    @Test func `an instance, by IMDSv2`() throws {
        let (source, transport) = source([:]) { request in
            if request.url.hasSuffix("/api/token") { return HTTPResponse(status: 200, body: Array("TOKEN".utf8)) }
            if request.url.hasSuffix("security-credentials/") {
                return HTTPResponse(status: 200, body: Array("role\n".utf8))
            }
            return Self.answer
        }
        #expect(try source.credentials().accessKey == "CK")
        let requests = transport.requests.withLock { $0 }
        #expect(requests.map(\.method) == [.put, .get, .get])
        #expect(requests[2].url == "http://169.254.169.254/latest/meta-data/iam/security-credentials/role")
        #expect(requests[1].headers.first?.value == "TOKEN")
        #expect(requests.filter { !$0.bypassesProxy }.isEmpty)
    }

    @Test func `none anywhere`() {
        let error = #expect(throws: RemoteError.self) {
            try source(["AWS_EC2_METADATA_DISABLED": "true"]).0.credentials()
        }
        #expect(error?.kind == .notAuthorised)
    }

    @Test func `they print as nothing`() {
        let credentials = AWSCredentials(accessKey: "AKSECRET", secretKey: "SKSECRET", sessionToken: "STSECRET")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped, "\([credentials])"] {
            #expect(!text.contains("SECRET"))
        }
    }
}

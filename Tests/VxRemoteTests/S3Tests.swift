import Synchronization
import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("S3 against rclone", .enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"))
struct RcloneServerTests {
    @Test func `conforms`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            try BackendConformance.check(server.backend(prefix: "some/prefix"))
        }
    }

    @Test func `conforms with every object in parts`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            let backend = server.backend(limits: .init(multipartFrom: 6 << 20, part: 5 << 20))
            let content = BackendConformance.bytes(13 << 20)
            #expect(try backend.put("packs/aa/parts", content))
            #expect(try backend.contents("packs/aa/parts", limit: 14 << 20) == content)
            #expect(try !backend.put("packs/aa/parts", content))
        }
    }

    @Test func `a wrong secret is refused, and appears in no error`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            let secret = "not-the-secret-key-0123456789"
            let error = #expect(throws: RemoteError.self) { try server.backend(secret: secret).list("packs/") }
            #expect(error?.kind == .notAuthorised)
            let text = "\(String(describing: error)) \(error?.vxError.description ?? "")"
            #expect(!text.contains(secret) && !text.contains("Signature="))
        }
    }

    @Test func `stores come together over it`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startRclone(scratch)
            let backend = server.backend()
            _ = try RemoteMarker.create(backend)
            let sides = Sides(scratch: scratch)
            let contents =
                (0..<50).map { BackendConformance.bytes(3000 + $0, seed: UInt8($0)) } + [
                    BackendConformance.bytes(9 << 20)
                ]
            let a = try sides.store("a")
            let pointers = try Sides.add(contents, to: a)
            let pushed = try Sides.push(pointers, from: a, to: backend)
            #expect(pushed.missing.isEmpty)
            let b = try sides.store("b")
            let fetched = try Sides.fetch(pointers, into: b, from: backend)
            #expect(fetched.contents == contents.count && fetched.damaged.isEmpty)
        }
    }

    @Test func `rclone is started for an rclone URL and ends with its backend`() throws {
        try Scratch.with { scratch in
            let rclone = try #require(TestServer.rclone)
            let folder = scratch.work.appending("far")
            try Files.createDirectories(folder)
            let settings = RemoteSettings(name: "r", url: "rclone::local:\(folder.string)/vx-remote")
            let environment = [
                "VX_RCLONE": rclone.string, "HOME": scratch.home.string, "TMPDIR": scratch.root.string,
                "RCLONE_CONFIG": "/dev/null",
            ]
            var backend: (any RemoteBackend)? = try settings.open(
                RemoteContext(base: scratch.work, environment: environment, cancellation: Cancellation()))
            try BackendConformance.check(try #require(backend))
            let put = try Files.targetStatus(folder.appending("vx-remote/packs/ff/file"))
            #expect(put?.size == 2_500_000)
            backend = nil
            #expect(try Files.names(in: scratch.root).allSatisfy { !$0.string.hasPrefix(".vx-") }, "its log is gone")
        }
    }
}

@Suite("S3 against moto", .enabled(if: TestServer.moto != nil, "moto_server is not installed: set VX_TEST_MOTO"))
struct MotoServerTests {
    @Test func `conforms`() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startMoto(scratch)
            try BackendConformance.check(server.backend())
            try BackendConformance.check(
                server.backend(prefix: "with/parts", limits: .init(multipartFrom: 2_000_000, part: 5 << 20)))
        }
    }
}

@Suite("Where rclone is not as it should be")
struct RcloneTrouble {
    private func open(_ scratch: Scratch, rclone: String) throws -> any RemoteBackend {
        try RemoteSettings(name: "r", url: "rclone:far:vx-remote").open(
            RemoteContext(
                base: scratch.work,
                environment: ["VX_RCLONE": rclone, "TMPDIR": scratch.root.string, "PATH": "/usr/bin:/bin"],
                cancellation: Cancellation()))
    }

    @Test func `missing`() throws {
        try Scratch.with { scratch in
            let backend = try open(scratch, rclone: "/nowhere/rclone")
            let error = #expect(throws: RemoteError.self) { try backend.head("index/x") }
            #expect(error?.message == "rclone is not installed")
        }
    }

    @Test func `too old`() throws {
        try Scratch.with { scratch in
            let fake = scratch.work.appending("rclone")
            try Files.replace(fake, with: Array("#!/bin/sh\necho rclone v1.60.1-DEV\n".utf8), permissions: 0o755)
            let backend = try open(scratch, rclone: fake.string)
            let error = #expect(throws: RemoteError.self) { try backend.head("index/x") }
            #expect(error?.message == "rclone 1.60 is too old")
        }
    }
}

/// Answers requests by a function, and remembers them.
private final class FakeTransport: HTTPTransport {
    private let answer: @Sendable (HTTPRequest) -> HTTPResponse
    let requests = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) { self.answer = answer }

    func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        requests.withLock { $0.append(request) }
        return answer(request)
    }
}

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

@Suite("S3 errors")
struct S3ErrorTests {
    private func backend(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) -> (S3Backend, FakeTransport) {
        let transport = FakeTransport(answer)
        let source = AWSCredentialSource(
            environment: [:],
            given: AWSCredentials(accessKey: "AKIDSECRET", secretKey: "KEYSECRET", sessionToken: "TOKSECRET"),
            transport: transport, clock: { 0 })
        return (
            S3Backend(
                S3Address(bucket: "bucket", prefix: "p"), region: "us-east-1", credentials: source,
                transport: transport,
                clock: { 1_369_353_600 }), transport
        )
    }

    private static func xml(_ status: Int, _ code: String, _ message: String = "words") -> HTTPResponse {
        HTTPResponse(
            status: status, body: Array("<Error><Code>\(code)</Code><Message>\(message)</Message></Error>".utf8))
    }

    @Test(arguments: [
        (503, "SlowDown", RemoteError.Kind.unavailable), (500, "InternalError", .unavailable),
        (400, "RequestTimeout", .unavailable), (429, "", .unavailable), (403, "AccessDenied", .notAuthorised),
        (400, "ExpiredToken", .notAuthorised), (404, "NoSuchBucket", .notFound), (507, "", .full),
        (400, "BadDigest", .damaged), (400, "EntityTooLarge", .refused), (405, "", .refused),
    ])
    func `kinds`(status: Int, code: String, kind: RemoteError.Kind) {
        let error = #expect(throws: RemoteError.self) {
            try backend { _ in Self.xml(status, code) }.0.list("packs/")
        }
        #expect(error?.kind == kind)
    }

    @Test func `a server that repeats what it was sent gives no credential away`() {
        let (backend, _) = backend { request in
            let sent = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: " ")
            return Self.xml(403, "AccessDenied", sent + " KEYSECRET")
        }
        let error = #expect(throws: RemoteError.self) { try backend.list("packs/") }
        let text = "\(String(describing: error)) \(error?.vxError.description ?? "")"
        #expect(!text.contains("SECRET"))
    }

    @Test func `a bucket in another region is found there`() throws {
        let (backend, transport) = backend { request in
            request.url.contains("eu-west-3")
                ? HTTPResponse(status: 200, body: Array("<ListBucketResult></ListBucketResult>".utf8))
                : HTTPResponse(status: 301, headers: ["x-amz-bucket-region": "eu-west-3"])
        }
        #expect(try backend.list("packs/").isEmpty)
        _ = try backend.list("packs/")
        #expect(transport.requests.withLock { $0.map(\.url) }.filter { $0.contains("us-east-1") }.count == 1)
    }

    @Test func `urls and headers`() throws {
        let (backend, transport) = backend { _ in HTTPResponse(status: 404) }
        _ = try backend.head("index/x")
        let request = try #require(transport.requests.withLock { $0.first })
        #expect(request.url == "https://bucket.s3.us-east-1.amazonaws.com/p/index/x")
        #expect(request.headers.contains { $0.name == "x-amz-security-token" && $0.value == "TOKSECRET" })
        #expect(request.headers.contains { $0.name == "x-amz-date" && $0.value == "20130524T000000Z" })
    }

    @Test(arguments: ["s3://", "s3:///x", "s3://key:secret@bucket/x", "s3:bucket"])
    func `bad URLs, not repeated`(url: String) {
        let error = #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/") }
        #expect(error?.kind == .misconfigured)
        #expect(error?.vxError.description.contains("secret") == false)
    }

    @Test(arguments: [
        ("ssh://me@host:2222/data/vx-remote", ":sftp,ssh=\"ssh -p 2222 me@host\":/data", "vx-remote"),
        ("rclone:drive:a/b/team-data", "drive:a/b", "team-data"), ("rclone:drive:team", "drive:", "team"),
    ])
    func `rclone and ssh URLs`(url: String, served: String, bucket: String) throws {
        guard case .rclone(let address) = try RemoteAddress(url, relativeTo: "/") else {
            throw VxError("no rclone address")
        }
        #expect(address.served == served && address.bucket == bucket)
    }

    @Test(arguments: [
        "ssh://-oProxyCommand=x/a/team", "ssh://host;id/a/team", "ssh://host/A_B", "rclone:team", "rclone::x",
    ])
    func `rclone and ssh URLs that are none`(url: String) {
        #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/") }
    }
}

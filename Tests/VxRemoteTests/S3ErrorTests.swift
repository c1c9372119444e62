import Synchronization
import Testing
import VxModel
import VxRemote
import VxSystem

import struct SystemPackage.FilePath

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

    @Test(arguments: [
        (503, "the server is down or has too much to do: repeat the command later"),
        (301, "the bucket, or the server, is somewhere else: check the region and the endpoint with 'vx remote list'"),
        (404, "check the URL and the endpoint with 'vx remote list'"),
        (405, "does the endpoint speak S3, and does the remote have the right style?"),
    ])
    func `what to do next`(status: Int, hint: String) {
        let error = #expect(throws: RemoteError.self) { try backend { _ in HTTPResponse(status: status) }.0.list("x/") }
        #expect(error?.hint == hint)
    }

    @Test(arguments: [
        (nil, "http://127.0.0.1:1", "no answer from 127.0.0.1:1", "is the server running"),
        (
            "http://me:SECRET@127.0.0.1:1", "http://far.invalid", "through the proxy http://***@127.0.0.1:1",
            "http.proxy"
        ),
    ])
    func `a server or proxy that is not there is named`(proxy: String?, url: String, message: String, hint: String) {
        let transport = CurlTransport(HTTPSettings(proxy: proxy ?? ""), cancellation: Cancellation())
        let error = #expect(throws: RemoteError.self) { try transport.send(HTTPRequest(.get, url)) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains(message) == true)
        #expect(error?.hint?.contains(hint) == true)
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
        ("ssh://host/data/vx-remote", ":sftp,ssh=\"ssh host\":/data", "vx-remote"),
        ("rclone:drive:a/b/team-data", "drive:a/b", "team-data"), ("rclone:drive:team", "drive:", "team"),
        ("rclone:my drive+1@x.y_z-é:team", "my drive+1@x.y_z-é:", "team"),
    ])
    func `rclone and ssh URLs`(url: String, served: String, bucket: String) throws {
        guard case .rclone(let address) = try RemoteAddress(url, relativeTo: "/") else {
            throw VxError("no rclone address")
        }
        #expect(address.served == served && address.bucket == bucket)
    }

    @Test(arguments: [
        "ssh://-oProxyCommand=x/a/team", "ssh://host;id/a/team", "ssh://host/A_B", "rclone:team", "rclone::x",
        "ssh://me@-oProxyCommand/a/team", "ssh://-l@host/a/team", "ssh://me@you@host/a/team", "ssh://@host/a/team",
        "ssh://host:²²/a/team", "ssh://host:222222/a/team", "ssh://host:-p/a/team", "ssh://host/-a/team",
        "ssh://host,ssh=x/a/team", "ssh://host\u{0}x/a/team", "sftp://-x/a/team",
        // Each of these can run a program, or is an option of one.
        "rclone::sftp,ssh=\"sh -c id\":/a/team", "rclone::local:/a/team", "rclone:nas,ssh=\"sh -c id\":/a/team",
        "rclone:nas,host=h:/a/team", "rclone:-v:a/team", "rclone:--config=x:a/team", "rclone: nas:team",
        "rclone:nas :team", "rclone:/a/nas:team", "rclone:na\ns:team", "rclone:na\u{202e}s:team", "rclone:\"nas\":team",
    ])
    func `rclone and ssh URLs that are none`(url: String) {
        #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/") }
    }
}

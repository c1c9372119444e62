import Testing
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@testable import VxRemote

@Suite("Addresses that a stranger wrote")
struct AddressTests {
    @Test(arguments: ["-", "-x/store", "--config", "-oProxyCommand=x", "file://-x", "a\u{0}b", "/a\nb", "s3://b/\u{1b}[2J"])
    func `no address looks like an option, or has a control character`(url: String) {
        let error = #expect(throws: RemoteError.self) { try RemoteAddress(url, relativeTo: "/") }
        #expect(error?.kind == .misconfigured)
    }

    @Test(arguments: [
        ("s3://bucket", ["region": "x@evil.example/#"]), ("s3://bucket", ["region": "evil.example/"]),
        ("s3://bucket", ["region": ""]), ("s3://evil.example#", ["style": "virtual"]), ("s3://-x", [:]),
        ("s3://b\\c", [:]), ("s3://bucket", ["endpoint": "https://a/b"]), ("s3://bucket", ["endpoint": "https://a#b"]),
        ("s3://bucket", ["endpoint": "https://a b"]), ("s3://bucket", ["endpoint": "https://me@a"]),
        ("s3://bucket", ["endpoint": "-x"]), ("s3://bucket", ["endpoint": "https://-x"]),
        ("s3://bucket", ["endpoint": "ftp://a"]), ("s3://bucket", ["endpoint": "https://"]),
    ] as [(String, [String: String])])
    func `no bucket, region or endpoint names another server than it shows`(url: String, options: [String: String]) {
        let error = #expect(throws: RemoteError.self) {
            try RemoteSettings(name: "x", url: url, options: options).open(
                RemoteContext(base: "/", environment: [:], cancellation: Cancellation()))
        }
        #expect(error?.kind == .misconfigured)
    }

    @Test(arguments: [
        ("http://nas:9000", "http://nas:9000"), ("http://10.0.0.1/", "http://10.0.0.1"),
        ("http://127.0.0.1.evil.example", "http://127.0.0.1.evil.example"), ("http://127.0.0.1:9000", nil),
        ("http://localhost", nil), ("http://[::1]:9000", nil), ("https://nas", nil), ("nas:9000", nil),
    ] as [(String, String?)])
    func `plain http to another machine is told from what nobody can listen to`(endpoint: String, open: String?) {
        #expect(RemoteSettings(name: "x", url: "s3://b", options: ["endpoint": endpoint]).openServer == open)
    }

    @Test func `a server cannot send vx to a region that is another server`() {
        let answer = HTTPResponse(status: 301, headers: ["x-amz-bucket-region": "x@evil.example/#"], body: [])
        #expect(S3Failure(answer).region == nil)
    }
}

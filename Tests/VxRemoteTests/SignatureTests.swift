import Testing
import VxModel
import VxRemote
import VxStore

/// The worked examples of "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
@Suite("AWS Signature Version 4")
struct SignatureTests {
    struct Example: Sendable {
        var method: String
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)]
        var payload = ""
        /// SHA-256 of the canonical request, as the document gives it.
        var requestHash: String
        var signature: String
    }

    private static let credentials = AWSCredentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    private static let date = "20130524T000000Z"

    static let examples = [
        Example(
            method: "GET", path: "/test.txt", headers: [("Range", "bytes=0-9")],
            requestHash: "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            method: "PUT", path: "/test%24file.text",
            headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payload: "Welcome to Amazon S3.",
            requestHash: "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            method: "GET", path: "/", query: [("lifecycle", "")], headers: [],
            requestHash: "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            method: "GET", path: "/", query: [("prefix", "J"), ("max-keys", "2")], headers: [],
            requestHash: "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test(arguments: examples.indices)
    func `gives the published signatures`(number: Int) {
        let example = Self.examples[number]
        let hash = ContentHasher.id(of: Array(example.payload.utf8)).hex
        let headers =
            example.headers + [
                ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", Self.date), ("x-amz-content-sha256", hash),
            ]
        let query = AWSSignature.query(example.query)
        let (request, _) = AWSSignature.canonicalRequest(
            example.method, path: example.path, query: query, headers: headers, payloadHash: hash)
        #expect(ContentHasher.id(of: Array(request.utf8)).hex == example.requestHash)
        let authorization = AWSSignature(region: "us-east-1").authorization(
            example.method, path: example.path, query: query, headers: headers, payloadHash: hash, date: Self.date,
            credentials: Self.credentials)
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="))
    }

    @Test func `other services: get-vanilla of the test suite`() {
        let authorization = AWSSignature(region: "us-east-1", service: "service").authorization(
            "GET", path: "/", query: "",
            headers: [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
            payloadHash: ContentID.empty.hex, date: "20150830T123600Z",
            credentials: AWSCredentials(
                accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
        #expect(authorization.hasSuffix("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"))
    }

    @Test func `paths and queries are encoded`() {
        #expect(ASCII.percentEncoded("a b/ü~*+".utf8, keepingSlashes: true) == "a%20b/%C3%BC~%2A%2B")
        #expect(AWSSignature.query([("b", "/"), ("a", "2"), ("a", "1")]) == "a=1&a=2&b=%2F")
    }
}

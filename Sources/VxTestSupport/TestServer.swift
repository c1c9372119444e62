import VxModel
import VxRemote
import VxSystem

import struct SystemPackage.FilePath

/// Servers that speak S3, which tests start for themselves on loopback, on a free port, and stop by process.
package final class TestServer {
    package let endpoint: String
    private let process: HelperProcess

    private init(_ process: HelperProcess, _ endpoint: String) {
        self.process = process
        self.endpoint = endpoint
    }

    deinit { process.stop() }

    package static let accessKey = "TESTACCESSKEY"
    package static let secretKey = "test-secret-key-0123456789"

    /// The rclone of this machine; `nil` where there is none.
    package static let rclone = program("rclone", variable: "VX_TEST_RCLONE")
    /// moto's server of this machine; `nil` where there is none.
    package static let moto = program("moto_server", variable: "VX_TEST_MOTO")

    private static func program(_ name: String, variable: String) -> FilePath? {
        if let named = TestEnvironment[variable].map({ FilePath($0) }), ProgramSearch.isProgram(named) { return named }
        return ProgramSearch.find(name, in: TestEnvironment["PATH"])
    }

    /// `rclone serve s3` over a folder of the scratch, with a key pair that it checks.
    package static func startRclone(_ scratch: Scratch) throws -> TestServer {
        guard let rclone else { throw VxError("rclone is not installed", hint: "set VX_TEST_RCLONE") }
        let folder = scratch.work.appending("served")
        try Files.createDirectories(folder)
        return try start(
            rclone, ["serve", "s3", "--addr", "127.0.0.1:0", folder.string], scratch,
            environment: ["RCLONE_AUTH_KEY": "\"\(accessKey),\(secretKey)\"", "RCLONE_CONFIG": "/dev/null"])
    }

    /// moto's server, which keeps what it is given in memory.
    package static func startMoto(_ scratch: Scratch) throws -> TestServer {
        guard let moto else { throw VxError("moto_server is not installed", hint: "set VX_TEST_MOTO") }
        return try start(moto, ["-H", "127.0.0.1", "-p", "0"], scratch, environment: [:])
    }

    private static func start(
        _ program: FilePath, _ arguments: [String], _ scratch: Scratch, environment: [String: String]
    ) throws -> TestServer {
        let log = scratch.root.appending("server.log")
        var variables = environment
        for name in ["PATH", "PYENV_ROOT"] { variables[name] = TestEnvironment[name] }
        // Where its Python may have its packages (CVxTestEnvironment).
        variables["HOME"] = TestEnvironment["VX_TEST_HOME"]
        variables["PYTHONUNBUFFERED"] = "1"
        let process = try HelperProcess(program, arguments, environment: variables, output: log)
        for _ in 0..<1200 {
            let text = String(decoding: try Files.read(log) ?? [], as: UTF8.self)
            if let found = text.firstRange(of: "http://127.0.0.1:") {
                let port = text[found.upperBound...].prefix { $0.isNumber }
                if port.count > 1 { return TestServer(process, "http://127.0.0.1:\(port)") }
            }
            Timing.system(Cancellation()).sleep(0.05)
        }
        let said = String(decoding: try Files.read(log) ?? [], as: UTF8.self)
        throw VxError("\(program) did not start", because: said)
    }

    /// What programs that speak S3 to it find in their environment.
    package static var variables: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }

    /// A bucket of it, made by the first put.
    package func backend(
        bucket: String = "bucket", prefix: String = "", secret: String = secretKey, limits: S3Backend.Limits = .init(),
        session: String? = nil
    ) -> S3Backend {
        let cancellation = Cancellation()
        let transport = CurlTransport(HTTPSettings(proxy: ""), cancellation: cancellation)
        let source = AWSCredentialSource(
            environment: [:],
            given: AWSCredentials(accessKey: Self.accessKey, secretKey: secret, sessionToken: session),
            transport: transport, clock: { FileTime.now().seconds })
        return S3Backend(
            S3Address(bucket: bucket, prefix: prefix, endpoint: endpoint, style: .path), region: "us-east-1",
            credentials: source, transport: transport, limits: limits, makesBucket: true,
            clock: { FileTime.now().seconds })
    }
}

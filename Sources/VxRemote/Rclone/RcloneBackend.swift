import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A remote on any of the storages that rclone knows: `rclone serve s3` runs on this machine's loopback, with a key made
/// for this run alone, and vx speaks S3 to it. It is started by the first request and ends with this process.
package final class RcloneBackend: RemoteBackend {
    /// The oldest rclone that can serve S3.
    package static let minimumVersion = (major: 1, minor: 65)

    package let location: String
    private let address: RcloneAddress
    private let context: RemoteContext
    private let served = Mutex<Served?>(nil)

    private final class Served: Sendable {
        let process: HelperProcess
        let backend: S3Backend
        let log: FilePath

        init(process: HelperProcess, backend: S3Backend, log: FilePath) {
            self.process = process
            self.backend = backend
            self.log = log
        }

        deinit {
            process.stop()
            try? Files.remove(log)  // it lies in the folder for temporary files
        }
    }

    package init(_ address: RcloneAddress, location: String, _ context: RemoteContext) {
        self.address = address
        self.location = location
        self.context = context
    }

    private func backend() throws(RemoteError) -> S3Backend {
        let result = served.withLock { served in
            Result { () throws(RemoteError) in
                if let served { return served.backend }
                let started = try start()
                served = started
                return started.backend
            }
        }
        return try result.get()
    }

    // MARK: - Starting

    private var temporaryFolder: FilePath { FilePath(context.environment["TMPDIR"] ?? "/tmp") }

    private func start() throws(RemoteError) -> Served {
        let program = try find()
        try requireVersion(program)
        let log = temporaryFolder.appending(Files.temporaryName())
        let (id, secret) = (Self.randomKey(), Self.randomKey())
        var environment = context.environment
        // On the command line everybody on this machine could read it. Newer versions read the variable as a line of CSV.
        environment["RCLONE_AUTH_KEY"] = "\"\(id),\(secret)\""
        do throws(RemoteError) {
            let process = try locally { () throws(VxError) in
                try HelperProcess(
                    program, ["serve", "s3", "--addr", "127.0.0.1:0", "--etag-hash", "", address.served],
                    environment: environment, output: log)
            }
            let endpoint = try waitForAddress(log)
            // An older version takes the quotes for part of the pair.
            for (id, secret) in [(id, secret), ("\"\(id)", "\(secret)\"")] {
                let backend = connect(endpoint, AWSCredentials(accessKey: id, secretKey: secret))
                do throws(RemoteError) {
                    _ = try backend.head(RemoteLayout.marker)
                    return Served(process: process, backend: backend, log: log)
                } catch {
                    guard error.kind == .notAuthorised else { throw error }
                }
            }
            throw RemoteError(
                .refused, "rclone does not take the key that vx has given it", hint: "install a newer rclone")
        } catch {
            try? Files.remove(log)  // the first error is the one to report
            throw error
        }
    }

    private func connect(_ endpoint: String, _ credentials: AWSCredentials) -> S3Backend {
        let transport = CurlTransport(HTTPSettings(proxy: ""), cancellation: context.cancellation)
        let source = AWSCredentialSource(
            environment: [:], given: credentials, transport: transport, clock: context.clock)
        return S3Backend(
            S3Address(bucket: address.bucket, prefix: "", endpoint: endpoint, style: .path), region: "us-east-1",
            credentials: source, transport: transport,
            // Uploads in parts would be kept in memory by older versions.
            limits: .init(multipartFrom: .max, connections: 6), location: location, makesBucket: true,
            clock: context.clock)
    }

    private static func randomKey() -> String {
        Hex.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }

    private func find() throws(RemoteError) -> FilePath {
        let path = context.environment["PATH"] ?? ""
        let candidates =
            context.environment["VX_RCLONE"].map { [FilePath($0)] }
            ?? path.split(separator: ":").map { FilePath(String($0)).appending("rclone") }
        let found = try locally { () throws(VxError) in
            for candidate in candidates {
                if let status = try Files.targetStatus(candidate), status.kind == .regular, status.isExecutable {
                    return candidate as FilePath?
                }
            }
            return nil
        }
        guard let found else {
            throw RemoteError(
                .misconfigured, "rclone is not installed", because: "the remote \(location) is reached through it",
                hint: "install rclone 1.65 or newer (https://rclone.org/install), or name it in the variable VX_RCLONE")
        }
        return found
    }

    private func requireVersion(_ program: FilePath) throws(RemoteError) {
        let file = temporaryFolder.appending(Files.temporaryName())
        defer { try? Files.remove(file) }  // it lies in the folder for temporary files
        let words = try locally { () throws(VxError) in
            let process = try HelperProcess(program, ["version"], environment: context.environment, output: file)
            var text = ""
            for _ in 0..<100 {
                text = String(decoding: try Files.read(file) ?? [], as: UTF8.self)
                if text.contains("\n") { break }
                context.timing.sleep(0.05)
            }
            process.stop()
            return text.split(whereSeparator: \.isWhitespace).prefix(2).map(String.init)
        }
        let numbers = (words.last ?? "").drop { !$0.isNumber }.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard words.first == "rclone", numbers.count == 2 else {
            throw RemoteError(
                .misconfigured, "\(program) is no rclone", hint: "name the right one in the variable VX_RCLONE")
        }
        guard (numbers[0], numbers[1]) >= Self.minimumVersion else {
            throw RemoteError(
                .misconfigured, "rclone \(numbers[0]).\(numbers[1]) is too old",
                because:
                    "it cannot serve S3, which came with \(Self.minimumVersion.major).\(Self.minimumVersion.minor)",
                hint: "install a newer one (https://rclone.org/install)")
        }
    }

    /// Waits until rclone says where it listens.
    private func waitForAddress(_ log: FilePath) throws(RemoteError) -> String {
        let start = context.timing.now()
        while context.timing.now() - start < 30 {
            if context.cancellation.isCancelled { throw RemoteError(.interrupted, "interrupted") }
            let text = try locally { () throws(VxError) in
                String(decoding: try Files.read(log, limit: 1 << 20) ?? [], as: UTF8.self)
            }
            if let found = text.firstRange(of: "[http://127.0.0.1:") {
                let rest = text[found.upperBound...]
                if let end = rest.firstIndex(where: { !$0.isNumber }) { return "http://127.0.0.1:\(rest[..<end])" }
            }
            for line in text.split(separator: "\n") where line.contains("CRITICAL") || line.contains("Failed to") {
                throw RemoteError(
                    .misconfigured, "rclone cannot serve \(location)", because: String(line),
                    hint: "try it with 'rclone lsd \(address.served)'")
            }
            context.timing.sleep(0.02)
        }
        throw RemoteError(.unavailable, "rclone does not start serving \(location)")
    }

    // MARK: - Requests

    package func properties() throws(RemoteError) -> RemoteProperties { try backend().properties() }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try backend().put(key, body, moved: moved)
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try backend().read(key, at: offset, into: buffer, moved: moved)
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? { try backend().head(key) }

    /// None: rclone is started without hashes, which on many storages would have to read everything.
    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? { try backend().checksum(key) }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        try backend().list(prefix, each: each)
    }

    package func delete(_ key: String) throws(RemoteError) { try backend().delete(key) }
}

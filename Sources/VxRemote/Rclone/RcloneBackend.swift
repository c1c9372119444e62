import Synchronization
import VxModel
import VxSystem

/// A remote on any of the storages that rclone knows: `rclone serve s3` runs on this machine's loopback, with a key made
/// for this run alone, and vx speaks S3 to it. It is started by the first request and ends with this process.
package final class RcloneBackend: RemoteBackend {
    /// Seconds that rclone has to say where it listens.
    private static let patience = 30.0
    /// Seconds after which a request that fails has been tried again by rclone itself, ten times by its own default.
    private static let longRequest = 10.0

    /// Seconds without an answer of the rclone here: it may have to try again on its own side.
    private static let silence = 50

    package let location: String
    private let address: RcloneAddress
    private let context: RemoteContext
    private let start = Mutex(Start())

    /// An rclone that runs.
    private struct Served: Sendable {
        let process: HelperProcess
        let output: RcloneOutput
        let backend: S3Backend
    }

    /// How the last start went, and when, by the context's clock.
    private struct Start: Sendable {
        var served: Served?
        var failure: (error: RemoteError, time: Double)?
    }

    package init(_ address: RcloneAddress, location: String, _ context: RemoteContext) {
        self.address = address
        self.location = location
        self.context = context
    }

    /// Makes a request of the rclone that runs, and starts it where none does.
    ///
    /// - Parameter isNothing: whether the answer is that there is nothing: rclone says so, too, where the place fails.
    private func request<Result>(
        isNothing: (Result) -> Bool = { _ in false }, _ body: (S3Backend) throws(RemoteError) -> Result
    ) throws(RemoteError) -> Result {
        let begun = context.timing.now()
        let started = start.withLock { start in
            Swift.Result { () throws(RemoteError) in
                if let served = start.served { return served }
                // Of requests that are made at once, one has waited for it; the others need not do it again.
                if let failure = start.failure, failure.time >= begun { throw failure.error }
                do throws(RemoteError) {
                    let served = try self.startServing()
                    start.served = served
                    return served
                } catch {
                    start.failure = (error, context.timing.now())
                    throw error
                }
            }
        }
        let served = try started.get()
        return try explaining(served, isNothing) { () throws(RemoteError) in try body(served.backend) }
    }

    /// That a place fails behind rclone is told by rclone alone: its answer to vx is only that something is wrong.
    private func explaining<Result>(
        _ served: Served, _ isNothing: (Result) -> Bool, _ body: () throws(RemoteError) -> Result
    ) throws(RemoteError) -> Result {
        let start = context.timing.now()
        let known = try served.output.log().length
        func isLong() -> Bool { context.timing.now() - start > Self.longRequest }
        let result: Result
        do throws(RemoteError) {
            result = try body()
        } catch {
            guard error.kind == .unavailable || error.kind == .notFound else { throw error }
            let said = try served.output.log().lastError(after: error.kind == .notFound ? known : 0)
            guard said != nil || error.kind == .unavailable else { throw error }
            throw failure(said, cause: error.cause, message: error.message, isFinal: error.isFinal || isLong())
        }
        if isNothing(result), let said = try served.output.log().lastError(after: known) {
            throw failure(said, cause: nil, isFinal: isLong())
        }
        return result
    }

    /// The error of a place that fails behind rclone.
    ///
    /// - Parameter said: rclone's words for it.
    private func failure(_ said: String?, cause: String?, message: String? = nil, isFinal: Bool) -> RemoteError {
        if let said, RcloneLog.kind(of: said) == .notAuthorised { return RcloneLog.refused(location, said, address) }
        let words = [cause, said.map { "rclone says: \($0)" }].compactMap { $0 }.joined(separator: "; ")
        var error = RemoteError(
            .unavailable, message ?? "\(location) does not answer", because: words.isEmpty ? nil : words,
            hint: "\(address.trial) shows whether the place behind rclone can be reached")
        error.isFinal = isFinal
        return error
    }

    // MARK: - Starting

    private func startServing() throws(RemoteError) -> Served {
        let program = try RcloneProgram(for: location, context)
        let output = RcloneOutput(try program.outputFile())
        let (id, secret) = (Self.randomKey(), Self.randomKey())
        var environment = context.environment
        // On the command line everybody on this machine could read it. Newer versions read the variable as a line of CSV.
        environment["RCLONE_AUTH_KEY"] = "\"\(id),\(secret)\""
        let process = try locally { () throws(VxError) in
            try HelperProcess(
                program.path, ["serve", "s3", "--addr", "127.0.0.1:0", "--etag-hash", "", address.served],
                environment: environment, output: output.file)
        }
        let endpoint = try waitForAddress(process, output, program)
        // An older version takes the quotes for part of the pair.
        for (id, secret) in [(id, secret), ("\"\(id)", "\(secret)\"")] {
            let backend = connect(endpoint, AWSCredentials(accessKey: id, secretKey: secret))
            let served = Served(process: process, output: output, backend: backend)
            // Who refuses is to be told apart: rclone our pair, or the place behind it what rclone has.
            var isOurs = false
            do throws(RemoteError) {
                _ = try explaining(served, { $0 == nil }) { () throws(RemoteError) in
                    do throws(RemoteError) {
                        return try backend.head(RemoteLayout.marker)
                    } catch {
                        isOurs = error.kind == .notAuthorised
                        throw error
                    }
                }
                return served
            } catch {
                guard isOurs else { throw error }
            }
        }
        throw RemoteError(
            .refused, "rclone does not take the key that vx has given it", hint: "install a newer rclone")
    }

    /// Waits until rclone says where it listens, or ends.
    private func waitForAddress(
        _ process: HelperProcess, _ output: RcloneOutput, _ program: RcloneProgram
    ) throws(RemoteError) -> String {
        let start = context.timing.now()
        var trial: SSHTrial?
        while true {
            if context.cancellation.isCancelled { throw RemoteError(.interrupted, "interrupted") }
            // Looked at before the output is read: what rclone has said is all there then.
            let hasEnded = process.hasEnded
            let log = try output.log()
            if let endpoint = log.endpoint { return endpoint }
            if hasEnded || log.hasFailed { throw try trial?.failure() ?? log.error(location, address) }
            if let failure = try trial?.failure(), !context.isAttended || failure.kind != .notAuthorised {
                throw failure
            }
            if trial == nil, let host = address.ssh, context.timing.now() - start > SSHTrial.delay {
                trial = try SSHTrial(host, location, program, context)
            }
            guard context.timing.now() - start < Self.patience else {
                var error = RemoteError(
                    .unavailable, "rclone does not start serving \(location)",
                    because: "it has said nothing for \(Int(Self.patience)) seconds",
                    hint: "\(address.trial) shows whether it is there")
                error.isFinal = true
                throw error
            }
            context.timing.sleep(0.02)
        }
    }

    private func connect(_ endpoint: String, _ credentials: AWSCredentials) -> S3Backend {
        let transport = CurlTransport(
            HTTPSettings(proxy: "", silence: Self.silence), cancellation: context.cancellation)
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

    // MARK: - Requests

    package func properties() throws(RemoteError) -> RemoteProperties {
        try request { (backend) throws(RemoteError) in try backend.properties() }
    }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try request { (backend) throws(RemoteError) in try backend.put(key, body, moved: moved) }
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try request { (backend) throws(RemoteError) in try backend.add(key, body, moved: moved) }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try request { (backend) throws(RemoteError) in try backend.read(key, at: offset, into: buffer, moved: moved) }
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        try request(isNothing: { $0 == nil }) { (backend) throws(RemoteError) in try backend.contents(key, limit: limit)
        }
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        try request(isNothing: { $0 == nil }) { (backend) throws(RemoteError) in try backend.head(key) }
    }

    /// None: rclone is started without hashes, which on many storages would have to read everything.
    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try request { (backend) throws(RemoteError) in try backend.checksum(key) }
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        var isEmpty = true
        try request(isNothing: { isEmpty }) { (backend) throws(RemoteError) in
            try backend.list(prefix) { (object) throws(RemoteError) in
                isEmpty = false
                try each(object)
            }
        }
    }

    package func delete(_ key: String) throws(RemoteError) {
        try request { (backend) throws(RemoteError) in try backend.delete(key) }
    }
}

import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `rclone serve s3` over a folder, on a free port of loopback, started and stopped by the benchmark.
final class Endpoint {
    static let accessKey = "BENCHACCESSKEY"
    static let secretKey = "bench-secret-key-0123456789"
    static let bucket = "bench"

    let url: String
    /// What it serves: each folder in it is a bucket.
    let folder: FilePath
    private let process: HelperProcess

    /// - Throws: where it does not start within a minute.
    init(_ rclone: FilePath, serving folder: FilePath, in place: FilePath) throws {
        try Files.createDirectories(folder.appending(Self.bucket))
        self.folder = folder
        let log = place.appending("endpoint.log")
        // In quotes: a comma would else begin another pair.
        var variables = [
            "RCLONE_AUTH_KEY": "\"\(Self.accessKey),\(Self.secretKey)\"", "RCLONE_CONFIG": "/dev/null",
        ]
        for name in ["PATH", "HOME"] { variables[name] = CurrentProcess.environment[name] }
        process = try HelperProcess(
            rclone, ["serve", "s3", "--addr", "127.0.0.1:0", folder.string], environment: variables, output: log)
        for _ in 0..<600 {
            let text = String(decoding: try Files.read(log) ?? [], as: UTF8.self)
            if let found = text.firstRange(of: "http://127.0.0.1:") {
                let port = text[found.upperBound...].prefix { $0.isNumber }
                // A line may be there in part.
                if text[found.upperBound...].dropFirst(port.count).first != nil {
                    url = "http://127.0.0.1:\(port)"
                    return
                }
            }
            usleep(100_000)
        }
        process.stop()
        throw VxError(
            "'rclone serve s3' did not start", because: String(decoding: try Files.read(log) ?? [], as: UTF8.self))
    }

    func stop() { process.stop() }

    /// What programs that speak S3 to it find in their environment.
    var variables: [String: String] {
        [
            "ENDPOINT": url, "BUCKET": Self.bucket, "SERVED": folder.appending(Self.bucket).string,
            "AWS_ACCESS_KEY_ID": Self.accessKey, "AWS_SECRET_ACCESS_KEY": Self.secretKey,
            "AWS_EC2_METADATA_DISABLED": "true", "RCLONE_CONFIG": "/dev/null", "VX_TRUST": "remotes",
            "RCLONE_S3_PROVIDER": "Rclone", "RCLONE_S3_ENDPOINT": url, "RCLONE_S3_ACCESS_KEY_ID": Self.accessKey,
            "RCLONE_S3_SECRET_ACCESS_KEY": Self.secretKey,
        ]
    }

    /// Objects in the bucket, and their bytes.
    func contents() throws -> (objects: Int, bytes: UInt64) { try Self.contents(folder.appending(Self.bucket)) }

    private static func contents(_ path: FilePath) throws -> (objects: Int, bytes: UInt64) {
        guard let status = try Files.status(path) else { return (0, 0) }
        if status.kind == .regular { return (1, status.size) }
        return try Files.names(in: path).reduce(into: (0, 0)) { sum, name in
            let found = try contents(path.appending(name))
            sum.0 += found.objects
            sum.1 += found.bytes
        }
    }
}

import Synchronization
import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("An upload that was interrupted") struct ResumeTests {
    private static let part = 5 << 20
    private static let key = "packs/aa/" + String(repeating: "a", count: 64)
    private static let body = (0..<(4 * part + 1000)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    private func backend(_ bucket: FakeBucket) -> S3Backend {
        let source = AWSCredentialSource(
            environment: [:], given: AWSCredentials(accessKey: "A", secretKey: "B"), transport: bucket, clock: { 0 })
        return S3Backend(
            S3Address(bucket: "b", prefix: "p", endpoint: "http://h", style: .virtual), region: "us-east-1",
            credentials: source, transport: bucket,
            limits: .init(multipartFrom: UInt64(Self.part), part: UInt64(Self.part)), clock: { 1_700_000_000 })
    }

    /// Pushes by new backends, as new processes do.
    private func put(_ bucket: FakeBucket, _ body: [UInt8] = Self.body) throws -> (isNew: Bool, moved: Int) {
        var moved = 0
        let isNew = try backend(bucket).put(Self.key, .bytes(body)) { moved += $0 }
        return (isNew, moved)
    }

    @Test("goes on where it was, whenever the line is cut", arguments: [0, 1, 2, 3, 4])
    func goesOn(parts: Int) throws {
        let bucket = FakeBucket()
        bucket.state.withLock { $0.limit = parts * Self.part + 10 }
        let error = #expect(throws: RemoteError.self) { try put(bucket) }
        #expect(error?.kind == .interrupted)
        bucket.state.withLock {
            $0.limit = nil
            $0.received = 0
        }
        let second = try put(bucket)
        #expect(second.isNew)
        #expect(second.moved == Self.body.count - parts * Self.part)
        let state = bucket.state.withLock { $0 }
        // What was sent besides is the list of the parts.
        #expect(state.received < Self.body.count - parts * Self.part + 2000)
        #expect(state.objects["p/\(Self.key)"] == Self.body)
        #expect(state.uploads.isEmpty && state.begun == 1)
    }

    @Test("takes over no part that has other bytes") func otherBytes() throws {
        let bucket = FakeBucket()
        bucket.state.withLock { $0.limit = 3 * Self.part + 10 }
        #expect(throws: RemoteError.self) { try put(bucket) }
        bucket.state.withLock {
            $0.limit = nil
            $0.uploads["u1"]?.parts[2]?[7] ^= 1
            $0.uploads["u1"]?.parts[3]?.removeLast()
        }
        #expect(try put(bucket).moved == Self.body.count - Self.part)
        #expect(bucket.state.withLock { $0.objects["p/\(Self.key)"] } == Self.body)
    }

    @Test("is sent anew where the storage does not tell of it, or it has ended") func anew() throws {
        let bucket = FakeBucket()
        bucket.state.withLock { $0.limit = Self.part + 10 }
        #expect(throws: RemoteError.self) { try put(bucket) }
        bucket.state.withLock {
            $0.limit = nil
            $0.tellsUploads = false
        }
        #expect(try put(bucket).moved == Self.body.count)
        // Somebody else's is in place by then.
        #expect(try !put(bucket).isNew)
    }

    @Test("is asked for once, however many objects are sent") func roundTrips() throws {
        let bucket = FakeBucket()
        let backend = backend(bucket)
        for number in 0..<3 {
            let key = "packs/a\(number)/a\(number)" + String(repeating: "a", count: 62)
            #expect(try backend.put(key, .bytes(Self.body)) { _ in })
        }
        #expect(bucket.state.withLock { $0.requests.count { $0 == "GET prefix&uploads" } } == 1)
    }

    @Test("leaves no parts where it fails for good") func aborted() throws {
        let bucket = FakeBucket()
        let transport = RefusingTransport(bucket)
        let source = AWSCredentialSource(
            environment: [:], given: AWSCredentials(accessKey: "A", secretKey: "B"), transport: bucket, clock: { 0 })
        let backend = S3Backend(
            S3Address(bucket: "b", prefix: "p", endpoint: "http://h", style: .virtual), region: "us-east-1",
            credentials: source, transport: transport,
            limits: .init(multipartFrom: UInt64(Self.part), part: UInt64(Self.part)), clock: { 1_700_000_000 })
        let error = #expect(throws: RemoteError.self) { try backend.put(Self.key, .bytes(Self.body)) { _ in } }
        #expect(error?.kind == .full)
        #expect(bucket.state.withLock { $0.uploads.isEmpty })
    }

    @Test("is removed by a collection once it is old") func sweep() throws {
        let bucket = FakeBucket()
        bucket.state.withLock { $0.limit = Self.part + 10 }
        #expect(throws: RemoteError.self) { try put(bucket) }
        bucket.state.withLock { $0.limit = nil }
        let year2020: Int64 = 1_577_836_800
        #expect(try backend(bucket).sweep(before: year2020, dryRun: false) == RemoteLeftovers())
        let found = RemoteLeftovers(files: 1, bytes: UInt64(Self.part))
        #expect(try backend(bucket).sweep(before: year2020 + 1, dryRun: true) == found)
        #expect(try backend(bucket).sweep(before: year2020 + 1, dryRun: false) == found)
        #expect(bucket.state.withLock { $0.uploads.isEmpty })
    }

    @Test("has a hash that the storage tells, though it was sent in parts") func checksum() throws {
        // As S3 makes it: 2 parts of 5 bytes and 1 of 3.
        let bytes = Array("0123456789abc".utf8)
        let parts: [Range<UInt64>] = [0..<5, 5..<10, 10..<13]
        let tag = "\"54d31756f3db9fea0d5009f62317cfa1-3\""
        let told = try #require(RemoteChecksum(entityTag: tag, parts: parts))
        for piece in [1, 2, 5, 7, 13] {
            let same = try told.same { (take) throws(VxError) in
                bytes.withUnsafeBytes { all in
                    var rest = all[...]
                    while !rest.isEmpty {
                        take(UnsafeRawBufferPointer(rebasing: rest.prefix(piece)))
                        rest = rest.dropFirst(piece)
                    }
                }
            }
            #expect(same == told)
        }
        #expect(RemoteChecksum(entityTag: tag, parts: Array(parts.dropLast())) == nil)
        #expect(RemoteChecksum(entityTag: tag) == nil)
    }
}

/// Says that there is no room left when the second part comes.
private final class RefusingTransport: HTTPTransport {
    private let base: FakeBucket

    init(_ base: FakeBucket) { self.base = base }

    func send(
        _ request: HTTPRequest, into target: UnsafeMutableRawBufferPointer?, moved: (Int) -> Void
    ) throws(RemoteError) -> HTTPResponse {
        if request.url.contains("partNumber=2") { return HTTPResponse(status: 507) }
        return try base.send(request, into: target, moved: moved)
    }
}

@Suite("An object in a folder that was interrupted") struct FolderResumeTests {
    private static let key = "packs/aa/aa"
    private static let body = (0..<(12 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

    /// Puts until some bytes are written, and is interrupted then.
    private func interrupt(_ root: FilePath, after limit: Int) throws {
        let cancellation = Cancellation()
        var moved = 0
        let error = #expect(throws: RemoteError.self) {
            try FolderBackend(root, cancellation: cancellation).put(Self.key, .bytes(Self.body)) {
                moved += $0
                if moved >= limit { cancellation.cancel() }
            }
        }
        #expect(error?.kind == .interrupted)
    }

    private func put(_ root: FilePath) throws -> Int {
        var moved = 0
        let backend = FolderBackend(root, cancellation: Cancellation())
        #expect(try backend.put(Self.key, .bytes(Self.body)) { moved += $0 })
        #expect(try backend.read(Self.key, at: 0, count: Self.body.count) == Self.body)
        return moved
    }

    @Test("goes on behind what of it is right", arguments: [(5 << 20, nil, 5 << 20), (5 << 20, 2_500_000, 2 << 20)])
    func goesOn(written: Int, damage: Int?, right: Int) throws {
        try Scratch.with { scratch in
            let root = scratch.work.appending("remote")
            try interrupt(root, after: written)
            let left = try Files.names(in: root.appending("tmp"))
            #expect(left.count == 1)
            #expect(try FolderBackend(root, cancellation: Cancellation()).list("").isEmpty)
            if let damage {
                let file = try OpenFile.updating(root.appending("tmp").appending(try #require(left.first)))
                try [UInt8]([0, 1, 2, 3]).withUnsafeBytes { try file.write(at: UInt64(damage), $0) }
            }
            #expect(try put(root) == Self.body.count - right)
            #expect(try Files.names(in: root.appending("tmp")).isEmpty)
        }
    }

    @Test("is left alone while another process is at work on it, and goes after a day") func others() throws {
        try Scratch.with { scratch in
            let root = scratch.work.appending("remote")
            try interrupt(root, after: 5 << 20)
            let path = root.appending("tmp").appending(try #require(try Files.names(in: root.appending("tmp")).first))
            let file = try OpenFile.updating(path)
            #expect(try file.tryLock())
            #expect(try put(root) == Self.body.count)
            #expect(try file.status().size == 5 << 20)
            let backend = FolderBackend(root, cancellation: Cancellation())
            #expect(try backend.sweep(dryRun: false) == RemoteLeftovers())
            try file.setModified(FileTime(seconds: FileTime.now().seconds - 90_000, nanoseconds: 0))
            #expect(try backend.sweep(dryRun: false) == RemoteLeftovers(files: 1, bytes: 5 << 20))
        }
    }
}

import Synchronization
import VxModel
import VxSystem

/// A remote in a bucket of S3, or of anything that speaks its protocol.
///
/// "Unless something is there" is `If-None-Match: *` where the endpoint knows it. Many take no notice of it, so it is
/// always looked for first as well; only AWS itself is said to be atomic.
package final class S3Backend: RemoteBackend {
    package struct Limits: Sendable {
        /// Bytes from which an object is sent in parts.
        package var multipartFrom: UInt64
        /// Bytes of a part: 5 MiB at least, by the protocol.
        package var part: UInt64
        package var connections: Int

        package init(multipartFrom: UInt64 = 16 << 20, part: UInt64 = 8 << 20, connections: Int = 8) {
            self.multipartFrom = multipartFrom
            self.part = part
            self.connections = connections
        }
    }

    package let location: String
    let client: S3Client
    let limits: Limits
    private let makesBucket: Bool
    /// Uploads in parts that have begun and not ended, by key; `nil` before the bucket was asked.
    let unfinished = Mutex<[String: S3Upload]?>(nil)
    /// Cleared once the endpoint refuses a conditional put as such.
    private let isConditional = Mutex(true)

    /// - Parameters:
    ///   - location: as people read it, where that is another than the address.
    ///   - makesBucket: whether a put makes the bucket where it is missing.
    package init(
        _ address: S3Address, region: String, credentials: AWSCredentialSource?, transport: any HTTPTransport,
        limits: Limits = Limits(), location: String? = nil, makesBucket: Bool = false,
        clock: @escaping @Sendable () -> Int64
    ) {
        let location = location ?? address.description
        client = S3Client(
            address, location: location, region: region, credentials: credentials, transport: transport, clock: clock)
        self.limits = limits
        self.location = location
        self.makesBucket = makesBucket
    }

    package func properties() throws(RemoteError) -> RemoteProperties {
        RemoteProperties(
            putIfAbsent: client.address.endpoint == nil ? .atomic : .checked, connections: limits.connections)
    }

    // MARK: - Put

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        if try head(key) != nil { return false }
        return try add(key, body, moved: moved)
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try RemoteLayout.check(key: key)
        do throws(RemoteError) {
            return try store(key, body, moved: moved)
        } catch {
            guard makesBucket, error.kind == .notFound else { throw error }
            _ = try client.send(.init(method: .put, key: nil, accepting: [409]))
            return try store(key, body, moved: moved)
        }
    }

    private func store(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        if body.length >= limits.multipartFrom { return try storeInParts(key, body, moved: moved) }
        return try conditionally { (headers) throws(RemoteError) in
            let answer = try client.send(
                .init(method: .put, key: key, headers: headers, body: body, accepting: [412, 501]), moved: moved)
            // What stored an object names it. A page to log in at, say, does not.
            if answer.isSuccess, answer.headers["etag"] == nil { throw noAnswer("storing \(key)") }
            return answer
        }
    }

    /// The error for a success that none of S3's could be.
    private func noAnswer(_ what: String) -> RemoteError {
        RemoteError(
            .refused, "\(what) in \(location) failed", because: "the server's answer is none of S3's",
            hint:
                "does the endpoint speak S3, and does nothing stand between (a page to log in at)? 'vx remote list' shows it"
        )
    }

    /// Objects of a listing: more are not of a remote of vx's, whose packs hold many contents each.
    private static let mostListed = 1_000_000
    /// Pages without an object, one after the other: a server may look through other keys for each.
    private static let mostEmptyPages = 1000

    /// Makes a request that stores, unless something is there; again without the condition where that is not known.
    func conditionally(
        _ request: ([(name: String, value: String)]) throws(RemoteError) -> HTTPResponse
    ) throws(RemoteError) -> Bool {
        let condition = isConditional.withLock { $0 } ? [(name: "If-None-Match", value: "*")] : []
        var answer = try request(condition)
        if answer.status == 501, !condition.isEmpty {
            isConditional.withLock { $0 = false }
            answer = try request([])
        }
        if answer.status == 501 { throw S3Failure(answer).remoteError("storing in \(location)", redacting: nil) }
        return answer.status != 412
    }

    // MARK: - Read

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try RemoteLayout.check(key: key)
        if buffer.isEmpty {
            // HTTP has no empty range.
            guard let object = try head(key) else { throw missing(key) }
            if offset > object.size { throw short(key) }
            return
        }
        let (last, overflow) = offset.addingReportingOverflow(UInt64(buffer.count) - 1)
        guard !overflow, last < UInt64(Int64.max) else { throw short(key) }
        let answer = try client.send(
            .init(method: .get, key: key, headers: [("Range", "bytes=\(offset)-\(last)")], accepting: [416]),
            into: buffer,
            moved: moved)
        if answer.status == 416 { throw short(key) }
        // rclone answers 200 with the range in a header. Without that header, the whole object is the right answer only
        // where it was asked for.
        let range = answer.headers["content-range"]
        guard range?.hasPrefix("bytes \(offset)-\(last)/") ?? (answer.status == 200 && offset == 0),
            answer.filled == buffer.count
        else { throw short(key) }
    }

    private func missing(_ key: String) -> RemoteError { RemoteError(.notFound, "there is no \(key) in \(location)") }

    private func short(_ key: String) -> RemoteError {
        RemoteError(.damaged, "\(key) in \(location) is not as long as it should be")
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        try RemoteLayout.check(key: key)
        let answer = try client.send(.init(method: .head, key: key, accepting: [404]))
        if answer.status == 404 { return nil }
        guard let size = answer.headers["content-length"].flatMap({ UInt64(sizeText: $0) }) else {
            throw RemoteError(.unavailable, "\(location) does not say how long \(key) is")
        }
        return RemoteObject(
            key: key, size: size, modified: answer.headers["last-modified"].flatMap { CalendarTime.http($0) } ?? 0)
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        try RemoteLayout.check(key: key)
        // More is not kept of an answer that goes into no buffer.
        if limit > HTTPResponse.bodyLimit {
            guard let object = try head(key) else { return nil }
            guard object.size <= UInt64(limit) else { throw tooLong(key, object.size) }
            return try read(key, at: 0, count: Int(object.size))
        }
        let answer = try client.send(.init(method: .get, key: key, accepting: [404]))
        if answer.status == 404 { return nil }
        let size = answer.headers["content-length"].flatMap { UInt64(sizeText: $0) } ?? UInt64(answer.body.count)
        guard size <= UInt64(limit), answer.body.count <= limit else { throw tooLong(key, size) }
        guard size == UInt64(answer.body.count) else { throw short(key) }
        return answer.body
    }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try RemoteLayout.check(key: key)
        let answer = try client.send(.init(method: .head, key: key, accepting: [404]))
        // Under a key of one's own the tag is something else, of the same form.
        guard answer.isSuccess, answer.headers["x-amz-server-side-encryption"]?.hasPrefix("aws:kms") != true,
            answer.headers["x-amz-server-side-encryption-customer-algorithm"] == nil
        else { return nil }
        let size = answer.headers["content-length"].flatMap { UInt64(sizeText: $0) }
        return answer.headers["etag"].flatMap { tag in
            RemoteChecksum(entityTag: tag, parts: size.map { parts(of: $0) } ?? [])
        }
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        let start = client.address.prefix.isEmpty ? "" : "\(client.address.prefix)/"
        var token: String?
        var (count, emptyPages) = (0, 0)
        repeat {
            var query = [(name: "list-type", value: "2"), (name: "prefix", value: start + prefix)]
            if let token { query.append(("continuation-token", token)) }
            // A bucket that is to be made by the first put is empty.
            let answer = try client.send(
                .init(method: .get, key: nil, query: query, accepting: makesBucket ? [404] : []))
            if answer.status == 404 { return }
            guard let xml = XMLScan(answer.body).elements("ListBucketResult").first else { throw noAnswer("listing") }
            let items = xml.elements("Contents")
            count += items.count
            for item in items {
                guard let key = item.first("Key"), let size = item.first("Size").flatMap({ UInt64(sizeText: $0) }),
                    key.hasPrefix(start)
                else { continue }
                let object = RemoteObject(
                    key: String(key.dropFirst(start.count)), size: size,
                    modified: item.first("LastModified").flatMap { CalendarTime.iso($0) } ?? 0)
                if (try? RemoteLayout.check(key: object.key)) != nil { try each(object) }
            }
            let next = xml.first("IsTruncated") == "true" ? xml.first("NextContinuationToken") : nil
            emptyPages = items.isEmpty ? emptyPages + 1 : 0
            let goesOn = next != token && emptyPages < Self.mostEmptyPages && count < Self.mostListed
            guard next == nil || goesOn else {
                throw RemoteError(
                    .refused, "\(location) lists objects without an end", because: "it listed \(count) and has more")
            }
            token = next
        } while token != nil
    }

    package func delete(_ key: String) throws(RemoteError) {
        try RemoteLayout.check(key: key)
        _ = try client.send(.init(method: .delete, key: key, accepting: [404]))
    }
}

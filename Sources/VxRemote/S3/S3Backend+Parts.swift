import Synchronization
import VxModel
import VxSystem

/// An upload in parts.
struct S3Upload: Sendable, Equatable {
    var id: String
    /// When it was begun, in seconds since 1970 by the storage's clock.
    var begun: Int64
}

/// Objects that are sent in parts. What of them has arrived stays where a push is interrupted, and is found again by the
/// next: an object's key stands for its bytes.
extension S3Backend {
    private struct Part {
        var tag: String
        var size: UInt64
    }

    func storeInParts(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        if let upload = try known(key), let stored = try parts(of: upload, key) {
            do throws(RemoteError) {
                return try finish(upload, key, body, stored, moved: moved)
            } catch {
                // Whoever sends the same has ended it meanwhile.
                guard error.kind == .notFound else { throw error }
                if try head(key) != nil { return false }
            }
        }
        return try finish(try begin(key), key, body, [:], moved: moved)
    }

    /// At most 10,000 parts, by the protocol.
    func parts(of length: UInt64) -> [Range<UInt64>] {
        let size = max(limits.part, (length + 9_999) / 10_000)
        return stride(from: 0, to: length, by: Int(size)).map { $0..<min($0 + size, length) }
    }

    // MARK: - Uploads

    private func begin(_ key: String) throws(RemoteError) -> S3Upload {
        let start = try client.send(.init(method: .post, key: key, query: [("uploads", "")]))
        guard let id = XMLScan(start.body).first("UploadId"), !id.isEmpty else {
            throw RemoteError(.unavailable, "\(location) did not begin an upload in parts")
        }
        let upload = S3Upload(id: id, begun: 0)
        unfinished.withLock { $0?[key] = upload }
        return upload
    }

    /// The upload of a key that was begun and not ended, where there is one. The bucket is asked once.
    private func known(_ key: String) throws(RemoteError) -> S3Upload? {
        if let known = unfinished.withLock({ $0 }) { return known[key] }
        var found: [String: S3Upload] = [:]
        do throws(RemoteError) {
            try eachUpload(RemoteLayout.packPrefix) { key, upload in
                if let other = found[key], other.begun >= upload.begun { return }
                found[key] = upload
            }
        } catch {
            // Not every storage tells, and not to everybody. Then everything is sent.
            if error.isSilence || error.kind == .interrupted { throw error }
        }
        let uploads = found
        return unfinished.withLock { unfinished in
            let known = unfinished ?? uploads
            unfinished = known
            return known[key]
        }
    }

    /// Gives every upload in parts of keys that begin with `prefix`.
    private func eachUpload(_ prefix: String, _ body: (String, S3Upload) -> Void) throws(RemoteError) {
        let start = client.address.fullKey("")
        var markers: [(name: String, value: String)] = []
        while true {
            let answer = try client.send(
                .init(
                    method: .get, key: nil, query: [("prefix", start + prefix), ("uploads", "")] + markers,
                    accepting: [404]))
            if answer.status == 404 { return }
            let xml = XMLScan(answer.body)
            for item in xml.elements("Upload") {
                guard let key = item.first("Key"), let id = item.first("UploadId"), key.hasPrefix(start) else {
                    continue
                }
                let begun = item.first("Initiated").flatMap { CalendarTime.iso($0) } ?? 0
                let name = String(key.dropFirst(start.count))
                if (try? RemoteLayout.check(key: name)) != nil { body(name, S3Upload(id: id, begun: begun)) }
            }
            guard xml.first("IsTruncated") == "true", let key = xml.first("NextKeyMarker") else { return }
            let next = [("key-marker", key), ("upload-id-marker", xml.first("NextUploadIdMarker") ?? "")]
            guard markers.map(\.value) != next.map(\.1) else {
                throw RemoteError(.unavailable, "\(location) lists the same uploads again and again")
            }
            markers = next
        }
    }

    /// What has arrived of an upload, by number; `nil` where it has ended. Nothing where the storage does not tell.
    private func parts(of upload: S3Upload, _ key: String) throws(RemoteError) -> [Int: Part]? {
        var parts: [Int: Part] = [:]
        var marker: String?
        while true {
            let query = [("uploadId", upload.id)] + (marker.map { [("part-number-marker", $0)] } ?? [])
            let answer: HTTPResponse
            do throws(RemoteError) {
                answer = try client.send(.init(method: .get, key: key, query: query))
            } catch {
                if error.isSilence || error.kind == .interrupted { throw error }
                return error.kind == .notFound ? nil : [:]
            }
            let xml = XMLScan(answer.body)
            for item in xml.elements("Part") {
                guard let number = item.first("PartNumber").flatMap({ Int($0) }), let tag = item.first("ETag"),
                    let size = item.first("Size").flatMap({ UInt64(sizeText: $0) })
                else { continue }
                parts[number] = Part(tag: tag, size: size)
            }
            let next = xml.first("IsTruncated") == "true" ? xml.first("NextPartNumberMarker") : nil
            guard let next, next != marker else { return parts }
            marker = next
        }
    }

    /// Sends what is missing of an upload, and ends it.
    private func finish(
        _ upload: S3Upload, _ key: String, _ body: RemoteBody, _ stored: [Int: Part], moved: (Int) -> Void
    ) throws(RemoteError) -> Bool {
        do throws(RemoteError) {
            var list = ""
            for (index, range) in parts(of: body.length).enumerated() {
                let part = body.part(range)
                let known = stored[index + 1]
                let tag =
                    try known.map { (known) throws(RemoteError) in try holds(known, part) } == true
                    ? known?.tag ?? "" : try storePart(key, upload.id, index + 1, part, moved: moved)
                list += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
            }
            let end = Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8)
            let isNew = try conditionally { (headers) throws(RemoteError) in
                let answer = try client.send(
                    .init(
                        method: .post, key: key, query: [("uploadId", upload.id)], headers: headers, body: .bytes(end),
                        accepting: [412, 501]))
                // A failure may come after the status 200 was sent.
                if answer.isSuccess, XMLScan(answer.body).first("Code") != nil {
                    throw S3Failure(HTTPResponse(status: 500, body: answer.body)).remoteError(
                        "putting the parts of \(key) together in \(location)", redacting: nil)
                }
                return answer
            }
            unfinished.withLock { $0?[key] = nil }
            return isNew
        } catch {
            // What has arrived is of use where the push is repeated; a collection removes it where it is not.
            if error.kind.mayPass || error.kind == .interrupted { throw error }
            unfinished.withLock { $0?[key] = nil }
            // Parts that stay behind cost money. Where even that fails, the first error is the one to report.
            if error.kind != .notFound { _ = try? abort(upload, key) }
            throw error
        }
    }

    private func abort(_ upload: S3Upload, _ key: String) throws(RemoteError) {
        _ = try client.send(.init(method: .delete, key: key, query: [("uploadId", upload.id)], accepting: [404]))
    }

    /// Whether a part that has arrived is the same as one that would be sent.
    private func holds(_ known: Part, _ part: RemoteBody) throws(RemoteError) -> Bool {
        guard known.size == part.length, let told = RemoteChecksum(entityTag: known.tag) else { return false }
        return try told == .md5(part.md5())
    }

    /// A part that fails is sent again by itself: the whole would be much to send again.
    private func storePart(
        _ key: String, _ upload: String, _ number: Int, _ part: RemoteBody, moved: (Int) -> Void
    ) throws(RemoteError) -> String {
        var attempts = 3
        while true {
            var counted = 0
            do throws(RemoteError) {
                let answer = try client.send(
                    .init(
                        method: .put, key: key, query: [("partNumber", String(number)), ("uploadId", upload)],
                        body: part)
                ) {
                    counted += $0
                    moved($0)
                }
                guard let tag = answer.headers["etag"], !tag.contains("<"), !tag.contains("&") else {
                    throw RemoteError(.unavailable, "\(location) took a part and gave no tag for it")
                }
                return tag
            } catch {
                moved(-counted)
                attempts -= 1
                if !error.kind.mayPass || error.isSilence || attempts == 0 { throw error }
            }
        }
    }

    // MARK: - Leftovers

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        var old: [(key: String, upload: S3Upload)] = []
        do throws(RemoteError) {
            try eachUpload("") { key, upload in if upload.begun < time { old.append((key, upload)) } }
        } catch {
            // Not every storage has such uploads.
            if error.kind.mayPass || error.kind == .interrupted { throw error }
            return RemoteLeftovers()
        }
        var leftovers = RemoteLeftovers()
        for (key, upload) in old {
            guard let stored = try parts(of: upload, key) else { continue }
            if !dryRun { try abort(upload, key) }
            leftovers.files += 1
            leftovers.bytes.add(size: stored.values.sum(ofSizes: \.size))
        }
        return leftovers
    }
}

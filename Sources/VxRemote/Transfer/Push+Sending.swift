import Synchronization
import VxModel
import VxStore
import VxSystem

extension Push {
    func send(_ plan: Plan, _ there: RemotePacks, _ remote: RemoteCatalog, _ result: inout Result) throws {
        let count = plan.whole.count + plan.groups.count
        if count == 0 { return }
        progress.phase = .sending
        progress.expected.add(Int(plan.bytes))
        let width = min(count, try onRemote { () throws(RemoteError) in try backend.properties().connections })
        let done = Mutex<(packs: [PackContents], result: Result)>(([], Result()))
        try WorkerPool(width: width).forEachBatch(count: count, batch: 1, cancellation: cancellation) { _, range in
            for number in range {
                let sent =
                    number < plan.whole.count
                    ? try sendWhole(plan.whole[number], there)
                    : try sendGroup(plan.groups[number - plan.whole.count], there)
                done.withLock { done in
                    done.packs.append(sent.contents)
                    done.result.objects += sent.isNew ? 1 : 0
                    done.result.bytes += sent.bytes
                    done.result.reused += sent.reused
                    done.result.present += sent.isNew ? 0 : 1
                }
                progress.packs.add(1)
            }
        }
        let (packs, sent) = done.withLock { $0 }
        let index = Catalog.encode(contents: packs)
        let isNew = try put(index, remote)
        result.objects += sent.objects + (isNew ? 1 : 0)
        result.bytes += sent.bytes + (isNew ? UInt64(index.count) : 0)
        result.reused += sent.reused
        result.present += sent.present
        result.contents += plan.contents
    }

    /// Stores an index; says whether it was not there yet.
    ///
    /// - Throws: `corrupt` where something else stands under its name: nobody would find through it what was sent.
    private func put(_ index: [UInt8], _ remote: RemoteCatalog) throws(VxError) -> Bool {
        let id = ContentHasher.id(of: index)
        if remote.lists(id) { return false }
        let key = RemoteLayout.key(ofIndex: id)
        if remote.damaged.contains(where: { $0.id == id }) {
            throw damaged(key, because: "its bytes have another hash")
        }
        if try onRemote({ () throws(RemoteError) in try backend.add(key, .bytes(index)) { _ in } }) { return true }
        // It came since the indexes were listed.
        let standing = try onRemote { () throws(RemoteError) in
            try backend.head(key)?.size == UInt64(index.count) ? try backend.read(key, at: 0, count: index.count) : []
        }
        if standing == index { return false }
        throw damaged(key, because: "its bytes have another hash")
    }

    private typealias Sent = (contents: PackContents, isNew: Bool, bytes: UInt64, reused: UInt64)

    private func sendWhole(_ pack: PackID, _ there: RemotePacks) throws(VxError) -> Sent {
        let contents = PackContents(name: pack, records: try store.records(inPack: pack))
        let body = try RemoteBody.file(store.path(ofPack: pack))
        if try isThere(pack, body, there) { return (contents, false, 0, body.length) }
        // What is wrong here must not go to everybody else.
        try store.prove(pack: pack, cancellation: cancellation)
        let sent = try add(pack, body)
        return (contents, sent.isNew, sent.bytes, body.length - sent.bytes)
    }

    private func sendGroup(_ parts: [Location], _ there: RemotePacks) throws(VxError) -> Sent {
        var pack = try store.compose(parts, cancellation: cancellation)
        var variant = 0
        // What a collection is about to delete must not be what this push stands on, even where it is the same.
        while there.marked.contains(pack.contents.name) {
            try Files.remove(pack.path)
            variant += 1
            pack = try store.compose(parts, variant: variant, cancellation: cancellation)
        }
        do throws(VxError) {
            let body = try RemoteBody.file(pack.path)
            let name = pack.contents.name
            let sent = try isThere(name, body, there) ? (isNew: false, bytes: 0) : try add(name, body)
            try Files.remove(pack.path)
            return (pack.contents, sent.isNew, sent.bytes, body.length - sent.bytes)
        } catch {
            try? Files.remove(pack.path)  // the first error is the one to report
            throw error
        }
    }

    /// Whether the remote listed the pack; with `corrupt` where that has another length.
    private func isThere(_ pack: PackID, _ body: RemoteBody, _ there: RemotePacks) throws(VxError) -> Bool {
        guard let size = there.sizes[pack] else { return false }
        if size == body.length {
            progress.moved.add(Int(body.length))
            return true
        }
        throw damaged(RemoteLayout.key(ofPack: pack), because: "it has \(size) bytes, not \(body.length)")
    }

    private func damaged(_ key: String, because why: String) -> VxError {
        VxError(
            .corrupt, "\(key) in \(backend.location) is damaged", because: why,
            hint: "'vx fsck --remote --repair' puts it aside; then push again")
    }

    /// - Returns: whether it was stored now, and how many of its bytes were sent for that.
    private func add(_ pack: PackID, _ body: RemoteBody) throws(VxError) -> (isNew: Bool, bytes: UInt64) {
        var moved = 0
        let isNew = try onRemote { () throws(RemoteError) in
            try backend.add(RemoteLayout.key(ofPack: pack), body) {
                moved += $0
                progress.moved.add($0)
            }
        }
        // Sent more than once where an attempt failed; not at all where an earlier push had sent it.
        let sent = min(UInt64(max(0, moved)), body.length)
        progress.moved.add(Int(body.length - sent))
        return (isNew, isNew ? sent : 0)
    }
}

import Synchronization
import VxModel
import VxStore
import VxSystem

extension Push {
    func send(_ plan: Plan, _ there: RemotePacks, _ result: inout Result) throws {
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
                    ? try sendWhole(plan.whole[number]) : try sendGroup(plan.groups[number - plan.whole.count], there)
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
        let isNew = try put(index)
        result.objects += sent.objects + (isNew ? 1 : 0)
        result.bytes += sent.bytes + (isNew ? UInt64(index.count) : 0)
        result.reused += sent.reused
        result.present += sent.present
        result.contents += plan.contents
    }

    /// Stores an index; says whether it was not there yet.
    ///
    /// - Throws: `corrupt` where something else stands under its name: nobody would find through it what was sent.
    private func put(_ index: [UInt8]) throws(VxError) -> Bool {
        let key = RemoteLayout.key(ofIndex: ContentHasher.id(of: index))
        if try onRemote({ () throws(RemoteError) in try backend.put(key, index) }) { return true }
        let standing = try onRemote { () throws(RemoteError) in
            try backend.head(key)?.size == UInt64(index.count) ? try backend.read(key, at: 0, count: index.count) : []
        }
        if standing == index { return false }
        throw damaged(key, because: "its bytes have another hash")
    }

    private typealias Sent = (contents: PackContents, isNew: Bool, bytes: UInt64, reused: UInt64)

    private func sendWhole(_ pack: PackID) throws(VxError) -> Sent {
        let contents = PackContents(name: pack, records: try store.records(inPack: pack))
        let body = try RemoteBody.file(store.path(ofPack: pack))
        let key = RemoteLayout.key(ofPack: pack)
        if try isThere(key, body) { return (contents, false, 0, body.length) }
        // What is wrong here must not go to everybody else.
        try store.prove(pack: pack, cancellation: cancellation)
        let sent = try put(key, body)
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
            let key = RemoteLayout.key(ofPack: pack.contents.name)
            let sent = try isThere(key, body) ? (isNew: false, bytes: 0) : try put(key, body)
            try Files.remove(pack.path)
            return (pack.contents, sent.isNew, sent.bytes, body.length - sent.bytes)
        } catch {
            try? Files.remove(pack.path)  // the first error is the one to report
            throw error
        }
    }

    private func isThere(_ key: String, _ body: RemoteBody) throws(VxError) -> Bool {
        guard let object = try onRemote({ () throws(RemoteError) in try backend.head(key) }) else { return false }
        if object.size == body.length {
            progress.moved.add(Int(body.length))
            return true
        }
        throw damaged(key, because: "it has \(object.size) bytes, not \(body.length)")
    }

    private func damaged(_ key: String, because why: String) -> VxError {
        VxError(
            .corrupt, "\(key) in \(backend.location) is damaged", because: why,
            hint: "'vx fsck --remote --repair' puts it aside; then push again")
    }

    /// - Returns: whether it was stored now, and how many of its bytes were sent for that.
    private func put(_ key: String, _ body: RemoteBody) throws(VxError) -> (isNew: Bool, bytes: UInt64) {
        var moved = 0
        let isNew = try onRemote { () throws(RemoteError) in
            try backend.put(key, body) {
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

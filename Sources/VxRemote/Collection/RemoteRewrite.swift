import VxModel
import VxStore
import VxSystem

/// Stores what is needed of packs that are to go in packs of its own, from the store here or, what that does not have, from
/// the remote itself.
struct RemoteRewrite {
    private let backend: any RemoteBackend
    private let store: Store
    private let view: RemoteView
    private let besides: Set<PackID>
    private let cancellation: Cancellation

    /// Stored bytes that are brought here, written and sent together.
    private static let waveTarget: UInt64 = 512 << 20

    /// - Parameters:
    ///   - store: has, or has not, what is needed; and a folder for what comes from the remote for a while.
    ///   - besides: packs that count as gone.
    init(
        _ backend: any RemoteBackend, store: Store, _ view: RemoteView, besides: Set<PackID>,
        _ cancellation: Cancellation
    ) {
        self.backend = backend
        self.store = store
        self.view = view
        self.besides = besides
        self.cancellation = cancellation
    }

    /// - Throws: where the remote fails, or something needed proves damaged there: then nothing is to be marked.
    func run(_ verdicts: [RemoteJudge.Verdict]) throws {
        var wave: [ContentID] = []
        var size: UInt64 = 0
        for (number, verdict) in verdicts.enumerated() {
            try cancellation.check()
            wave += verdict.needed
            size.add(size: verdict.pack.bytes)
            guard size >= Self.waveTarget || number == verdicts.count - 1 else { continue }
            try storeAnew(wave)
            (wave, size) = ([], 0)
        }
    }

    private func storeAnew(_ parts: [ContentID]) throws {
        let here = parts.filter { store.location(of: $0) != nil }
        if !here.isEmpty { try push(Set(here), from: store) }
        let absent = parts.filter { store.location(of: $0) == nil }
        if absent.isEmpty { return }
        let folder = try store.temporaryPath()
        defer { try? Files.removeTree(folder) }  // what stays is swept as a temporary file of the store
        let scratch = try Store.open(folder)
        var result = Fetch.Result()
        // A recipe comes with its chunks, which prove it.
        try Fetch(from: backend, into: scratch, progress: TransferProgress(), cancellation: cancellation)
            .fetch(absent, view.catalog, 0, &result) { view.packs[$0.pack] != nil }
        if let error = result.damaged.min(by: { $0.key < $1.key })?.value {
            throw error.wrapped("nothing more is collected from a damaged remote")
        }
        if let id = result.missing.first {
            throw VxError(
                .missing, "\(id) cannot be read whole from the remote \(backend.location)",
                hint: "'vx fsck --remote' shows what is hit; repeat the command where another collected meanwhile")
        }
        try push(Set(absent), from: scratch)
    }

    private func push(_ parts: Set<ContentID>, from source: Store) throws {
        _ = try Push(
            from: source, to: backend, progress: TransferProgress(), cancellation: cancellation, catalogs: store
        ).run(parts: parts, besides: besides)
    }
}

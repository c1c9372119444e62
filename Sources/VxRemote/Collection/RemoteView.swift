import VxModel
import VxStore
import VxSystem

/// What a collection saw of a remote: its packs, its marks and what its indexes say.
struct RemoteView {
    /// By name, with size and time.
    let packs: [PackID: RemoteObject]
    let marks: [PackID: Int64]
    let catalog: RemoteCatalog
    /// Where each index names each id, sorted by pack and id, each id of a pack once.
    private let entries: [Entry]
    private let names: [PackID]
    private let ranges: [PackID: Range<Int>]

    private struct Entry {
        var pack: Int32
        var index: Int32
        var position: Int32
    }

    /// - Throws: `corrupt` where an index is damaged: what it names could not be told from what nobody names.
    init(_ backend: any RemoteBackend, _ store: Store, _ cancellation: Cancellation) throws {
        marks = try RemoteTrash(backend).marks()
        catalog = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        if let problem = catalog.problems.first {
            var error = problem.wrapped("nothing is collected from a damaged remote")
            error.hint = "'vx fsck --remote' shows what is hit; with '--repair' it puts the remote in order"
            throw error
        }
        var found: [PackID: RemoteObject] = [:]
        try onRemote { () throws(RemoteError) in
            try backend.list(RemoteLayout.packPrefix) { (object) throws(RemoteError) in
                if let pack = RemoteLayout.pack(ofKey: object.key) { found[pack] = object }
            }
        }
        packs = found
        names = catalog.packs.sorted()
        (entries, ranges) = try Self.sort(catalog, names, cancellation)
    }

    private static func sort(
        _ catalog: RemoteCatalog, _ names: [PackID], _ cancellation: Cancellation
    ) throws -> ([Entry], [PackID: Range<Int>]) {
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
        let indexes = catalog.indexes.map(\.catalog)
        var all: [Entry] = []
        for (number, index) in indexes.enumerated() {
            try cancellation.check()
            for position in 0..<index.count {
                guard let location = index.record(at: position), let pack = numbers[location.pack] else { continue }
                all.append(Entry(pack: pack, index: Int32(number), position: Int32(position)))
            }
        }
        func id(_ entry: Entry) -> ContentID { indexes[Int(entry.index)].id(at: Int(entry.position)) }
        all.sort { $0.pack != $1.pack ? $0.pack < $1.pack : id($0) < id($1) }
        var unique: [Entry] = []
        var ranges: [PackID: Range<Int>] = [:]
        for entry in all {
            if let last = unique.last, last.pack == entry.pack, id(last) == id(entry) { continue }
            let pack = names[Int(entry.pack)]
            ranges[pack] = (ranges[pack]?.lowerBound ?? unique.count)..<unique.count + 1
            unique.append(entry)
        }
        return (unique, ranges)
    }

    /// Whether any index names the pack.
    func isNamed(_ pack: PackID) -> Bool { ranges[pack] != nil }

    /// What the indexes say that a pack holds, in ascending order of id.
    func records(of pack: PackID) -> [PackRecord] {
        entries[ranges[pack] ?? 0..<0].compactMap {
            catalog.indexes[Int($0.index)].catalog.record(at: Int($0.position))?.record
        }
    }

    func contents(of pack: PackID) -> PackContents { PackContents(name: pack, records: records(of: pack)) }
}

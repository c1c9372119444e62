import VxModel

/// Which records of which packs are needed: one bit for each record, so that a mark costs an eighth of a byte.
struct PackMarks {
    private var marks: [PackID: [UInt64]] = [:]
    /// The packs by name, each mapped once.
    let files: [PackID: PackFile]
    private let index: StoreIndex
    /// Needed ids the store does not have.
    private(set) var missing: Set<ContentID> = []

    init(_ index: StoreIndex) {
        self.index = index
        files = Dictionary(uniqueKeysWithValues: index.allPacks.map { ($0.name, $0) })
    }

    /// Marks the copy of `id` that the index leads to.
    ///
    /// - Throws: where the system keeps its pack from being read.
    mutating func mark(_ id: ContentID) throws(VxError) {
        guard let location = index.locate(id), let table = try files[location.pack]?.readableFooter()?.table,
            let position = table.find(id)
        else {
            missing.insert(id)
            return
        }
        marks[location.pack, default: [UInt64](repeating: 0, count: (table.count + 63) / 64)][position / 64] |=
            1 << UInt64(position % 64)
    }

    /// Notes a needed id that the store does not have.
    mutating func miss(_ id: ContentID) { missing.insert(id) }

    func isMarked(_ pack: PackID, _ position: Int) -> Bool {
        guard let bits = marks[pack] else { return false }
        return bits[position / 64] & (1 << UInt64(position % 64)) != 0
    }

    /// Whether a copy of `id` other than the one in `pack` is marked.
    func hasMarkedCopy(of id: ContentID, outside pack: PackID) -> Location? {
        guard let location = index.locate(id), location.pack != pack,
            let position = files[location.pack]?.footer?.table.find(id), isMarked(location.pack, position)
        else { return nil }
        return location
    }
}

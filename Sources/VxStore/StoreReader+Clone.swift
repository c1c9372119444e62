import VxModel
import VxSystem

extension StoreReader {
    /// Lets the segments of a file that stand in a pack as they are share its blocks, where the file system can.
    ///
    /// A pack keeps a segment that does not compress in one piece at a multiple of 4096 bytes for this. Nothing is proven
    /// here: whoever calls reads and hashes the same bytes of the pack.
    /// - Returns: the ranges of the file that need no writing any more.
    func cloneSegments(of recipe: Recipe, to file: borrowing OpenFile) -> [Range<UInt64>] {
        var cloned: [Range<UInt64>] = []
        var offset: UInt64 = 0
        var next = 0
        while next < recipe.count {
            let start = offset
            let first = next
            let end = start + UInt64(Chunker.segment)
            while next < recipe.count, offset < end {
                offset += UInt64(recipe[next].length)
                next += 1
            }
            let length = (offset - start) / OpenFile.cloneUnit * OpenFile.cloneUnit
            guard length > 0, let location = runLocation(of: recipe, first..<next),
                location.record.offset % OpenFile.cloneUnit == 0
            else { continue }
            guard clone(length, at: start, to: file, from: location) else { return cloned }
            cloned.append(start..<start + length)
        }
        return cloned
    }

    /// Where chunks stand raw and one after the other in one pack; `nil` where they do not.
    private func runLocation(of recipe: Recipe, _ chunks: Range<Int>) -> Location? {
        guard let first = store.index.locate(recipe[chunks.lowerBound].id) else { return nil }
        var expected = first.record.offset
        for index in chunks {
            guard let location = store.index.locate(recipe[index].id), location.pack == first.pack,
                location.record.encoding == .raw, location.record.offset == expected,
                Int(location.record.raw) == recipe[index].length
            else { return nil }
            expected += UInt64(recipe[index].length)
        }
        return first
    }

    private func clone(
        _ length: UInt64, at offset: UInt64, to file: borrowing OpenFile, from location: Location
    ) -> Bool {
        // Where the pack has gone meanwhile, what it held is somewhere else, and is copied.
        guard let pack = try? OpenFile.reading(store.path(ofPack: location.pack)) else { return false }
        return file.clone(length, at: offset, from: pack, at: location.record.offset)
    }
}

extension UInt64 {
    /// The parts of a range that none of `covered`, which are in order, has.
    static func uncovered(_ range: Range<UInt64>, by covered: [Range<UInt64>]) -> [Range<UInt64>] {
        var rest: [Range<UInt64>] = []
        var start = range.lowerBound
        for part in covered where part.overlaps(range) {
            if part.lowerBound > start { rest.append(start..<part.lowerBound) }
            start = Swift.max(start, part.upperBound)
        }
        if start < range.upperBound { rest.append(start..<range.upperBound) }
        return rest
    }
}

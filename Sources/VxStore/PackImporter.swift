import SystemPackage
import VxModel
import VxSystem

/// Takes chunks and recipes that arrive encoded, from a remote say, into packs of a store. One thread.
///
/// Nothing is written before it has proved to be what its id names. Packs appear in the store one by one as they fill,
/// so that an interrupted transfer goes on where it was; call ``finish()`` for the last one.
package final class PackImporter {
    private let store: Store
    private let checker = PackChecker()
    private let writer: PackWriter
    /// Where the last payload ended in the pack it came from: what follows there directly follows here, too.
    private var sourceEnd: UInt64 = 0

    /// - Throws: where the store's folder cannot be written.
    package init(_ store: Store) throws(VxError) {
        try store.layout.make()
        self.store = store
        writer = PackWriter(in: store.layout, isJournaled: false) { (pack) throws(VxError) in
            try Files.rename(pack.path, to: store.path(ofPack: pack.name))
            try Files.syncDirectory(store.layout.packs)
        }
    }

    /// Adds chunks from their stored bytes; those that lie side by side are written with one call.
    ///
    /// - Parameters:
    ///   - records: the chunks' records in the pack they come from, in its order.
    ///   - bytes: of that pack; they hold all of `records`.
    ///   - start: where `bytes` begin in that pack.
    /// - Returns: the records whose bytes are not that chunk, each with why: nothing of those is written.
    /// - Throws: where the pack cannot be written.
    package func add(
        _ records: [PackRecord], in bytes: UnsafeRawBufferPointer, from start: UInt64
    ) throws(VxError) -> [(record: PackRecord, why: String)] {
        let problems = try checker.problems(of: records, in: bytes, from: start)
        var wrong: [(PackRecord, String)] = []
        var run = 0..<0
        for (number, problem) in problems.enumerated() {
            if let problem {
                wrong.append((records[number], problem.text))
            } else if !run.isEmpty, run.upperBound == number, records[number - 1].end == records[number].offset {
                run = run.lowerBound..<number + 1
            } else {
                try add(records[run], in: bytes, from: start)
                run = number..<number + 1
            }
        }
        try add(records[run], in: bytes, from: start)
        return wrong
    }

    /// Adds chunks that are proven and lie side by side.
    private func add(
        _ run: ArraySlice<PackRecord>, in bytes: UnsafeRawBufferPointer, from start: UInt64
    ) throws(VxError) {
        guard let first = run.first, let last = run.last else { return }
        let pack = try writer.begin(isSegment: true)
        // A run that could be cloned where it comes from can be cloned here.
        if first.offset != sourceEnd, first.offset % PackFormat.alignment == 0 { try pack.align() }
        sourceEnd = last.end
        try pack.append(
            run: UnsafeRawBufferPointer(rebasing: bytes[Int(first.offset - start)..<Int(last.end - start)]), run)
    }

    /// Adds the recipe of a content, proven with ``Store/prove(_:is:cancellation:)``.
    package func add(_ recipe: Recipe, of id: ContentID) throws(VxError) {
        let pack = try writer.begin(isSegment: false)
        let result = recipe.encoded.withUnsafeBytes { bytes in
            Result { () throws(VxError) in
                try pack.append(id, kind: .recipe, encoding: .raw, raw: bytes.count, bytes)
            }
        }
        try result.get()
    }

    /// Makes the last pack durable and part of the store. ``Store/refresh()`` shows it.
    package func finish() throws(VxError) { try writer.seal() }

    /// Drops what has not appeared yet.
    package func abandon() { _ = try? writer.discard() }  // what stays is swept by a later session
}

extension Store {
    /// Reads hostile bytes as a recipe.
    ///
    /// - Throws: `VxError.Code.corrupt` where they are none.
    package static func recipe(_ bytes: [UInt8], of id: ContentID) throws(VxError) -> Recipe {
        do throws(FormatProblem) {
            return try Recipe(bytes)
        } catch {
            throw VxError(.corrupt, "the recipe of \(id) is damaged", because: error.text)
        }
    }
}

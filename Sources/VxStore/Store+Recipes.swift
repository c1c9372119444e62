import SystemPackage
import VxModel
import VxSystem

extension Store {
    /// The recipe of a content; `nil` where the content is one chunk.
    ///
    /// - Throws: where the content is missing or its recipe damaged.
    package func recipe(of id: ContentID) throws(VxError) -> Recipe? {
        guard let location = index.locate(id) else { throw missing(id) }
        return location.record.kind == .chunk ? nil : try recipe(at: location, of: id)
    }

    /// The recipe of a content; `nil` where the content is one chunk or not here, or its recipe cannot be read for damage.
    ///
    /// - Throws: where the store cannot be read for another reason.
    package func readableRecipe(of id: ContentID) throws(VxError) -> Recipe? {
        do throws(VxError) {
            return try recipe(of: id)
        } catch {
            guard error.code == .corrupt || error.code == .missing else { throw error }
            return nil
        }
    }

    /// The ids of everything a content needs: itself where it is one chunk, else its recipe's id and its chunks'.
    ///
    /// - Throws: where the content is missing or its recipe damaged.
    package func parts(of id: ContentID) throws(VxError) -> [ContentID] {
        guard let recipe = try recipe(of: id) else { return [id] }
        return [id] + (0..<recipe.count).map { recipe[$0].id }
    }

    /// Whether every byte of `id` is here, looking through its recipe at each chunk's place in the index.
    ///
    /// - Throws: where the system keeps the recipe from being read; a damaged one is an answer.
    package func isComplete(_ id: ContentID) throws(VxError) -> Bool {
        let index = index
        guard index.locate(id) != nil, let parts = try attempting({ try parts(of: id) }) else { return false }
        return parts.allSatisfy { index.locate($0) != nil }
    }

    /// Reads and checks a recipe; where the copy at `location` is damaged, another.
    func recipe(at location: Location, of id: ContentID) throws(VxError) -> Recipe {
        do throws(VxError) {
            return try readRecipe(location, id)
        } catch let first {
            // The pack may have been replaced since the index was read, or another has the recipe as well.
            try? refresh()
            for copy in index.copies(of: id) where copy != location && copy.record.kind == .recipe {
                if let recipe = try? readRecipe(copy, id) { return recipe }
            }
            // Gone with its pack, and nowhere else.
            throw first.code == .missing ? missing(id) : first
        }
    }

    private func readRecipe(_ location: Location, _ id: ContentID) throws(VxError) -> Recipe {
        try Recipe(location.record, of: id, in: PackFile(name: location.pack, in: layout.packs))
    }
}

extension Recipe {
    /// Reads and checks the recipe that a record of a pack leads to.
    init(_ record: PackRecord, of id: ContentID, in pack: PackFile) throws(VxError) {
        let file = try pack.opened()
        // The record's own length is not believed before the file proves to be that long.
        let end = record.offset.addingReportingOverflow(UInt64(record.raw))
        guard !end.overflow, end.partialValue <= (try file.status().size) else {
            throw pack.damage("it ends before the recipe \(id)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(record.raw))
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(VxError) in try file.read(at: record.offset, into: buffer) }
        }
        guard try result.get() == bytes.count else { throw pack.damage("it ends before the recipe \(id)") }
        do throws(FormatProblem) {
            try self.init(bytes)
        } catch {
            throw pack.damage("the recipe of \(id): \(error.text)")
        }
    }
}

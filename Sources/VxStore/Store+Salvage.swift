import SystemPackage
import VxModel
import VxSystem

extension Store {
    /// Sets a damaged pack aside, after everything in it that still proves right has been written into a new one.
    ///
    /// One wrong byte must not cost the store the thousands of sound chunks beside it.
    ///
    /// - Parameter wrongRecipes: contents whose recipe in this pack is proven to make something else: sound as bytes, these
    ///   are left out all the same.
    /// - Returns: where the pack is now; `nil` where all of it proves right by now, as after a bad read, and it has stayed.
    /// - Throws: where it cannot be read or moved; it is in its place then.
    package func salvage(
        _ pack: PackID, wrongRecipes: Set<ContentID> = [], cancellation: Cancellation
    ) throws(VxError) -> FilePath? {
        let file = PackFile(name: pack, in: layout.packs)
        // What is written of it below could have its very name, and would go with it.
        if wrongRecipes.isEmpty, try PackChecker().check(file, cancellation: cancellation).damage == nil { return nil }
        if let table = try attempting({ try file.checkedFooter() })?.table,
            let sound = try rewriteSound(table, file, leavingOut: wrongRecipes, cancellation)
        {
            do throws(VxError) {
                if index.unproven.contains(pack) { try noteUnproven([sound.name]) }
                try Files.rename(sound.path, to: path(ofPack: sound.name))
                try Files.syncDirectory(layout.packs)
            } catch {
                try? Files.remove(sound.path)  // the rename's own error is the one to report
                throw error
            }
        }
        return try quarantine(pack)
    }

    /// A new pack of the sound records; `nil` where there are none.
    private func rewriteSound(
        _ table: PackTable, _ file: PackFile, leavingOut wrongRecipes: Set<ContentID>, _ cancellation: Cancellation
    ) throws(VxError) -> SealedPack? {
        try layout.make()
        let checker = PackChecker()
        let input = try file.opened()
        let builder = try PackBuilder(in: layout, buffer: Buffer(1 << 20))
        do throws(VxError) {
            for record in PackChecker.inOrder(table)
            where record.kind == .chunk || !wrongRecipes.contains(record.id) {
                try cancellation.check()
                guard let payload = try checker.soundPayload(record, input, file) else { continue }
                try builder.append(
                    record.id, kind: record.kind, encoding: record.encoding, raw: Int(record.raw), payload)
            }
            if !builder.isEmpty { return try builder.seal() }
        } catch {
            try? Files.remove(builder.path)  // the first error is the one to report
            throw error
        }
        try Files.remove(builder.path)
        return nil
    }
}

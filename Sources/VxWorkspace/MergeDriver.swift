import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Git's merge driver for pointers (gitattributes(5), "Defining a custom merge driver").
///
/// A data file is one version or the other, never lines of both: where both sides changed it, ours stays and the
/// conflict names both, unless git was told which side to take.
package enum MergeDriver {
    package enum Outcome: Sendable, Equatable {
        case merged
        case conflict(ours: String, theirs: String)
    }

    /// - Parameters:
    ///   - base: the common ancestor's version, `ours` and `theirs` the two sides', as git wrote them to files.
    ///   - ours: takes the result.
    ///   - preference: which side to take where both changed; asked only then.
    package static func run(
        base: FilePath, ours: FilePath, theirs: FilePath, preferring preference: () throws -> MergePreference?
    ) throws -> Outcome {
        let old = try Files.read(base) ?? []
        let our = try Files.read(ours) ?? []
        let their = try Files.read(theirs) ?? []
        if our == their || their == old { return .merged }
        let isConflict = our != old
        switch try isConflict ? preference() : .theirs {
        case .ours: return .merged
        case nil: return .conflict(ours: describe(our), theirs: describe(their))
        case .theirs:
            // In place: it is git's own temporary file, and without a word of ours it counts for nothing.
            let file = try OpenFile.updating(ours)
            try file.truncate(to: 0)
            try file.write(their)
            try file.close()
            return .merged
        }
    }

    private static func describe(_ bytes: [UInt8]) -> String {
        guard let pointer = Pointer(bytes) else { return "\(bytes.count) bytes that are no pointer" }
        return "\(pointer.id.hex.prefix(12)) (\(ByteCount.text(pointer.size)))"
    }
}

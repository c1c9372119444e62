import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Git's merge driver for pointers, and for what `vx clean` and `vx split` write beside data (gitattributes(5), "Defining a custom
/// merge driver").
///
/// A data file is one version or the other, never lines of both: where both sides changed it, ours stays and the
/// conflict names both, unless git was told which side to take. A report or manifest is theirs until the command that writes it
/// has made it of what both sides brought.
package enum MergeDriver {
    package enum Outcome: Sendable, Equatable {
        case merged
        case conflict(ours: String, theirs: String)
        /// Theirs was taken, and the command that makes it anew.
        case toRemake(by: String)
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
        let wanted = our == old ? .theirs : try preference()
        if wanted == .ours { return .merged }
        let writer = writer(of: our)
        guard wanted != nil || (writer != nil && writer == Self.writer(of: their)) else {
            return .conflict(ours: describe(our), theirs: describe(their))
        }
        // In place: it is git's own temporary file, and without a word of ours it counts for nothing.
        let file = try OpenFile.updating(ours)
        try file.truncate(to: 0)
        try file.write(their)
        try file.close()
        return wanted == nil ? writer.map { .toRemake(by: $0) } ?? .merged : .merged
    }

    /// The command that writes a report or manifest; `nil` for anything else.
    private static func writer(of bytes: [UInt8]) -> String? {
        // What is no JSON is somebody else's file.
        guard bytes.first == UInt8(ascii: "{"), let format = try? JSONValue.parse(bytes)["format"]?.stringValue else {
            return nil
        }
        return format.hasPrefix("vx-clean/") ? "vx clean" : format.hasPrefix("vx-split/") ? "vx split" : nil
    }

    private static func describe(_ bytes: [UInt8]) -> String {
        guard let pointer = Pointer(bytes) else { return "\(bytes.count) bytes that are no pointer" }
        return "\(pointer.id.hex.prefix(12)) (\(ByteCount.text(pointer.size)))"
    }
}

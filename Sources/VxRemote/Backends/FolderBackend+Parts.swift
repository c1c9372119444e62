import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Large objects are written to a file whose name says which object and which machine it is of. Where the writing ends too
/// early the file stays, and whoever puts the object again on that machine goes on behind what of it is right.
extension FolderBackend {
    /// Bytes from which that is worth it.
    static let partFrom: UInt64 = 8 << 20
    private static let partPrefix = ".vx-part-"

    /// The name of the file for an object that is being written.
    static func partName(_ key: String) -> String {
        "\(partPrefix)\(Machine.tag)-\(key.split(separator: "/").last ?? "")"
    }

    /// Whether a file of `tmp/` is one that takes part of an object.
    static func isPart(_ name: some Collection<UInt8>) -> Bool { name.starts(with: partPrefix.utf8) }

    /// Opens the file, and keeps others from it for as long as it is open.
    ///
    /// - Returns: `nil` where somebody else is at work on it, where it is another user's or no regular file, or where the file
    ///   system has no locks: then the object is written to a file of its own, which meets what else is wrong.
    func openPart(_ name: [CChar], in folder: WorkTree.Folder, _ sharing: FolderSharing) -> OpenFile? {
        do throws(VxError) {
            let file: OpenFile
            switch try Files.status(name, in: folder.file)?.kind {
            case nil: file = try OpenFile.creating(name, in: folder.file, sharing: sharing)
            case .regular: file = try folder.file.updating(name)
            default: return nil
            }
            guard try file.tryLock(), let named = try Files.status(name, in: folder.file) else { return nil }
            // Whoever had the lock before may have put the file in its place.
            let own = try file.status()
            if own.inode != named.inode || own.device != named.device { return nil }
            return file
        } catch {
            return nil
        }
    }

    /// Writes what is missing of a body to a file that has some of it.
    func complete(_ body: RemoteBody, in file: borrowing OpenFile, moved: (Int) -> Void) throws(VxError) {
        var offset = try lengthInCommon(file, body)
        try file.truncate(to: offset)
        let rest = body.part(offset..<body.length)
        let reader = try onRemote { () throws(RemoteError) in try rest.reader() }
        var piece = [UInt8](repeating: 0, count: Int(min(rest.length, 1 << 20)))
        while offset < body.length {
            try cancellation.check()
            let count = Int(min(body.length - offset, UInt64(piece.count)))
            let position = offset - (body.length - rest.length)
            try Self.fill(&piece, count, from: reader, at: position)
            let written = piece.withUnsafeBytes { bytes in
                Result { () throws(VxError) in
                    try file.write(at: offset, UnsafeRawBufferPointer(rebasing: bytes[..<count]))
                }
            }
            try written.get()
            offset += UInt64(count)
            moved(count)
        }
        try file.sync()
    }

    /// Bytes at the start of a file that are the body's: a power loss may have left others.
    private func lengthInCommon(_ file: borrowing OpenFile, _ body: RemoteBody) throws(VxError) -> UInt64 {
        let size = min(try file.status().size, body.length)
        if size == 0 { return 0 }
        let reader = try onRemote { () throws(RemoteError) in try body.reader() }
        var ours = [UInt8](repeating: 0, count: Int(min(size, 1 << 20)))
        var theirs = ours
        var offset: UInt64 = 0
        while offset < size {
            try cancellation.check()
            let count = Int(min(size - offset, UInt64(ours.count)))
            try Self.fill(&ours, count, from: reader, at: offset)
            let found = theirs.withUnsafeMutableBytes { bytes in
                Result { () throws(VxError) in
                    try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
                }
            }
            guard try found.get() == count, memcmp(ours, theirs, count) == 0 else { return offset }
            offset += UInt64(count)
        }
        return offset
    }

    private static func fill(
        _ piece: inout [UInt8], _ count: Int, from reader: RemoteBody.Reader, at offset: UInt64
    ) throws(VxError) {
        let result = piece.withUnsafeMutableBytes { bytes in
            Result { () throws(RemoteError) in
                try reader.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
            }
        }
        try onRemote { () throws(RemoteError) in try result.get() }
    }
}

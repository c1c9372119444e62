import Crypto
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// The bytes of an object to be stored: in memory or in a file, read in any order and as often as a retry needs.
package struct RemoteBody: Sendable {
    private enum Source: Sendable {
        case bytes([UInt8])
        case file(FilePath)
    }

    private let source: Source
    /// From the start of the source.
    private let start: UInt64
    /// In bytes.
    package let length: UInt64

    package static func bytes(_ bytes: [UInt8]) -> RemoteBody {
        RemoteBody(source: .bytes(bytes), start: 0, length: UInt64(bytes.count))
    }

    /// All of a file that does not change meanwhile.
    ///
    /// - Throws: where it cannot be looked at.
    package static func file(_ path: FilePath) throws(VxError) -> RemoteBody {
        guard let status = try Files.targetStatus(path) else {
            throw VxError(.missing, "cannot read \(path)", because: "there is no such file")
        }
        return RemoteBody(source: .file(path), start: 0, length: status.size)
    }

    /// A part of this body.
    package func part(_ range: Range<UInt64>) -> RemoteBody {
        precondition(range.upperBound <= length, "a part must lie inside its body")
        return RemoteBody(source: source, start: start + range.lowerBound, length: UInt64(range.count))
    }

    /// A way to read it, for one thread.
    package func reader() throws(RemoteError) -> Reader {
        switch source {
        case .bytes(let bytes): return Reader(bytes: bytes, start: start, length: length)
        case .file(let path):
            return Reader(
                file: try locally { () throws(VxError) in try OpenFile.reading(path) }, start: start, length: length)
        }
    }

    /// Calls `body` with the bytes from front to back, in pieces of at most 1 MiB.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws(RemoteError) -> Void) throws(RemoteError) {
        let reader = try reader()
        var piece = [UInt8](repeating: 0, count: Int(min(length, 1 << 20)))
        var offset: UInt64 = 0
        while offset < length {
            let count = Int(min(length - offset, UInt64(piece.count)))
            let result = piece.withUnsafeMutableBytes { buffer in
                Result { () throws(RemoteError) in
                    try reader.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
                    try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
            }
            try result.get()
            offset += UInt64(count)
        }
    }

    /// The SHA-256 of all of it.
    package func hash() throws(RemoteError) -> ContentID {
        var hasher = ContentHasher()
        try forEachPiece { (piece) throws(RemoteError) in hasher.update(piece) }
        return hasher.finish()
    }

    /// The MD5 of all of it: what S3 tells of a part.
    func md5() throws(RemoteError) -> [UInt8] {
        var function = Insecure.MD5()
        try forEachPiece { (piece) throws(RemoteError) in function.update(bufferPointer: piece) }
        return Array(function.finalize())
    }

    /// Reads a body at any place. Not thread-safe.
    package final class Reader {
        private let bytes: [UInt8]
        private let file: OpenFile?
        private let start: UInt64
        private let length: UInt64

        init(bytes: [UInt8], start: UInt64, length: UInt64) {
            self.bytes = bytes
            file = nil
            self.start = start
            self.length = length
        }

        init(file: consuming OpenFile, start: UInt64, length: UInt64) {
            bytes = []
            self.file = consume file
            self.start = start
            self.length = length
        }

        /// Fills the whole of `target`, which must lie inside the body.
        ///
        /// - Throws: where the file cannot be read or has become shorter.
        package func read(at offset: UInt64, into target: UnsafeMutableRawBufferPointer) throws(RemoteError) {
            precondition(offset + UInt64(target.count) <= length, "a read must lie inside its body")
            switch file {
            case .none:
                bytes.withUnsafeBytes { source in
                    let from = Int(start + offset)
                    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + target.count]))
                }
            case .some(let file):
                do throws(VxError) {
                    guard try file.read(at: start + offset, into: target) == target.count else {
                        throw VxError(
                            "cannot read \(file.path)", because: "it became shorter while it was being sent")
                    }
                } catch {
                    throw RemoteError(local: error)
                }
            }
        }
    }
}

import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Texts in a file without a name: what is seldom read takes the disk's room and not the memory's.
final class TextsAside: Sendable {
    private struct State: ~Copyable {
        var file: OpenFile?
        var size = 0
        /// The file as it was when something was read last; without it, as where memory is short, it is read in pieces.
        var map: MappedFile?
        var failure: VxError?
    }

    private let folder: FilePath
    private let state = Mutex(State())

    init(in folder: FilePath) { self.folder = folder }

    /// Why something could not be read; what was given instead is no answer.
    var failure: VxError? { state.withLock { $0.failure } }

    /// Appends texts, which end at these places of the bytes.
    ///
    /// - Returns: where they are; `nil` where they cannot be written.
    func append(_ ends: [UInt32], _ bytes: [UInt8]) -> Int? {
        state.withLock { state in
            do {
                let start = state.size
                if state.file == nil { state.file = try OpenFile.unnamed(in: folder) }
                try ends.withUnsafeBytes { try state.file?.write(at: UInt64(start), $0) }
                let size = start + 4 * ends.count
                try bytes.withUnsafeBytes { try state.file?.write(at: UInt64(size), $0) }
                state.size = size + bytes.count
                return start
            } catch {
                return nil
            }
        }
    }

    /// The whole file; `nil` where it cannot be mapped, as where memory is short. What is in it does not change.
    var map: MappedFile? {
        state.withLock { state in
            Self.map(&state)
            return state.map
        }
    }

    private static func map(_ state: inout State) {
        guard state.map.map({ $0.bytes.count < state.size }) ?? true, let size = try? state.file?.status().size,
            Int(clamping: size) >= state.size
        else { return }
        // Without a map, texts are read one by one.
        state.map = try? state.file?.mapped()
    }

    /// A text by its number among so many that are at one place of a map.
    static func text(
        _ number: Int, of count: Int, at start: Int, in map: MappedFile
    ) -> UnsafeRawBufferPointer {
        func end(_ number: Int) -> Int {
            Int(map.bytes.loadUnaligned(fromByteOffset: start + 4 * number, as: UInt32.self))
        }
        let first = start + 4 * count
        return UnsafeRawBufferPointer(
            rebasing: map.bytes[(first + (number == 0 ? 0 : end(number - 1)))..<(first + end(number))])
    }

    /// A text by its number among so many that are at one place.
    func text(_ number: Int, of count: Int, at start: Int) -> ArraySlice<UInt8> {
        state.withLock { state in
            do {
                Self.map(&state)
                let words = try Self.bytes(max(0, number - 1) * 4 + start, number == 0 ? 4 : 8, &state)
                func end(_ place: Int) -> Int {
                    Int(words.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt32.self) })
                }
                let (first, end) = number == 0 ? (0, end(0)) : (end(0), end(4))
                return try Self.bytes(start + 4 * count + first, end - first, &state)[...]
            } catch {
                state.failure = state.failure ?? error as? VxError ?? VxError("\(error)")
                return []
            }
        }
    }

    private static func bytes(_ start: Int, _ count: Int, _ state: inout State) throws -> [UInt8] {
        if let map = state.map { return Array(map.bytes[start..<(start + count)]) }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try state.file?.read(at: UInt64(start), into: $0) }
        guard read == count else { throw VxError("a file that this process made is shorter than it was") }
        return bytes
    }
}

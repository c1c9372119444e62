import VxModel
import VxSystem

extension ContentHasher {
    /// The content id of a file, read from its position on in one reused buffer.
    ///
    /// - Throws: where it cannot be read, or `interrupted`.
    package static func id(of file: borrowing OpenFile, cancellation: Cancellation) throws -> ContentID {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        var hasher = ContentHasher()
        while true {
            try cancellation.check()
            let count = try file.read(into: buffer)
            if count == 0 { return hasher.finish() }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

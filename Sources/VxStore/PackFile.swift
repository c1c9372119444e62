import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// One pack in the store's folder. Its footer is mapped when somebody first asks for it.
///
/// A damaged footer makes this one pack empty and leaves a ``problem``; every other pack stays readable.
final class PackFile: Sendable {
    let name: PackID
    let path: FilePath

    private enum State: Sendable {
        case unread
        case read(Footer)
        case damaged(VxError)
    }

    /// `@unchecked Sendable`: the table points into the mapping, which lives as long and is never written to.
    final class Footer: @unchecked Sendable {
        let table: PackTable
        private let map: MappedFile

        init(_ map: MappedFile, payloadEnd: Int) {
            table = PackTable(tail: map.bytes, payloadEnd: payloadEnd)
            self.map = map
        }
    }

    private let state = Mutex<State>(.unread)

    init(name: PackID, in folder: FilePath) {
        self.name = name
        path = folder.appending(Self.fileName(name))
    }

    /// A pack that does not have its final name yet.
    init(name: PackID, at path: FilePath) {
        self.name = name
        self.path = path
    }

    static func fileName(_ name: PackID) -> String { "\(name.hex).pack" }

    /// The pack a file name stands for; `nil` for any other file.
    static func name(ofFile bytes: [UInt8]) -> PackID? {
        guard bytes.count == 69, bytes.suffix(5).elementsEqual(".pack".utf8) else { return nil }
        return ContentID(hex: bytes.prefix(64))
    }

    /// The footer, with its fixed numbers checked; `nil` where the pack is damaged.
    var footer: Footer? {
        state.withLock { state in
            switch state {
            case .read(let footer): return footer
            case .damaged: return nil
            case .unread:
                switch load() {
                case .success(let footer):
                    state = .read(footer)
                    return footer
                case .failure(let error):
                    state = .damaged(error)
                    return nil
                }
            }
        }
    }

    /// The footer, with its fixed numbers checked; `nil` where the pack is damaged, or gone.
    ///
    /// - Throws: where the system keeps it from being read, which says nothing about the pack.
    func readableFooter() throws(VxError) -> Footer? {
        if let footer { return footer }
        if let problem, problem.isSystemFailure { throw problem }
        return nil
    }

    /// Opens the pack for reading.
    ///
    /// - Parameter release: closes other files; called where too many are open.
    /// - Throws: `VxError.Code.missing` where the pack is gone. That is no damage: a collection or an eviction took it.
    func opened(release: () -> Void = {}) throws(VxError) -> OpenFile {
        do throws(VxError) {
            return try OpenFile.reading(path, release: release)
        } catch {
            guard error.isNoSuchPath else { throw error }
            throw VxError(
                .missing, "the pack \(path) is not there any more",
                because: "another command has just taken it out of the store",
                hint: "repeat the command; 'vx fsck' shows whether anything is missing")
        }
    }

    /// Why the pack cannot be read, once somebody tried.
    var problem: VxError? {
        state.withLock { if case .damaged(let error) = $0 { error } else { nil } }
    }

    /// Reads the footer and checks everything about it.
    ///
    /// - Throws: `VxError.Code.corrupt` naming the pack.
    func checkedFooter() throws(VxError) -> Footer {
        guard let footer else { throw problem ?? damage("it cannot be read") }
        do {
            try footer.table.check()
        } catch {
            throw damage(error.text)
        }
        return footer
    }

    /// The record of `id`; `nil` where this pack does not have it or its record is damaged.
    ///
    /// - Throws: where the system keeps the pack from being read: it may well have it.
    func search(_ id: ContentID) throws(VxError) -> PackRecord? {
        _ = try readableFooter()
        return find(id)
    }

    /// The same for a pack that was read before.
    func find(_ id: ContentID) -> PackRecord? {
        guard let table = footer?.table, let index = table.find(id) else { return nil }
        return try? table.record(at: index)  // a damaged record is as good as none; verify names it
    }

    func damage(_ why: String) -> VxError {
        VxError(
            .corrupt, "the pack \(path) is damaged", because: why,
            hint: "run 'vx fsck' to see which files are hit; 'vx fsck --repair' looks for good copies")
    }

    private func load() -> Result<Footer, VxError> {
        Result { () throws(VxError) in
            let file = try OpenFile.reading(path)
            let size = try file.status().size
            let header = try bytes(of: file, at: 0, PackFormat.headerLength)
            let trailer = try bytes(
                of: file, at: size - min(size, UInt64(PackFormat.trailerLength)), PackFormat.trailerLength)
            let end: Int
            do throws(FormatProblem) {
                end = try PackTable.payloadEnd(header: header, trailer: trailer, size: Int(size))
            } catch {
                throw damage(error.text)
            }
            // Not the payloads: where addresses are limited ('ulimit -v'), a store may well be larger than they are.
            let footer = Footer(try MappedFile(file, from: UInt64(end), size: size), payloadEnd: end)
            guard footer.table.name == name else { throw damage("its trailer carries another name") }
            return footer
        }
    }

    /// Bytes of the pack; fewer where it ends before.
    private func bytes(of file: borrowing OpenFile, at offset: UInt64, _ count: Int) throws(VxError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { buffer.deallocate() }
        return Array(buffer.prefix(try file.read(at: offset, into: buffer)))
    }
}

import SystemPackage
import VxModel
import VxSystem

/// The repositories that share a store, one small file for each (docs/formats/store.md, "Repositories").
package struct StoreRegistry: Sendable {
    private let layout: StoreLayout
    private static let magic = "vx repository 1"
    private static let goneSuffix = ".gone"

    /// One repository that uses the store.
    package struct Entry: Sendable, Hashable {
        /// Its git folder, the common one of its worktrees.
        package var path: FilePath
        /// The machine it is on.
        package var host: String

        package init(path: FilePath, host: String) {
            self.path = path
            self.host = host
        }

        /// The name of its file: a path may be on several machines, and need not be text.
        var name: String {
            String(ContentHasher.id(of: Array(host.utf8) + [0] + path.byteArray).hex.prefix(32))
        }
    }

    /// - Throws: where the store's folder cannot be looked at.
    package init(_ store: FilePath) throws(VxError) {
        layout = try StoreLayout(root: store)
    }

    /// Whether the folder was made to be shared: a disk that is not mounted leaves an empty folder behind.
    package var exists: Bool {
        get throws(VxError) { try Files.isDirectory(layout.repositories) }
    }

    /// Makes the store's folder one that repositories can share.
    package func make() throws(VxError) {
        try Files.createDirectories(layout.root, sharing: layout.sharing, sync: true)
        // Only now is it known what the folder wants.
        let layout = try StoreLayout(root: layout.root)
        try layout.make()
        try Files.createDirectories(layout.repositories, sharing: layout.sharing, sync: true)
    }

    /// Whether a repository is registered; costs one look at the folder.
    package func contains(_ entry: Entry) throws(VxError) -> Bool {
        try Files.status(layout.repositories.appending(entry.name)) != nil
    }

    /// Registers a repository; again is fine.
    package func add(_ entry: Entry) throws(VxError) {
        if try contains(entry) { return }
        let bytes = Array(Self.magic.utf8) + [0] + entry.path.byteArray + [0] + Array(entry.host.utf8) + [0]
        try Files.replace(
            layout.repositories.appending(entry.name), with: bytes, sharing: layout.sharing, sync: true)
    }

    /// Takes a repository out: what only it names may be collected.
    package func remove(_ entry: Entry) throws(VxError) {
        try Files.remove(layout.repositories.appending(entry.name))
        try Files.remove(layout.repositories.appending(entry.name + Self.goneSuffix))
    }

    /// All that are registered, by path.
    ///
    /// - Throws: `corrupt` where an entry cannot be read: it stands for a repository that must not lose anything.
    package func entries() throws(VxError) -> [Entry] {
        var found: [Entry] = []
        for name in try Files.unsortedNames(in: layout.repositories) ?? [] {
            guard name.count == 32, Hex.decode(name) != nil else { continue }
            let path = layout.repositories.appending(String(decoding: name, as: UTF8.self))
            guard let bytes = try Files.read(path, limit: 1 << 16) else { continue }
            let fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
            guard fields.count == 4, fields[0].elementsEqual(Self.magic.utf8), !fields[1].isEmpty else {
                throw VxError(
                    .corrupt, "\(path) does not say which repository uses the store",
                    hint: "remove it, and run any vx command in each repository that uses the store: it registers again"
                )
            }
            found.append(Entry(path: FilePath(byteArray: fields[1]), host: String(decoding: fields[2], as: UTF8.self)))
        }
        return found.sorted { $0.path.string != $1.path.string ? $0.path.string < $1.path.string : $0.host < $1.host }
    }

    // MARK: - Repositories that are gone

    /// Since when a repository has been found missing, in seconds since 1970; `nil` where nobody noticed yet.
    package func goneSince(_ entry: Entry) throws(VxError) -> Int64? {
        try Files.status(layout.repositories.appending(entry.name + Self.goneSuffix))?.modified.seconds
    }

    /// Notes that a repository is missing, from now on by the clock of the store's disk.
    package func noteGone(_ entry: Entry) throws(VxError) {
        if try goneSince(entry) != nil { return }
        try Files.replace(
            layout.repositories.appending(entry.name + Self.goneSuffix), with: [], sharing: layout.sharing)
    }

    /// Notes that a repository is there again.
    package func notePresent(_ entry: Entry) throws(VxError) {
        try Files.remove(layout.repositories.appending(entry.name + Self.goneSuffix))
    }
}

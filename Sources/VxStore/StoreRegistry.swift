import SystemPackage
import VxModel
import VxSystem

/// The repositories that share a store, one small file for each (docs/formats/store.md, "Repositories").
package struct StoreRegistry: Sendable {
    private let layout: StoreLayout
    private static let magic = "vx repository 2"
    /// Without what tells the repository from another at its path.
    private static let magicOfPaths = "vx repository 1"
    private static let goneSuffix = ".gone"
    private static let forgottenSuffix = ".forgotten"

    /// One repository that uses the store.
    package struct Entry: Sendable, Hashable {
        /// Its git folder, the common one of its worktrees.
        package var path: FilePath
        /// The machine it is on.
        package var host: String
        /// What tells it from another at the same path; `nil` for one that an earlier vx has registered.
        package var identity: Identity?

        package init(path: FilePath, host: String, identity: Identity?) {
            self.path = path
            self.host = host
            self.identity = identity
        }

        /// The name of its file: a path may be on several machines, and need not be text.
        var name: String {
            var bytes = Array(host.utf8) + [0] + path.byteArray
            if let identity {
                bytes += [0] + identity.id.utf8 + [0] + String(identity.folder).utf8
                if let birth = identity.birth { bytes += [0] + birth.utf8 }
            }
            return String(ContentHasher.id(of: bytes).hex.prefix(32))
        }
    }

    /// What one repository has and no other: it stays the same where the repository is moved on its disk.
    package struct Identity: Sendable, Hashable {
        /// Made at random, and kept in its git folder: one that was made anew at the same path has another.
        package var id: String
        /// The inode of its git folder: a copy, which has the same id, has another.
        package var folder: UInt64
        /// When that folder was made, where its file system knows it: the inode of one that is gone is given to another.
        package var birth: String?

        package init(id: String, folder: UInt64, birth: String?) {
            self.id = id
            self.folder = folder
            self.birth = birth
        }

        /// Whether both are of one repository: when its folder was made counts where both know it.
        package func fits(_ other: Identity) -> Bool {
            id == other.id && folder == other.folder && (birth == nil || other.birth == nil || birth == other.birth)
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

    /// Registers a repository; again is fine. A copy in the place of what it was copied from counts instead of that, and the
    /// trash is kept as for one that was forgotten: it may have been moved.
    package func add(_ entry: Entry) throws(VxError) {
        if try contains(entry) { return }
        let earlier = try entries().filter { $0.path == entry.path && $0.host == entry.host }
        // Some kernels and file systems do not say when a folder was made: what another one has said is kept.
        if let identity = entry.identity, identity.birth == nil,
            earlier.contains(where: { $0.identity.map(identity.fits) == true })
        {
            return
        }
        try Files.replace(
            layout.repositories.appending(entry.name), with: Self.bytes(entry), sharing: layout.sharing, sync: true)
        try Files.remove(layout.repositories.appending(entry.name + Self.forgottenSuffix))
        guard let identity = entry.identity else { return }
        for other in earlier {
            // An earlier vx has asked less.
            guard let before = other.identity, !before.fits(identity) else {
                try remove(other)
                continue
            }
            if before.id == identity.id { try forget(other) }
        }
    }

    private static func bytes(_ entry: Entry) -> [UInt8] {
        let place = [0] + entry.path.byteArray + [0] + Array(entry.host.utf8) + [0]
        guard let identity = entry.identity else { return Array(magicOfPaths.utf8) + place }
        let fields = [identity.id, String(identity.folder)] + (identity.birth.map { [$0] } ?? [])
        return Array(magic.utf8) + place + fields.flatMap { Array($0.utf8) + [0] }
    }

    /// - Returns: `nil` where the bytes are no entry.
    private static func entry(_ bytes: [UInt8]) -> Entry? {
        let fields = bytes.split(separator: 0, omittingEmptySubsequences: false)
        guard fields.count >= 4, !fields[1].isEmpty else { return nil }
        let text = fields.map { String(decoding: $0, as: UTF8.self) }
        var entry = Entry(path: FilePath(byteArray: fields[1]), host: text[2], identity: nil)
        if text[0] == magicOfPaths { return fields.count == 4 ? entry : nil }
        guard text[0] == magic, fields.count == 6 || fields.count == 7, let folder = UInt64(text[4]) else { return nil }
        entry.identity = Identity(id: text[3], folder: folder, birth: fields.count == 7 ? text[5] : nil)
        return entry
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
        try read(suffix: "").map(\.entry)
    }

    private func read(suffix: String) throws(VxError) -> [(entry: Entry, file: FilePath)] {
        var found: [(entry: Entry, file: FilePath)] = []
        for name in try Files.unsortedNames(in: layout.repositories) ?? [] {
            let name = String(decoding: name, as: UTF8.self)
            guard name.hasSuffix(suffix), name.utf8.count == 32 + suffix.utf8.count,
                Hex.decode(name.utf8.prefix(32)) != nil
            else { continue }
            let path = layout.repositories.appending(name)
            guard let bytes = try Files.read(path, limit: 1 << 16) else { continue }
            guard let entry = Self.entry(bytes) else {
                throw VxError(
                    .corrupt, "\(path) does not say which repository uses the store",
                    hint: "remove it, and run any vx command in each repository that uses the store: it registers again"
                )
            }
            found.append((entry, path))
        }
        return found.sorted {
            let (left, right) = ($0.entry, $1.entry)
            return left.path.string != right.path.string ? left.path.string < right.path.string : left.host < right.host
        }
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

    // MARK: - Repositories that were forgotten

    /// Takes a repository out that was not seen to be without contents here: somebody says it is no more, and it may have
    /// been moved. That, and when, is remembered.
    package func forget(_ entry: Entry) throws(VxError) {
        try Files.replace(
            layout.repositories.appending(entry.name + Self.forgottenSuffix), with: Self.bytes(entry),
            sharing: layout.sharing, sync: true)
        try remove(entry)
    }

    /// The repositories that were forgotten after a time, in seconds since 1970, with when; the last one forgotten stands last.
    ///
    /// - Parameter removing: whether to drop what is older.
    package func forgotten(after time: Int64, removing: Bool) throws(VxError) -> [(entry: Entry, since: Int64)] {
        var found: [(entry: Entry, since: FileTime)] = []
        for (entry, file) in try read(suffix: Self.forgottenSuffix) {
            guard let since = try Files.status(file)?.modified else { continue }
            if since.seconds > time {
                found.append((entry, since))
            } else if removing {
                try Files.remove(file)
            }
        }
        // Two may be forgotten within a second.
        return found.sorted { $0.since < $1.since }.map { ($0.entry, $0.since.seconds) }
    }
}

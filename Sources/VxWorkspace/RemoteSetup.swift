import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

extension Workspace {
    /// Makes the place a remote where it is none yet, and writes it into `vx.yaml`.
    ///
    /// - Returns: whether it was none.
    package func addRemote(_ entry: RemoteList.Entry, _ access: RemoteAccess) throws -> Bool {
        // Whoever types it says that it may be used; it is remembered only once it turns out to be a remote.
        var allowed = access
        allowed.trusted.append(.remote(entry))
        let isNew = try RemoteMarker.create(try connect(entry, allowed))
        try changeRemotes { remotes throws(VxError) in
            if entry.isDefault {
                for index in remotes.entries.indices { remotes.entries[index].isDefault = false }
            }
            if let index = remotes.entries.firstIndex(where: { $0.name == entry.name }) {
                // Somebody may have added another of that name since the command began.
                guard remotes.entries[index].url == entry.url else { throw Self.taken(remotes.entries[index]) }
                let isDefault = entry.isDefault || remotes.entries[index].isDefault
                remotes.entries[index] = entry
                remotes.entries[index].isDefault = isDefault
            } else {
                remotes.entries.append(entry)
            }
            // The first stays the default when a second one comes.
            if remotes.entries.count == 2, remotes.default == nil { remotes.entries[0].isDefault = true }
        }
        if needsTrust(entry) { try trust([.remote(entry)]) }
        return isNew
    }

    /// The error for a name that another remote has.
    package static func taken(_ other: RemoteList.Entry) -> VxError {
        VxError(
            .refused, "there is a remote '\(other.name)' already, at \(RemoteAddress.shown(other.url))",
            hint: "'vx remote remove \(typed: other.name)' takes it out of vx.yaml; its data stays")
    }

    /// A folder of the work tree, of git's or of the store's would be added, checked out over and cleaned like the rest of it.
    ///
    /// - Throws: `refused` where the remote is a folder inside one of them, or around one.
    ///
    /// Looked at each time: `vx.yaml` may come from somebody who wants what vx sends to a remote, or takes off one, to hit those.
    func requireOutside(_ entry: RemoteList.Entry, base: FilePath?) throws(VxError) {
        let address = try onRemote { () throws(RemoteError) in try RemoteAddress(entry.url, relativeTo: base ?? root) }
        guard case .folder(let path) = address else { return }
        let folder = Self.resolved(path)
        let ours = [
            (root, "the work tree of this repository"),
            (repository.commonDirectory, "the git folder of this repository"),
            (store.root, "the store of this repository"),
        ]
        for (place, what) in ours {
            let place = Self.resolved(place)
            guard folder.starts(with: place) || place.starts(with: folder) else { continue }
            let relation = folder == place ? "is" : folder.starts(with: place) ? "is in" : "holds"
            throw VxError(
                .refused, "\(entry.url) cannot be a remote", because: "that folder \(relation) \(what)",
                hint: "choose a folder of its own, such as ../\(root.lastComponent?.string ?? "project")-data")
        }
    }

    /// Without symlinks, as far as the path is there.
    private static func resolved(_ path: FilePath) -> FilePath {
        var there = path
        var missing: [FilePath.Component] = []
        while true {
            if let real = Files.realPath(there) { return real.appending(missing.reversed()) }
            guard let last = there.lastComponent, there.removeLastComponent() else { return path }
            missing.append(last)
        }
    }

    /// Takes a remote out of `vx.yaml`.
    package func removeRemote(_ entry: RemoteList.Entry) throws {
        try changeRemotes { $0.entries.removeAll { $0.name == entry.name } }
    }

    /// Changes the remotes that `vx.yaml` names by now.
    private func changeRemotes(_ change: (inout RemoteList) throws(VxError) -> Void) throws {
        let lock = try lock(.configuration)
        defer { withExtendedLifetime(lock) {} }
        let location = root.appending(Configuration.path)
        let bytes = try Files.read(location, limit: 1 << 20)
        let old = try Configuration.parse(bytes).remotes
        var remotes = old
        try change(&remotes)
        let new = Array(remotes.replacing(old, in: String(decoding: bytes ?? [], as: UTF8.self)).utf8)
        // What is written in an unusual form, flow style say, is not torn: the result must read back as meant.
        guard try Configuration.parse(new).remotes == remotes else {
            throw VxError(
                .refused, "vx cannot change 'remotes' in vx.yaml",
                because: "it is written in a form that vx does not edit",
                hint: "write it by hand: 'vx help remotes' shows how")
        }
        try replaceFile(Configuration.path, with: new, sync: true)
    }

    /// What a remote is and holds.
    package struct RemoteState: Sendable {
        package var indexes: Int
        package var packs: Int
        package var bytes: UInt64
        package var properties: RemoteProperties
        package var problems: [VxError]
    }

    /// Reaches, reads and lists a remote.
    package func checkRemote(_ entry: RemoteList.Entry, _ access: RemoteAccess) throws -> RemoteState {
        let backend = try connect(entry, access)
        let catalog = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        return try onRemote { () throws(RemoteError) in
            // Whatever else somebody keeps there is no pack of ours.
            let packs = try backend.list(RemoteLayout.packPrefix).filter { RemoteLayout.pack(ofKey: $0.key) != nil }
            return RemoteState(
                indexes: catalog.indexCount, packs: packs.count, bytes: packs.sum(ofSizes: \.size),
                properties: try backend.properties(), problems: catalog.problems)
        }
    }
}

import VxModel

/// Whose data a remote holds: the first commits of the histories that were pushed to it (docs/formats/remote.md,
/// "Projects"). Notes for whoever collects, and nothing else depends on them.
package struct RemoteProjects {
    private let backend: any RemoteBackend

    package init(_ backend: any RemoteBackend) { self.backend = backend }

    /// The first commits that are noted, in hex, sorted.
    package func all() throws(VxError) -> [String] {
        let objects = try onRemote { () throws(RemoteError) in try backend.list(RemoteLayout.projectPrefix) }
        return objects.map { String($0.key.dropFirst(RemoteLayout.projectPrefix.count)) }
            .filter { [40, 64].contains($0.utf8.count) && Hex.decode($0.utf8) != nil }
    }

    /// Notes a history that was not among ``all()``.
    func add(_ root: String) throws(VxError) {
        let note: JSONValue = ["firstCommit": .string(root)]
        _ = try onRemote { () throws(RemoteError) in
            try backend.add(RemoteLayout.key(ofProject: root), .bytes(Array(note.canonical.utf8))) { _ in }
        }
    }

    /// Takes a note away; none there is fine.
    package func remove(_ root: String) throws(VxError) {
        try onRemote { () throws(RemoteError) in try backend.delete(RemoteLayout.key(ofProject: root)) }
    }
}

import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// The stores of repositories on this machine that this one was cloned from, or has just fetched from by their path.
///
/// `git clone /path/to/repo` copies no vx store. Packs never change, so they are hard-linked from the origin, as git
/// does with its own objects: it costs no space, and the clone stays whole when the origin goes.
package struct LocalOrigins {
    let stores: [FilePath]

    init(_ repository: Repository, root: FilePath) throws {
        let ours = try Workspace.storePath(of: repository)
        var stores: [FilePath] = []
        // The store it had before it came to share another.
        let own = Workspace.ownStorePath(of: repository)
        if own != ours, try Files.isDirectory(own.appending("packs")) { stores.append(own) }
        // The one it shared, where somebody took that setting out.
        if let former = try repository.configPath(Workspace.formerStoreSetting), !former.isEmpty {
            let former = repository.commonDirectory.pushing(former).lexicallyNormalized()
            if former != ours, try Files.isDirectory(former.appending("packs")) { stores.append(former) }
        }
        for url in try repository.remotes().map(\.url) + Self.fetched(repository) {
            guard let location = Self.localPath(of: url, relativeTo: root), try Files.isDirectory(location) else {
                continue
            }
            // What is there need not be a repository, or one that may be read: then it is simply no origin.
            guard let origin = try attempting({ try Repository(discovering: location) }) else { continue }
            guard let store = try attempting({ try Workspace.storePath(of: origin) }), store != ours else { continue }
            if origin.commonDirectory != repository.commonDirectory, !stores.contains(store),
                try Files.isDirectory(store)
            {
                stores.append(store)
            }
        }
        self.stores = stores
    }

    /// Where the last 'git fetch' has been: a colleague's path, say, that is no remote.
    private static func fetched(_ repository: Repository) throws -> [String] {
        let bytes = try Files.read(repository.gitDirectory.appending("FETCH_HEAD"), limit: 1 << 24) ?? []
        var urls: [String] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            // "<id> TAB [not-for-merge] TAB branch 'name' of <url>"; of HEAD only the URL.
            guard let note = line.split(separator: "\t", omittingEmptySubsequences: false).last, !note.isEmpty else {
                continue
            }
            let url = note.firstRange(of: "' of ").map { String(note[$0.upperBound...]) } ?? String(note)
            if !urls.contains(url) { urls.append(url) }
        }
        return urls
    }

    /// Makes every pack of the origins ours; says how many were gained.
    func link(into store: Store) throws -> Int {
        var gained = 0
        for origin in stores { gained += try store.link(from: origin) }
        return gained
    }

    /// `nil` for anything that goes over a network, as git tells them apart (gitrepository URLs, git-clone(1)).
    package static func localPath(of url: String, relativeTo root: FilePath) -> FilePath? {
        if url.hasPrefix("file://") { return FilePath(String(url.dropFirst(7))) }
        if url.contains("://") { return nil }
        if let colon = url.firstIndex(of: ":"), !url[..<colon].contains("/") { return nil }  // host:path
        let path = FilePath(url)
        return path.isAbsolute ? path : root.appending(path.components).lexicallyNormalized()
    }
}

extension Workspace {
    /// Looks for missing content in the stores of local origins; says whether there is anything new.
    func fetchFromLocalOrigins() throws -> Bool {
        let before = store.packs
        // Content that a killed vx had stored, or another process just now, is here already.
        try store.refresh()
        let gained = try LocalOrigins(repository, root: root).link(into: store)
        return gained > 0 || store.packs != before
    }
}

import CLibgit2
import VxModel

import struct SystemPackage.FilePath

/// A remote as git's configuration names it.
package struct RemoteInfo: Sendable, Equatable {
    package var name: String
    /// As written, with `url.<base>.insteadOf` applied.
    package var url: String
    /// Whether git's usual fetch brings all of its branches, and not only some, as in a clone of a single branch.
    package var fetchesAll: Bool
}

extension Repository {
    /// The remotes, by name.
    ///
    /// - Throws: where the configuration cannot be read.
    package func remotes() throws(VxError) -> [RemoteInfo] {
        var names = git_strarray()
        try Libgit2.check(git_remote_list(&names, raw.pointer), "cannot list the remotes")
        defer { git_strarray_dispose(&names) }
        var remotes: [RemoteInfo] = []
        for position in 0..<names.count {
            guard let name = names.strings[position] else { continue }
            var found: OpaquePointer?
            try Libgit2.check(
                git_remote_lookup(&found, raw.pointer, name), "cannot read remote '\(String(cString: name))'")
            guard let found else { continue }
            defer { git_remote_free(found) }
            guard let url = git_remote_url(found) else { continue }
            remotes.append(
                RemoteInfo(
                    name: String(cString: name), url: String(cString: url), fetchesAll: try Self.fetchesAll(found)))
        }
        return remotes
    }

    private static func fetchesAll(_ remote: OpaquePointer) throws(VxError) -> Bool {
        var specs = git_strarray()
        try Libgit2.check(git_remote_get_fetch_refspecs(&specs, remote), "cannot read what a remote's fetch brings")
        defer { git_strarray_dispose(&specs) }
        return (0..<specs.count).contains { position in
            let spec = specs.strings[position].map { String(cString: $0) } ?? ""
            return ["refs/heads/*:", "refs/*:"].contains(where: spec.drop { $0 == "+" }.hasPrefix)
        }
    }
}

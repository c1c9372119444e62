import CLibgit2
import VxModel

import struct SystemPackage.FilePath

/// A remote as git's configuration names it.
package struct RemoteInfo: Sendable, Equatable {
    package var name: String
    /// As written, with `url.<base>.insteadOf` applied.
    package var url: String
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
            remotes.append(RemoteInfo(name: String(cString: name), url: String(cString: url)))
        }
        return remotes
    }
}

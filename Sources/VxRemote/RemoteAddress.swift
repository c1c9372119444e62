import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Where a remote is, read from its URL (docs/remotes.md).
package enum RemoteAddress: Sendable, Equatable {
    case folder(FilePath)

    /// Reads a URL or path.
    ///
    /// - Parameter base: the folder relative paths start at.
    /// - Throws: ``RemoteError/Kind/misconfigured``; a password in the URL is not repeated.
    package init(_ url: String, relativeTo base: FilePath) throws(RemoteError) {
        guard let scheme = Self.scheme(of: url) else {
            guard !url.isEmpty else { throw RemoteError(.misconfigured, "the URL of the remote is empty") }
            let path = FilePath(url)
            self = .folder((path.isAbsolute ? path : base.appending(path.components)).lexicallyNormalized())
            return
        }
        switch scheme {
        case "file":
            let path = FilePath(String(url.dropFirst("file://".count)))
            guard url.hasPrefix("file:///") else {
                throw RemoteError(
                    .misconfigured, "'\(url)' does not name a folder of this machine",
                    hint: "write it with three slashes: file:///path/to/folder")
            }
            self = .folder(path.lexicallyNormalized())
        default:
            throw RemoteError(
                .misconfigured, "vx knows no remotes of the kind '\(scheme)'",
                hint: "known are folders (a path or file://)")
        }
    }

    /// What stands before the colon where it is a scheme and not part of a path.
    private static func scheme(of url: String) -> String? {
        guard let colon = url.firstIndex(of: ":"), colon != url.startIndex, !url[..<colon].contains("/") else {
            return nil
        }
        return url[..<colon].lowercased()
    }
}

/// A remote as the configuration names it: a URL, and options that are no secrets.
package struct RemoteSettings: Sendable, Equatable {
    package var name: String
    package var url: String
    package var options: [String: String]

    package init(name: String, url: String, options: [String: String] = [:]) {
        self.name = name
        self.url = url
        self.options = options
    }
}

/// What opening a remote takes from its surroundings.
package struct RemoteContext: Sendable {
    /// Where relative paths start: the top of the repository.
    package var base: FilePath
    /// Variables, for credentials and programs.
    package var environment: [String: String]
    package var cancellation: Cancellation

    package init(base: FilePath, environment: [String: String], cancellation: Cancellation) {
        self.base = base
        self.environment = environment
        self.cancellation = cancellation
    }
}

extension RemoteSettings {
    /// Makes the backend for this remote. Contacts nobody yet.
    ///
    /// - Throws: ``RemoteError/Kind/misconfigured`` where URL or options make no sense.
    package func open(_ context: RemoteContext) throws(RemoteError) -> any RemoteBackend {
        switch try RemoteAddress(url, relativeTo: context.base) {
        case .folder(let path):
            try refuseOptions(except: [])
            return FolderBackend(path, cancellation: context.cancellation)
        }
    }

    private func refuseOptions(except known: Set<String>) throws(RemoteError) {
        guard let unknown = options.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw RemoteError(
            .misconfigured, "the remote '\(name)' has an option '\(unknown)' that does not fit its URL",
            hint: known.isEmpty ? "remove it" : "options here: \(known.sorted().joined(separator: ", "))")
    }
}

import CLibgit2
import VxModel
import VxSystem

/// Clones that have only a part of the history: shallow ones, which end somewhere, and partial ones, which leave objects out
/// until they need them.
extension Repository {
    /// The commits at which a shallow clone ends; none in a whole one.
    ///
    /// - Throws: where git's list cannot be read.
    package func shallowCommits() throws(VxError) -> Set<GitObjectID> {
        let list = try Files.read(commonDirectory.appending("shallow")) ?? []
        return Set(
            list.split(separator: UInt8(ascii: "\n")).compactMap {
                GitObjectID(hex: String(decoding: $0, as: UTF8.self))
            })
    }

    /// The git remotes that have promised the objects a partial clone leaves out, the first the one to ask first; none in
    /// any other clone.
    ///
    /// - Throws: where the configuration cannot be read.
    package func promisorRemotes() throws(VxError) -> [String] {
        if let knownPromisors { return knownPromisors }
        var names = [try configString("extensions.partialClone")].compactMap { $0 }.filter { !$0.isEmpty }
        for remote in try remotes().map(\.name) where try configBool("remote.\(remote).promisor") == true {
            if !names.contains(remote) { names.append(remote) }
        }
        knownPromisors = names
        return names
    }
}

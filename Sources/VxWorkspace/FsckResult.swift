import VxGit
import VxModel
import VxStore

import struct SystemPackage.FilePath

/// What `vx fsck` found, and what it healed.
package struct FsckResult: Sendable {
    /// A data file whose content cannot be had as it should be.
    package struct Hit: Sendable {
        /// Where it is named: a reference, `HEAD`, `index`, or, where only an older commit or a reflog leads there, a commit.
        package var place: String
        package var path: RepoPath
        package var pointer: Pointer
        /// `false` where the content is here and wrong.
        package var isMissing: Bool
    }

    /// A path that a reference's tree names and that nothing may be written at.
    package struct BadPath: Sendable {
        /// The reference.
        package var place: String
        package var path: RepoPath
        package var fault: PathFault
    }

    package var report: StoreReport
    package var badPaths: [BadPath] = []
    /// Files that are hit, before any repair; each path of each place once.
    package var hits: [Hit] = []
    /// Where damaged packs were moved to.
    package var quarantined: [FilePath] = []
    /// Data files looked at, in all commits.
    package var files = 0
    /// Contents that only older commits or reflogs name, and that are not here, where a remote had them when it was last
    /// asked, or has never been asked.
    package var notFetched = 0
    /// Contents that a branch, a tag or the index names and that are not here, where a remote had them when it was last
    /// asked; each once, with their bytes.
    package var elsewhere = 0
    package var elsewhereBytes: UInt64 = 0
    /// Contents that are not here, and that a remote had when it was last asked: nobody's word is enough to leave them be where
    /// a repair finds them on this machine.
    var claimed: Set<ContentID> = []
    /// Of those, the ones that a repair found on this machine.
    package var reclaimed = 0
    /// Packs that came back from the store's trash.
    package var restoredPacks = 0
    /// Packs that came back from the store's quarantine, or gave what proved right.
    package var returnedPacks = 0
    /// Packs taken from other stores: those of the repositories this one was cloned from, and those that were named.
    package var linkedPacks = 0
    /// Contents added again from files of the workspace.
    package var rescued: [RepoPath] = []
    /// Contents fetched from remotes.
    package var fetched = 0
    /// Remotes that could not be asked.
    package var problems: [VxError] = []
    /// Objects of git's that a partial clone has left out: what they name was not looked at.
    package var absentObjects: Set<GitObjectID> = []
    /// Whether the history here ends before its beginning: what lies beyond was not looked at.
    package var isShallow = false
    /// Contents that were hit and are whole again.
    package var healed: Set<ContentID> = []

    /// What is still hit after the repair, if there was one.
    package var remaining: [Hit] { hits.filter { !healed.contains($0.pointer.id) } }
}

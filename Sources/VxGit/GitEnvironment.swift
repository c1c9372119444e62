import VxModel

import struct SystemPackage.FilePath

/// What `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` said. git sets them for hooks and filters, and an index named
/// there must be used instead of the ordinary one (`git commit <path>` works on a temporary index, for example).
///
/// The engine reads no environment itself: the command line reads it once and hands it over. Relative paths count
/// from where discovery starts.
package struct GitEnvironment: Sendable, Equatable {
    /// `GIT_DIR`
    package var gitDirectory: FilePath?
    /// `GIT_WORK_TREE`
    package var workTree: FilePath?
    /// `GIT_INDEX_FILE`
    package var indexFile: FilePath?

    /// Nothing set, unless given.
    package init(gitDirectory: FilePath? = nil, workTree: FilePath? = nil, indexFile: FilePath? = nil) {
        self.gitDirectory = gitDirectory
        self.workTree = workTree
        self.indexFile = indexFile
    }
}

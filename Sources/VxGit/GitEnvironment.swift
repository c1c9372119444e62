import VxModel

import struct SystemPackage.FilePath

/// What `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and the variables about objects and settings said. git sets them for hooks and filters, and an index named
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
    /// `GIT_OBJECT_DIRECTORY`, then `GIT_ALTERNATE_OBJECT_DIRECTORIES`: a server keeps what is pushed apart until its
    /// `pre-receive` hook has agreed (git-receive-pack(1), quarantine).
    package var objectDirectories: [FilePath] = []
    /// `GIT_CONFIG_…`
    package var settings = EnvironmentSettings.none

    /// Nothing set, unless given.
    package init(
        gitDirectory: FilePath? = nil, workTree: FilePath? = nil, indexFile: FilePath? = nil,
        objectDirectories: [FilePath] = [], settings: EnvironmentSettings = .none
    ) {
        self.gitDirectory = gitDirectory
        self.workTree = workTree
        self.indexFile = indexFile
        self.objectDirectories = objectDirectories
        self.settings = settings
    }
}

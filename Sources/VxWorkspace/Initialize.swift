import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Starts a project.
package enum Initialize {
    /// What `vx init` made; what was there already is left alone.
    package struct Result: Sendable {
        package var root: FilePath
        package var madeRepository: Bool
        package var madeConfiguration: Bool
        package var install: InstallResult
    }

    /// Makes `folder` a git repository where it is none yet, writes a starting `vx.yaml`, and installs vx in it.
    ///
    /// - Parameter store: the folder of a store to share with other repositories; absolute.
    package static func run(
        _ folder: FilePath, program: FilePath, store: FilePath? = nil, environment: GitEnvironment,
        cancellation: Cancellation
    ) async throws -> Result {
        try Files.createDirectories(folder)
        // Of two at once the second finds all that the first has made.
        let lock = try FileLock(folder: folder, cancellation: cancellation)
        defer { withExtendedLifetime(lock) {} }
        let madeRepository = try !isInRepository(folder, environment)
        if madeRepository {
            _ = try await GitProcess().check(
                "git could not start a repository", ["init", "-q", "-b", "main"], in: folder)
        }
        if let store {
            _ = try Workspace.shareStore(store, for: Repository(discovering: folder, environment: environment))
        }
        let workspace = try Workspace(at: folder, environment: environment, cancellation: cancellation)
        let configuration = workspace.root.appending(Configuration.path)
        let hasConfiguration = try Files.status(configuration) != nil
        if !hasConfiguration {
            try workspace.replaceFile(Configuration.path, with: Array(Configuration.starterText.utf8))
        }
        return Result(
            root: workspace.root, madeRepository: madeRepository, madeConfiguration: !hasConfiguration,
            install: try workspace.install(program: program))
    }

    private static func isInRepository(_ folder: FilePath, _ environment: GitEnvironment) throws(VxError) -> Bool {
        do {
            _ = try Repository(discovering: folder, environment: environment)
            return true
        } catch {
            guard error.code == .notARepository else { throw error }
            return false
        }
    }
}

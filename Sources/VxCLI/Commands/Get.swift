import ArgumentParser
import VxGit
import VxModel
import VxRemote
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Get: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Copy files out of another repository, without cloning its data.")

    @OptionGroup var common: CommonOptions
    @Option(help: "The revision to take them from.") var rev: String?
    @Option(name: [.customShort("o"), .long], help: "Where to put it.") var output: String?
    @Flag(help: "Trust the remotes of its vx.yaml for this once.") var trust = false
    @Argument(help: "The repository.") var url: String
    @Argument(help: "A file or folder in it.") var path: String

    func run(_ session: Session) async throws {
        try GitAddress.check(url)
        try session.requireText([path] + (output.map { [$0] } ?? []))
        let wanted = try PathArguments.inRepository(path)
        guard let name = output ?? (wanted.isRoot ? nil : wanted.name.description) else {
            throw VxError(.usage, "the whole repository has no name here", hint: "say where to put it with '-o NAME'")
        }
        let target = session.currentDirectory.pushing(FilePath(name)).lexicallyNormalized()
        guard try Files.status(target) == nil else {
            throw VxError(.refused, "\(target) is there already", hint: "move it away, or name another place with -o")
        }
        var access = session.access
        // As the repository itself has it, or a clone of it here would.
        access.base =
            LocalOrigins.localPath(of: url, relativeTo: session.currentDirectory)
            ?? session.currentDirectory.appending("clone")
        try Files.createDirectories(target.removingLastComponent())
        // Beside the target, so that it only needs another name in the end.
        let place = Files.temporarySibling(of: target)
        try Files.sweep(folder: target.removingLastComponent())
        defer { try? Files.removeTree(place) }  // what stays is named as a temporary file of ours
        _ = try await GitProcess().check(
            "git could not read \(url)",
            ["clone", "--quiet", "--no-checkout"] + (rev == nil ? ["--depth", "1"] : []) + ["--", url, place.string],
            in: session.currentDirectory)
        try await checkOut(wanted, at: place)
        if trust {
            access.trusted = try Workspace(at: place).trustItems.filter { $0.kind == .remote }
            session.show(access.trusted)
        }
        let workspace = try Workspace(at: place, cancellation: session.cancellation, access: access)
        let result = try await session.showingProgress(access) { _ in
            do {
                return try workspace.hydrate(wanted.isRoot ? [] : [wanted])
            } catch let error as VxError where error.code == .untrusted {
                var error = error.wrapped("cannot get the data of \(url)")
                let options = (rev.map { ["--rev", $0] } ?? []) + (output.map { ["-o", $0] } ?? [])
                let words = ["vx", "get", "--trust"] + (options + [url, path]).map { ShellWord($0).description }
                error.hint =
                    TrustGrants.hintInCI(session.environment)
                    ?? "'\(words.joined(separator: " "))' trusts the remote for this once"
                throw error
            }
        }
        try session.finish(failures: result.failures)
        if wanted.isRoot { try Files.removeTree(place.appending(".git")) }
        try Files.rename(place.appending(wanted), to: target)
        session.report(
            ["path": .string(target.string), "hydrated": .integer(Int64(result.files.count))],
            "Got \(wanted.isRoot ? url : wanted.description) (\(ByteCount.text(result.bytes)) of data) into \(target)")
    }

    /// - Throws: `usage` where there is no such revision, or no such path in it: what git lays down is looked for in the
    ///   commit, since a symlink in the clone may lead anywhere.
    private func checkOut(_ wanted: RepoPath, at place: FilePath) async throws {
        let repository = try Repository(discovering: place)
        let revision = rev ?? "HEAD"
        // A branch of the other repository is a remote branch in a clone.
        guard let commit = try repository.findCommit(revision) ?? repository.findCommit("origin/\(revision)") else {
            throw VxError(
                .usage, "there is no revision '\(revision)' in \(url)",
                hint: "'git ls-remote \(typed: url)' lists its names")
        }
        try TreePaths(repository).require(repository.tree(ofCommit: commit), of: "\(revision) of \(url)")
        if !wanted.isRoot {
            let entry = try repository.entry(at: wanted, inTree: repository.tree(ofCommit: commit))
            guard let entry, entry.mode != .submodule else {
                throw VxError(
                    .usage, "there is no '\(wanted)' in \(revision) of \(url)",
                    hint: entry == nil
                        ? "paths begin at the top of the repository" : "it is a submodule: a repository of its own")
            }
        }
        _ = try await GitProcess().check(
            "git could not lay down \(revision) of \(url)", ["checkout", "--quiet", "--detach", commit.hex], in: place,
            environment: ["GIT_LFS_SKIP_SMUDGE": "1"])
    }
}

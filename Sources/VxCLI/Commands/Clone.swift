import ArgumentParser
import VxGit
import VxModel
import VxRemote
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Clone: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "clone", abstract: "'git clone', set vx up, and lay the data down.",
        discussion: "Repeating it in a folder where it was interrupted goes on where it was.")

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Only the data below this path; may be repeated.", valueName: "path")) var only:
        [String] = []
    @Flag(help: "No data: pointers stay text until 'vx hydrate'.") var noData = false
    @Option(name: [.customShort("b"), .long], help: "The branch to check out.") var branch: String?
    @Flag(help: "Trust the remotes of its vx.yaml, as 'vx trust' would.") var trust = false
    @Argument(help: "The repository.") var url: String
    @Argument(help: "The folder to make.") var directory: String?

    func run(_ session: Session) async throws {
        let target = session.currentDirectory.pushing(FilePath(directory ?? Self.folder(of: url))).lexicallyNormalized()
        try GitAddress.check(url)
        guard only.isEmpty || !noData else {
            throw VxError(.usage, "'--no-data' lays no data down, and '--only' some", hint: "leave out one of them")
        }
        let paths = try only.map { try PathArguments.inRepository($0) }.filter { !$0.isRoot }
        var isRepeated = false
        if try Files.status(target.appending(".git")) == nil {
            try await clone(to: target, leavingDataIn: noData ? nil : paths, session)
        } else {
            let origin = try Repository(discovering: target).remotes().first { $0.name == "origin" }
            guard
                origin?.url == url
                    || origin.map({ FilePath($0.url) }) == session.currentDirectory.pushing(FilePath(url))
            else {
                throw VxError(
                    .refused, "\(target) is a repository already", because: "and no clone of \(url)",
                    hint: "name another folder, or remove it")
            }
            try Files.sweep(folder: target)
            try requireUnfinished(target, session)
            isRepeated = true
        }
        let progress = session.access
        let workspace = try Workspace(at: target, cancellation: session.cancellation, access: noData ? nil : progress)
        workspace.sweepLeftovers()
        if trust { try await session.trust(workspace.trustItems.filter { $0.kind == .remote }, in: workspace) }
        if !paths.isEmpty { try workspace.want(only: paths) }
        let result = try await session.showingProgress(progress) { _ in
            try session.partlyDone(unlessTrusted: "cd \(ShellWord(place(target))) && ") {
                try workspace.install(
                    program: try CurrentProcess.executable(), hydrating: noData ? nil : paths)
            }
        }
        session.report(
            [
                "directory": .string(target.string), "hydrated": .array(result.hydrated.files.map(Wording.json)),
                "failures": .array(result.hydrated.failures.map(Wording.json)),
            ],
            "\(isRepeated ? "Finished the clone in" : "Cloned into") \(target), laid down \(Wording.count(result.hydrated.files.count, "file", bytes: result.hydrated.bytes))"
        )
        try session.finish(failures: result.hydrated.failures)
    }

    /// - Throws: `refused` where the clone that is there is a whole one, which may be an old one: only what was interrupted, or
    ///   lacks data, is gone on with.
    private func requireUnfinished(_ target: FilePath, _ session: Session) throws {
        let workspace = try Workspace(at: target, cancellation: session.cancellation)
        let head = try workspace.repository.head()
        guard head.commit != nil else {
            throw VxError(
                .refused, "\(target) is a repository already, and nothing is checked out there",
                because: "a 'git clone' may have been cut short", hint: "remove it, or name another folder")
        }
        // As to git, the name may be a tag's.
        if let branch, branch != head.branch,
            try head.branch != nil || head.commit != workspace.repository.findCommit("refs/tags/\(branch)")
        {
            throw VxError(
                .refused, "\(target) is a clone already",
                because: "at \(head.branch ?? head.commit?.short ?? "no commit"), and not at \(branch)",
                hint: "go there with 'vx checkout \(typed: branch)', or name another folder")
        }
        guard try workspace.isInstalled, try workspace.hydrate(dryRun: true).files.isEmpty else { return }
        throw VxError(
            .refused, "\(target) is a clone already", because: "and complete",
            hint: "bring it up to date with 'vx -C \(typed: place(target)) pull', or name another folder")
    }

    /// Clones under another name and renames: a clone that was killed half-way is not taken for a whole one.
    ///
    /// - Parameter paths: where data is not laid down yet, everywhere where it is empty; `nil` where git writes its pointers.
    private func clone(to target: FilePath, leavingDataIn paths: [RepoPath]?, _ session: Session) async throws {
        let isThere = try Files.status(target) != nil
        // A folder that is there may be the one the user is in: it is filled, and not replaced.
        let place = Files.temporarySibling(of: isThere ? target.appending("clone") : target)
        if isThere {
            if try finishMovingUp(in: target) { return }
            if try Files.isDirectory(target) { try Files.sweep(folder: target) }
            guard try Files.isDirectory(target), try Files.names(in: target).isEmpty else {
                throw VxError(
                    .refused, "\(target) is there and no empty folder", hint: "name another folder, or remove it")
            }
        }
        try Files.sweep(folder: target.removingLastComponent())
        let showsProgress =
            CurrentProcess.standardErrorIsTerminal && !session.options.quiet && !session.options.json
        try Files.createDirectories(target.removingLastComponent())
        do {
            try await session.runGit(
                "git could not clone \(url)",
                // Quiet, since it would name the temporary place; what it shows on a terminal is asked for all the same.
                ["clone", "--quiet"] + (showsProgress ? ["--progress"] : [])
                    + (branch.map { ["--branch", $0] } ?? []) + (paths == nil ? [] : ["--no-checkout"])
                    + ["--", url, place.string],
                in: session.currentDirectory)
            if let paths {
                try await Workspace.checkOutCode(
                    at: place, leavingDataIn: paths, cancellation: session.cancellation)
            }
            if isThere {
                try moveUp(place, to: target)
                // A file that has another name has another time of change, which git would take for another content.
                _ = try await GitProcess().run(["update-index", "-q", "--refresh"], in: target)
            } else {
                try Files.rename(place, to: target)
            }
        } catch {
            try? Files.removeTree(place)  // the first error is the one to report
            throw error
        }
    }

    /// In the folder of a whole clone that is being moved up.
    private static func movingMark(in place: FilePath) -> FilePath {
        place.appending(".git").appending("vx").appending("moving-up")
    }

    /// Goes on where ``moveUp(_:to:)`` was killed; says whether it was.
    private func finishMovingUp(in target: FilePath) throws -> Bool {
        guard try Files.isDirectory(target) else { return false }
        for name in try Files.names(in: target) {
            let place = target.appending(name)
            guard let status = try Files.status(place), status.kind == .directory,
                Files.owner(ofTemporaryName: Array(name.string.utf8))?.isForsaken(modified: status.modified) == true,
                try Files.status(Self.movingMark(in: place)) != nil
            else { continue }
            try moveUp(place, to: target)
            return true
        }
        return false
    }

    /// Moves what is in a folder into the one that holds it; git's folder last, which makes a clone of that.
    private func moveUp(_ place: FilePath, to target: FilePath) throws {
        try Files.createDirectories(Self.movingMark(in: place).removingLastComponent())
        try Files.replace(Self.movingMark(in: place), with: [])
        let names = try Files.names(in: place)
        var moved: [FilePath] = []
        do throws(VxError) {
            for name in names.filter({ $0 != ".git" }) + names.filter({ $0 == ".git" }) {
                try Files.rename(place.appending(name), to: target.appending(name))
                moved.append(target.appending(name))
            }
        } catch {
            // The folder was empty, and is to be so for the next attempt; the first error is the one to report.
            for path in moved { try? Files.removeTree(path) }
            throw error
        }
        try Files.remove(Self.movingMark(in: target))
        try Files.removeTree(place)
    }

    /// As it can be typed where the command was.
    private func place(_ target: FilePath) -> String {
        common.directory == nil ? directory ?? Self.folder(of: url) : target.string
    }

    /// What git would call the folder.
    private static func folder(of url: String) -> String {
        let trimmed = url.hasSuffix("/") ? String(url.dropLast()) : url
        let last = trimmed.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? trimmed
        return last.hasSuffix(".git") ? String(last.dropLast(4)) : last
    }
}

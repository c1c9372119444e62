import ArgumentParser
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Install: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Set vx up in this clone: git's filter, hooks and merge driver; then lay the data down.",
        discussion: """
            Hooks that are there already keep working: vx's run after them. In a bare repository: the hook that holds what \
            is pushed against the branches' rules, and nothing else.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: StoreOption.help) var store: String?
    @Flag(help: "Leave a shared store: copy what is named here to a store of its own.") var ownStore = false
    @Flag(help: "Take them out again. Data and store stay.") var uninstall = false

    func validate() throws {
        if ownStore, store != nil { throw ValidationError("'--own-store' leaves a shared store, '--store' joins one") }
    }

    func run(_ session: Session) async throws {
        let program = try CurrentProcess.executable()
        let repository = try Repository(discovering: session.currentDirectory, environment: session.gitEnvironment())
        if repository.isBare {
            try Workspace.installOnServer(repository, program: program, uninstall: uninstall)
            let place = repository.gitDirectory
            session.report(
                ["installed": .bool(!uninstall)],
                uninstall ? "vx is no longer set up in \(place)" : "vx checks what is pushed to \(place)")
            return
        }
        if let store = StoreOption.path(store, in: session) {
            let linked = try Workspace.shareStore(store, for: repository)
            if linked > 0 {
                session.note(
                    "content of \(repository.commonDirectory.appending("vx")) is in \(store) now, too: \(Wording.count(linked, "pack"))"
                )
            }
        }
        if ownStore { return try await leaveSharedStore(session) }
        let workspace = try session.workspace(remotes: true, settingUp: true)
        if uninstall {
            try workspace.uninstall(program: program)
            session.report(["installed": false], "vx is no longer set up in \(workspace.root)")
            return
        }
        let result = try await session.showingProgress(workspace.access ?? session.access) { _ in
            try session.partlyDone {
                try workspace.install(program: program, hydrating: workspace.pathsToLayDown)
            }
        }
        let files = result.hydrated.files
        for hook in result.unchained { session.warn(hook.message) }
        if let (cost, remedy) = try VxOnPath(session)?.complaint() { session.warn("\(cost); \(remedy)") }
        session.report(
            [
                "installed": true, "unchained": .array(result.unchained.map { .string($0.file.string) }),
                "hydrated": .array(files.map(Wording.json)),
                "failures": .array(result.hydrated.failures.map(Wording.json)),
            ],
            "vx is set up in \(workspace.root)"
                + (files.isEmpty
                    ? "" : "\nLaid down \(Wording.count(files.count, "file", bytes: result.hydrated.bytes))"))
        try session.finish(failures: result.hydrated.failures)
    }
}

extension Install {
    private func leaveSharedStore(_ session: Session) async throws {
        let workspace = try session.workspace(forGit: true)
        let shared = workspace.store.root
        guard let (store, packs) = try await workspace.takeOwnStore() else {
            return session.report(
                ["store": .string(shared.string), "packs": 0], "this repository has a store of its own: \(shared)")
        }
        session.report(
            ["store": .string(store.string), "packs": .integer(Int64(packs))],
            "what this repository names is in \(store) now: \(Wording.count(packs, "pack"))\n'vx gc --forget \(typed: workspace.root)' in a repository that uses \(shared) takes this one off its list"
        )
    }
}

/// `--store`, of the commands that set a repository up.
enum StoreOption {
    static let help = ArgumentHelp(
        "Keep the bytes in this folder, which other repositories may use as well.", valueName: "path")

    static func path(_ text: String?, in session: Session) -> FilePath? {
        text.map { session.currentDirectory.pushing(FilePath($0)).lexicallyNormalized() }
    }
}

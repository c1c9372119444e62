import ArgumentParser
import VxConfig
import VxFlow
import VxGit
import VxModel
import VxSystem
import VxTracking
import VxWorkspace

import struct SystemPackage.FilePath

struct Completions: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print the script that completes vx in a shell.",
        discussion: """
            Where each shell looks for it; ~/.zfunc stands for a folder of zsh's $fpath:

                vx completions bash > ~/.local/share/bash-completion/completions/vx
                vx completions zsh > ~/.zfunc/_vx
                vx completions fish > ~/.config/fish/completions/vx.fish
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "bash, zsh or fish.") var shell: String

    func run(_ session: Session) async throws { session.print(try Self.script(shell)) }

    /// - Throws: `usage` for a shell that is not known.
    static func script(_ shell: String) throws(VxError) -> String {
        guard let script = ShellScript(rawValue: shell) else {
            throw VxError(
                .usage, "there are no completions for '\(shell)'",
                hint: "there are some for \(ShellScript.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return script.text
    }
}

struct ManualCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the man pages of all commands to a folder.",
        discussion: "'vx manual ~/.local/share/man' makes 'man vx-add' and 'man vx-branches' work.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The folder; pages go to man1 and man7 in it.") var folder: String

    func run(_ session: Session) async throws {
        let place = session.currentDirectory.pushing(FilePath(folder))
        // What makes packages says of which day they are; the day of the build is nobody's business.
        let moment = session.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }
        let day = moment.map { String(Timestamp(seconds: $0).text.prefix(10)) } ?? ""
        let pages = Manual.pages(of: try CommandTree.whole(), Manual.Edition(version: Tool.version, day: day))
        for page in pages {
            let section = place.appending("man\(page.name.suffix(1))")
            try Files.createDirectories(section)
            try Output.file(page.text, section.appending(page.name))
        }
        session.report(["pages": .integer(Int64(pages.count))], "Wrote \(pages.count) pages to \(place)")
    }
}

/// Shells run it while a command is being typed (``ShellScript``). It changes nothing, and what goes wrong is no completion.
struct Complete: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Say what the last of some words can be.", shouldDisplay: false)

    @OptionGroup var common: CommonOptions
    @Argument(parsing: .postTerminator, help: "The words, without 'vx'.") var words: [String] = []

    func run(_ session: Session) async throws {
        let completion = Completion(try CommandTree.whole(), words: words.dropLast(), current: words.last ?? "")
        var candidates = completion.candidates
        let place = zip(words, words.dropFirst()).first { $0.0 == "-C" }?.1
        let names = try attempting { try Self.names(completion.source, session, in: place) } ?? []
        candidates += names.map { Completion.Candidate(word: $0) }
        if [.files, .revisionsAndFiles].contains(completion.source) { session.print(":files") }
        for candidate in candidates where candidate.word.hasPrefix(completion.typed) {
            let word = VisibleText.line(completion.start + candidate.word)
            session.print(candidate.about.isEmpty ? word : "\(word)\t\(VisibleText.line(candidate.about))")
        }
    }

    /// What the repository has of a kind.
    private static func names(
        _ source: Completion.Source, _ session: Session, in folder: String?
    ) throws -> [String] {
        let place = folder.map { session.currentDirectory.pushing(FilePath($0)) } ?? session.currentDirectory
        func references(_ prefixes: String...) throws -> [String] {
            let repository = try Repository(discovering: place, environment: session.gitEnvironment())
            return try prefixes.flatMap { prefix in
                try repository.references(withPrefix: prefix).map { String($0.dropFirst(prefix.count)) }
                    .filter { !$0.hasSuffix("/HEAD") }
            }
        }
        func workspace() throws -> Workspace { try Workspace(at: place, environment: session.gitEnvironment()) }
        func remotes() throws -> [String] { try workspace().remotes.entries.map(\.name) }
        func revisions() throws -> [String] {
            try ["HEAD"] + references("refs/heads/", "refs/tags/", "refs/remotes/")
        }
        switch source {
        case .files, .nothing, .words: return []
        case .revisions, .revisionsAndFiles: return try revisions()
        case .branches: return try references("refs/heads/")
        case .tags: return try references("refs/tags/")
        case .runs: return try TrackingBranch(workspace()).records().records.map(\.tag)
        case .remotes: return try remotes()
        case .remotesAndRevisions: return try remotes() + revisions()
        }
    }
}

import Testing

/// Files below a work tree are made, replaced and removed by `WorkTree` only, which believes no path. What a file of the
/// source calls besides is for places that no repository names.
@Suite("writing below a work tree")
struct WorkTreeWritingTests {
    /// Calls that make, move or remove by a path.
    private static let calls: [String: Set<String>] = [
        "Files": [
            "replace", "remove", "removeTree", "createDirectories", "rename", "place", "linkOrCopy",
            "removeEmptyDirectory", "sweep",
        ],
        "OpenFile": ["creating", "updating", "appending", "unnamed"],
    ]

    /// Where they may stand, and what they are for.
    private static let allowed: [String: String] = [
        "VxWorkspace/PendingFiles.swift": "git's folder", "VxWorkspace/LaidDownFiles.swift": "git's folder",
        "VxWorkspace/PartFiles.swift": "git's folder", "VxWorkspace/WorkspaceLock.swift": "git's folder",
        "VxWorkspace/UnfinishedClone.swift": "git's folder", "VxWorkspace/UnfinishedCheckout.swift": "git's folder",
        "VxWorkspace/UnservedFiles.swift": "git's folder", "VxWorkspace/RepositoryIdentity.swift": "git's folder",
        "VxWorkspace/OwnWorktrees.swift": "git's folder", "VxWorkspace/Install.swift": "the user's attributes file",
        "VxWorkspace/Initialize.swift": "the folder the user names", "VxWorkspace/MergeDriver.swift": "files git names",
        "VxWorkspace/Checkout.swift": "names in an open folder of WorkTree",
        "VxWorkspace/LayDown.swift": "names in an open folder of WorkTree",
        "VxTracking/Reproduce.swift": "a folder in git's folder",
        "VxWorkspace/Collect.swift": "git's folder", "VxFlow/Split/RowCacheWriter.swift": "git's folder",
        "VxFlow/Split/KnownStanding.swift": "git's folder",
        "VxFlow/Split/RowSplit+Writing.swift": "a scratch folder", "VxFlow/Split/TextsAside.swift": "a scratch folder",
        "VxFlow/Clean/CheckCommand.swift": "a scratch folder",
        "VxCLI/Commands/Get.swift": "the place the user names",
        "VxCLI/Commands/Clone.swift": "the place the user names",
        "VxCLI/Commands/HelpCommands.swift": "the folder the user names",
        "VxCLI/Output.swift": "files the user names",
    ]

    @Test("no source file writes by a path of its own but those that say where")
    func writers() throws {
        var found: Set<String> = []
        for module in ["VxWorkspace", "VxTracking", "VxFlow", "VxCLI", "VxConfig"] {
            for file in try Repository.swiftFiles(in: "Sources/\(module)") {
                let name = String(file.dropFirst("Sources/".count))
                let names = SwiftSource(try Repository.text(file)).names
                for (word, next) in zip(names, names.dropFirst())
                where word.line == next.line && Self.calls[word.name]?.contains(next.name) == true {
                    found.insert(name)
                    let line = names.filter { $0.line == word.line }.map(\.name)
                    if Self.allowed[name] == nil
                        || zip(line, line.dropFirst()).contains(where: { $0 == ("root", "appending") })
                    {
                        Issue.record(
                            "\(file):\(word.line) writes by a path: give it to 'Workspace.files', or say here what for")
                    }
                }
            }
        }
        #expect(Set(Self.allowed.keys) == found, "what is allowed and not needed goes from the list")
    }
}

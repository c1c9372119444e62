import Testing
import VxModel

/// The module table of docs/architecture.md, held against the sources and `Package.swift`.
@Suite("modules")
struct ModuleTableTests {
    private static let platform: Set<String> = ["Glibc", "Musl", "Darwin", "Synchronization"]
    /// Modules of the toolchain: in the table, but no dependency `Package.swift` could state.
    private static let toolchain: Set<String> = ["platform", "FoundationEssentials", "Swift"]

    private let allowed: [String: Set<String>]

    init() throws {
        let rows = try Repository.table(in: "docs/architecture.md", headed: "target")
        allowed = Dictionary(
            try rows.map { row in
                guard row.count == 3 else { throw VxError("the module table has a row of \(row.count) cells: \(row)") }
                let names = row[2].split(separator: ",").map { trimmed($0) }
                return (row[0], Set(names).subtracting(["–"]))
            }, uniquingKeysWith: { _, last in last })
    }

    @Test("every folder in Sources has a row, and every row a folder")
    func folders() throws {
        #expect(try Set(Repository.folders(in: "Sources")) == Set(allowed.keys))
    }

    @Test("every import is in its target's row")
    func imports() throws {
        for (target, names) in allowed {
            let modules = names.contains("platform") ? names.union(Self.platform) : names
            for file in try Repository.swiftFiles(in: "Sources/\(target)") {
                for module in SwiftSource(try Repository.text(file)).imports where !modules.contains(module) {
                    Issue.record("\(file) imports \(module), which the row of \(target) does not have")
                }
            }
        }
    }

    @Test("the rows and Package.swift say the same")
    func manifest() throws {
        let manifest = try PackageManifest(try Repository.text("Package.swift"))
        #expect(Set(manifest.dependencies.keys) == Set(allowed.keys))
        for (target, names) in allowed {
            let stated = manifest.dependencies[target] ?? []
            let written = names.subtracting(Self.toolchain)
            #expect(stated == written, "Package.swift and docs/architecture.md differ about \(target)")
        }
    }

    @Test("every folder in Tests that holds Swift is a test target")
    func testFolders() throws {
        let manifest = try PackageManifest(try Repository.text("Package.swift"))
        let folders = try Repository.folders(in: "Tests").filter {
            try !Repository.swiftFiles(in: "Tests/\($0)").isEmpty
        }
        #expect(Set(folders) == manifest.testTargets)
    }

    @Test("the table has no circle")
    func circles() {
        var remaining = allowed.mapValues { $0.intersection(allowed.keys) }
        while let free = remaining.first(where: { $0.value.isDisjoint(with: remaining.keys) }) {
            remaining[free.key] = nil
        }
        #expect(remaining.isEmpty)
    }

    @Test("Foundation is imported nowhere")
    func foundation() throws {
        for file in try Repository.swiftFiles(in: "Sources") + Repository.swiftFiles(in: "Tests") {
            #expect(
                !SwiftSource(try Repository.text(file)).imports.contains("Foundation"), "\(file) imports Foundation")
        }
    }

    @Test("libgit2's names stay in VxGit, raw handles where a C library is wrapped")
    func cNames() throws {
        for target in allowed.keys where target != "VxGit" {
            let wrapsLibrary = allowed[target]?.contains { ["CZstd", "CYaml"].contains($0) } ?? false
            for file in try Repository.swiftFiles(in: "Sources/\(target)") {
                for (name, line) in SwiftSource(try Repository.text(file)).names {
                    let isForeign = name.hasPrefix("git_") || name.hasPrefix("GIT_")
                    if isForeign || name == "OpaquePointer" && !wrapsLibrary {
                        Issue.record("\(file):\(line): '\(name)' belongs in the module that wraps the C library")
                    }
                }
            }
        }
    }
}

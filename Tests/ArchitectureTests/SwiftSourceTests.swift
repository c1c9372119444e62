import Testing

/// The readers the other tests stand on: a reader that sees nothing would let everything pass.
@Suite("reading sources")
struct SwiftSourceTests {
    @Test(
        "finds every way to write an import",
        arguments: [
            ("import A", ["A"]),
            ("    import A  // why", ["A"]),
            ("@preconcurrency import A", ["A"]),
            ("@_spi(Inner) public import A", ["A"]),
            ("package import A", ["A"]),
            ("import struct A.B", ["A"]),
            ("import A; import B", ["A", "B"]),
            ("import A\nimport B", ["A", "B"]),
            ("/* import A */ import B", ["B"]),
            ("/*\nimport A\n*/", []),
            ("// import A", []),
            ("let text = \"import A\"", []),
            ("let text = \"\\\"import A\"", []),
            ("let importA = 1", []),
            ("let python = \"\"\"\n    import sys\n    \"\"\"\nimport A", ["A"]),
        ])
    func imports(_ text: String, _ modules: [String]) {
        #expect(SwiftSource(text).imports == modules)
    }

    @Test("finds names with their lines")
    func names() {
        let names = SwiftSource("// git_no\nlet a = git_yes(x)").names.filter { $0.name.hasPrefix("git_") }
        #expect(names.map(\.name) == ["git_yes"])
        #expect(names.map(\.line) == [2])
    }

    @Test("reads the manifest's targets")
    func manifest() throws {
        let manifest = try PackageManifest(
            """
            let crypto: Target.Dependency = .product(name: "Crypto", package: "x")
                    .systemLibrary(name: "C", pkgConfig: "c", providers: [.apt(["c-dev"])]),
                    .target(
                        name: "A",
                        dependencies: [
                            "C", crypto,
                        ]),
                    .testTarget(name: "ATests", dependencies: ["A"]),
            """)
        #expect(manifest.dependencies == ["C": [], "A": ["C", "Crypto"]])
        #expect(manifest.testTargets == ["ATests"])
    }
}

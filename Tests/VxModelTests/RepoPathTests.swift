import Testing
import VxModel

@Suite("Paths in a repository")
struct RepoPathTests {
    /// Short paths over few names, so that one often lies in, or sorts next to, another.
    private static func paths(_ count: Int, seed: UInt64) -> [RepoPath] {
        var state = seed
        func next(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33 % limit)
        }
        let names = ["a", "ab", "a-b", "a.b", "b", "é", "\u{1}"]
        return (0..<count).map { _ in
            RepoPath((0..<1 + next(3)).map { _ in names[next(UInt64(names.count))] }.joined(separator: "/"))
        } + [.root]
    }

    @Test("Order, containment and parents are those of the bytes", arguments: 1...5)
    func relations(_ seed: UInt64) {
        let paths = Self.paths(60, seed: seed)
        for path in paths {
            for other in paths {
                #expect((path < other) == path.bytes.lexicographicallyPrecedes(other.bytes))
                let isInside = other.isRoot || path == other || path.bytes.starts(with: other.bytes + Array("/".utf8))
                #expect(path.isInside(other) == isInside)
                if !path.isRoot { #expect(path.isDirectly(in: other) == (path.parent == other)) }
            }
        }
    }

    @Test("A path and the name below it make one path")
    func appending() {
        #expect(RepoPath.root.appending("a") == "a")
        #expect(RepoPath("a/b").appending("c") == "a/b/c")
        #expect(RepoPath("a/b").appending("c").parent == "a/b")
    }
}

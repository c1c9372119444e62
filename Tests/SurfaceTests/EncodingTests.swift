import Testing
import VxModel
import VxTestSupport

/// `working-tree-encoding` on data: git decodes what a filter gives it for a file that is added, and encodes what it hands to
/// a filter. No hook let such a line be committed.
@Suite("lines that make git encode data")
struct EncodingTests {
    private static let lines = [
        "UTF-16", "UTF-16LE-BOM", "UTF-16LE", "utf16be", "UTF-32", "UTF-32LE", "UTF-32BE", "UTF-16 text",
        "UTF-16LE eol=crlf text",
        "ISO-8859-1",
    ]
    private static let unfiltered =
        "git -c filter.vx.process= -c filter.vx.smudge= -c filter.vx.clean= -c filter.vx.required=false"

    @Test("do no harm: pointers are pointers in git, and data is data, or is named and healed", arguments: lines)
    func harmless(line: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                git config vx.filterLimit 1k && git config core.safecrlf false
                seq 9 > data/small && seq 999 > data/large && vx add -q data && git commit -qm data && cp -r data ../data
                echo '[a-z]* working-tree-encoding=\(line)' > data/.gitattributes && git add data
                git -c core.hooksPath=/dev/null commit -qm line && git config core.hooksPath /dev/null
                """)
            // As git writes them with the filter, and without.
            for git in ["git", Self.unfiltered] {
                try runner.sh("rm data/small data/large && \(git) checkout -q -- data")
                let status = try runner.check("vx", ["status"]).output
                #expect(status.contains("not-hydrated    data/large"))
                #expect(status.contains("data/small") == (git != "git"))
                try runner.check("vx", ["hydrate", "--quiet"])
                #expect(
                    try runner.sh("cmp data/small ../data/small && cmp data/large ../data/large && git status --short")
                        .output == "")
            }
            // Text that is added is the pointer it stands for.
            try runner.sh(
                "\(Self.unfiltered) show HEAD:data/small > data/text && rm data/large && git checkout -q -- data/large")
            try runner.sh("seq 7 > data/new && seq 777 > data/newer && git add data")
            for (name, content) in [("text", "seq 9"), ("new", "seq 7"), ("newer", "seq 777"), ("large", "seq 999")] {
                let text = try runner.sh("git cat-file blob :data/\(name)").stdout
                let hash = try runner.sh("\(content) | sha256sum | cut -c1-64").output
                #expect(Pointer(text).map { "\($0.id)\n" } == hash, "\(name)")
            }
            try runner.sh("git commit -qm new && rm data/new && git checkout -q -- data/new && seq 7 | cmp - data/new")
            #expect(try runner.sh("git status --short").output == "")
        }
    }
}

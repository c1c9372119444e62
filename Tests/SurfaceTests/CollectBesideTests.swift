import Testing
import VxModel
import VxSystem
import VxTestSupport

/// Content is in the store before a branch names it. Whoever collects between the two must not take it.
@Suite("A collection in the middle of a command")
struct CollectBesideTests {
    /// A git that has 'vx gc' collect everything that nothing names, before it does what it was asked.
    private static let collecting = """
        #!/bin/sh
        case "$COLLECTING" in
        '') COLLECTING=1 timeout 1 vx gc --grace 0 > /dev/null 2>&1; echo "$?" >> "$COLLECTIONS" ;;
        esac
        PATH=${PATH#*:} exec git "$@"
        """

    @Test("takes nothing of what 'vx ingest', 'clean', 'split' and 'snapshot' are about to name") func commands() throws
    {
        try Scratch.with { scratch in
            var runner = try CommandRunner(scratch)
            try runner.sh("mkdir bin && vx init --quiet --template p")
            try scratch.write("bin/git", Self.collecting)
            try runner.sh("chmod +x bin/git && : > collections")
            runner = runner.inside("p")
            try scratch.write(
                "p/vx.yaml",
                """
                clean: {checks: [{not-empty: true}], transforms: [{name: up, files: "*.csv", run: "tr a b < {input} > {output}", output: "up/{name}"}]}
                split: {by: row}
                """)
            try runner.sh("git commit --quiet -am rules && seq 300 | sed 's/$/,a/; 1i n,x' > ../t.csv")
            runner.environment["COLLECTIONS"] = "\(scratch.work)/collections"
            runner.environment["PATH"] = "\(scratch.work)/bin:\(runner.environment["PATH"] ?? "")"
            for command in [
                ["ingest", "../t.csv", "--source", "us"], ["clean"], ["split"],
            ] {
                try runner.check("vx", command)
                let found = try runner.check("vx", ["fsck"]).output
                #expect(!found.contains("missing"), "after 'vx \(command[0])': \(found)")
            }
            try runner.sh(
                """
                git switch --quiet stable/model && mkdir models && echo w > models/m && echo '{"acc": 1}' > metrics.json
                vx snapshot --quiet --tag v1 --metrics metrics.json --model models/m --command true
                vx fsck
                """)
            let collections = try runner.sh("cat ../collections").output.split(separator: "\n")
            // 124: it was still waiting for the command when its second was over.
            #expect(Set(collections) == ["0", "124"], "some met a command that would not be disturbed")
        }
    }
}

import Testing
import VxModel
import VxTestSupport

@Suite("blobs that start as a pointer and are none")
struct DamagedPointerTests {
    /// What somebody's program made of a pointer's text, and committed where no filter of vx's ran.
    private static let changes = [
        "sed 's/$/\\r/'", "sed 's/$/ /'", "sed '$ d'", "sed 's/sha256:/sha256:0/'", "sed 's/^size .*/size x/'",
        "sed 's/vx.1/vx\\/2/'",
        "cat - /etc/hostname",
    ]

    @Test(
        "are named by check and by status, stay text, keep nobody on a branch, and give way to data", arguments: changes
    )
    func named(change: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                seq 9 > data/a && vx add -q data && git commit -qm one
                git show :data/a | \(change) > ../text && git switch -q -c damaged
                git update-index --cacheinfo 100644,$(git hash-object -w --no-filters ../text),data/a
                git -c core.hooksPath=/dev/null commit -qm damaged && git checkout -q --force main
                """)
            let said = try runner.sh("git switch -q damaged 2>&1 && cmp data/a ../text && git status --short").output
            #expect(said.contains("malformed pointer") && !said.contains(" M "), "\(said)")
            let check = try runner.vx("check", "HEAD")
            #expect(
                check.status == VxError.Code.refused.exitStatus && check.output.contains("data/a"), "\(check.output)")
            let status = try runner.check("vx", ["status"]).output
            #expect(status.contains("malformed-pointer") && !status.contains("clean"), "\(status)")
            try runner.sh("git switch -q main && git switch -q damaged 2> ../said")
            try runner.sh(
                "seq 9 > data/a && vx add -q data/a && git commit -qm mended && git diff --quiet main HEAD -- data")
            #expect(try runner.check("vx", ["status"]).output.contains("Data is clean"))
        }
    }

    @Test("a pointer's text with other line ends that is added is the pointer", arguments: ["git add", "vx add -q"])
    func lineEnds(add: String) throws {
        try Scratch.with { scratch in
            let runner = try Project(scratch).runner
            try runner.sh(
                """
                seq 9 > data/a && vx add -q data && git commit -qm one && git show :data/a | sed 's/$/\\r/' | tee data/b > data/c
                cp data/b data/a && \(add) data && test "$(git ls-files -s data | cut -d' ' -f2 | sort -u | wc -l)" = 1
                """)
        }
    }
}

import Testing
import VxTestSupport

@Suite("memory is bounded whatever the file's size", .serialized)
struct MemoryTests {
    private static let limit: UInt64 = 300 << 20

    @Test("vx, git and the filter stay below 300 MiB with a file twice that size", .tags(.slow))
    func largeFile() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.git("config", "vx.filterLimit", "100m")
            try project.runner.sh(
                "head -c 629145600 /dev/urandom > data/large.bin && sha256sum data/large.bin > ../sum")
            func peak(_ program: String, _ arguments: String...) throws -> UInt64 {
                try #require(try project.runner.measuringMemory().check(program, arguments).peakMemory)
            }
            #expect(try peak("vx", "add", "data") < Self.limit)
            try project.runner.git("commit", "--quiet", "-m", "large")
            #expect(try peak("git", "checkout", "--quiet", "empty") < Self.limit)
            #expect(try peak("git", "checkout", "--quiet", "main") < Self.limit)
            try project.runner.sh("sha256sum --quiet -c ../sum && git diff --exit-code")
            #expect(try peak("vx", "checkout", "empty") < Self.limit)
            #expect(try peak("vx", "checkout", "main") < Self.limit)
            try project.runner.sh("sha256sum --quiet -c ../sum && printf more >> data/large.bin")
            #expect(try peak("git", "add", "data") < Self.limit)
        }
    }

    @Test("with a file just at vx.filterLimit, git and the filter stay below that and 100 MiB", .tags(.slow))
    func atTheLimit() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                head -c 209715200 /dev/urandom > data/large.bin && sha256sum data/large.bin > ../sum
                git config vx.filterLimit 200m && vx add --quiet data && git commit --quiet -m large
                git checkout --quiet empty && git config core.hooksPath /dev/null
                """)
            let peak = try project.runner.measuringMemory().check("git", ["checkout", "--quiet", "main"]).peakMemory
            #expect(try #require(peak) < 300 << 20)
            try project.runner.sh("sha256sum --quiet -c ../sum && git diff --exit-code")
        }
    }
}

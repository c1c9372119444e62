import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("vx-bench")
struct BenchTests {
    @Test(
        arguments: [
            (["--workloads", "W9"], "there is no workload 'W9'"), (["--tools", "tar"], "there is no tool 'tar'"),
            (["--runs", "0"], "--runs must be 1 or more"), (["--scale", "0"], "--scale must be more than 0"),
        ])
    func `what it does not know it refuses, before it measures anything`(arguments: [String], message: String) throws {
        try Scratch.with { scratch in
            let result = try CommandRunner(scratch).run("vx-bench", arguments)
            #expect(result.status != 0 && result.errors.contains(message), "\(result.errors)")
            #expect(try Files.names(in: scratch.work).isEmpty)
        }
    }

    @Test func `what is not installed is left out of the remotes' table, and said`() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            // No PATH but that of the built programs and of a shell's own tools, where rclone may or may not be.
            let result = try runner.check(
                "vx-bench", ["--workloads", "R2", "--runs", "1", "--scale", "0.00001", "--tools", "rclone copy"])
            #expect(result.output.contains("### R2: push, one file without structure of "))
            let ran = result.output.contains("| push | rclone copy |")
            #expect(ran || result.output.contains("Skipped: there is no rclone in PATH"), "\(result.output)")
            #expect(try Files.names(in: scratch.work).isEmpty, "it leaves nothing behind")
        }
    }
}

import Testing
import VxTestSupport

@Suite("memory that dividing rows takes", .serialized) struct SplitMemoryTests {
    /// A table of so many rows with keys and groups as long as UUIDs, four rows in each group.
    private static func table(_ rows: Int) -> String {
        """
        awk 'BEGIN { print "id,patient,label,text"; for (i = 0; i < \(rows); i++) { g = int(i / 4)
          printf "%08x-%04x-4000-8000-%012x,%08x-%04x-4000-9000-%012x,c%d,text %d\\n", (i * 40503) % 2147483648, i % 65536, i,
            (g * 48271) % 2147483648, g % 65536, g, i % 10, i * 7 } }' > data/clean/t.csv
        """
    }

    /// The C library keeps what was freed for what comes next; how much depends on which thread was when at work. With one heap,
    /// and with large pieces given back at once, the peak is what the rows take.
    private static let givingBack = [
        "MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "131072",
    ]

    /// What 150,000 rows take beyond what 50,000 do, by row: that of a small table is the program's own, and of one part of the
    /// rows, which are read in parts of 4 MiB. A text for each row would take some hundred bytes more.
    @Test(
        "is bounded for each row, whatever is in it",
        .tags(.slow),
        arguments: [
            ("{by: row}", 75.0),
            ("{by: row, key: {column: id}, group: {column: patient}}", 140.0),
        ])
    func each(rule: String, most: Double) throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            func peak(_ rows: Int) throws -> Double {
                try outside.sh(
                    """
                    vx init --quiet --template r\(rows) && cd r\(rows) && printf 'version: 1\\nsplit: \(rule)\\n' > vx.yaml
                    git commit --quiet -a -m rule && git switch --quiet clean && git merge --quiet main && mkdir -p data/clean
                    \(Self.table(rows))
                    vx add --quiet data && git commit --quiet --no-verify -m clean && git switch --quiet main
                    """)
                var runner = outside.inside("r\(rows)").measuringMemory()
                runner.environment.merge(Self.givingBack) { $1 }
                return Double(try #require(runner.check("vx", ["split"]).peakMemory))
            }
            let each = (try peak(150_000) - peak(50_000)) / 100_000
            #expect(each < most && each > 20, "\(each) bytes a row")
        }
    }
}

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

    /// What 200,000 rows take beyond what 20,000 do, by row: most of a small program's memory is the program.
    @Test(
        "is bounded for each row, whatever is in it",
        .tags(.slow),
        arguments: [
            ("{by: row}", 90.0),
            ("{by: row, key: {column: id}, group: {column: patient}}", 160.0),
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
                let runner = outside.inside("r\(rows)").measuringMemory()
                return Double(try #require(runner.check("vx", ["split"]).peakMemory))
            }
            let each = (try peak(200_000) - peak(20_000)) / 180_000
            #expect(each < most && each > 20, "\(each) bytes a row")
        }
    }
}

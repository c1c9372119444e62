import VxModel

/// Gathers samples and prints the table.
struct ResultTable {
    private struct Key: Hashable {
        var workload: String
        var operation: Operation
        var tool: String
    }

    private var samples: [Key: [Sample]] = [:]
    private var timeouts: Set<Key> = []
    private var stores: [String: [String: [UInt64]]] = [:]
    private var sent: [String: [Sent]] = [:]
    private var skipped: [String: [String]] = [:]

    /// What one push left on a remote.
    struct Sent {
        var operation: Operation
        var tool: String
        var objects: Int
        var bytes: UInt64
    }

    mutating func add(_ workload: String, _ operation: Operation, _ tool: String, _ sample: Sample?) {
        let key = Key(workload: workload, operation: operation, tool: tool)
        if let sample { samples[key, default: []].append(sample) } else { timeouts.insert(key) }
    }

    mutating func addStore(_ workload: String, _ tool: String, _ bytes: UInt64) {
        stores[workload, default: [:]][tool, default: []].append(bytes)
    }

    mutating func addSent(_ workload: String, _ sent: Sent) {
        self.sent[workload, default: []].append(sent)
    }

    /// Says why a tool has no figures.
    mutating func skip(_ workload: String, _ reason: String) {
        if skipped[workload]?.contains(reason) != true { skipped[workload, default: []].append(reason) }
    }

    /// Markdown: one table for each workload; a row for each operation and tool, the ratio being that tool's time by vx's.
    ///
    /// - Parameters:
    ///   - workloads: in the order of the tables.
    ///   - tools: their names, in the order of the rows.
    func markdown(_ workloads: [(name: String, summary: String)], _ tools: [String]) -> String {
        var text = ""
        for (name, summary) in workloads {
            var lines: [String] = []
            for operation in Operation.allCases {
                let reference = median(name, operation, "vx").map(\.seconds)
                for tool in tools { lines += line(name, operation, tool, reference) }
            }
            let notes = (skipped[name] ?? []).map { "\nSkipped: \($0)\n" }.joined()
            if lines.isEmpty, notes.isEmpty { continue }
            text += "\n### \(name): \(summary)\n\n"
            text += "| operation | tool | seconds | CPU seconds | peak MiB | by vx |\n|---|---|--:|--:|--:|--:|\n"
            text += lines.joined()
            text += storeTable(name, tools) + sentTable(name) + notes
        }
        return text
    }

    private func line(_ workload: String, _ operation: Operation, _ tool: String, _ reference: Double?) -> [String] {
        guard let sample = median(workload, operation, tool) else {
            let key = Key(workload: workload, operation: operation, tool: tool)
            return timeouts.contains(key) ? ["| \(operation.rawValue) | \(tool) | given up | | | |\n"] : []
        }
        let ratio = reference.map { Self.decimal(sample.seconds / $0, 2) } ?? ""
        return [
            "| \(operation.rawValue) | \(tool) | \(Self.decimal(sample.seconds, 3)) | "
                + "\(Self.decimal(sample.processorSeconds, 2)) | \(sample.peakMemory >> 20) | \(ratio) |\n"
        ]
    }

    private func sentTable(_ workload: String) -> String {
        guard let all = sent[workload] else { return "" }
        var text = "\n| sent by | tool | objects | MB |\n|---|---|--:|--:|\n"
        var seen: Set<String> = []
        for row in all where seen.insert(row.operation.rawValue + row.tool).inserted {
            text +=
                "| \(row.operation.rawValue) | \(row.tool) | \(row.objects) | \(Self.decimal(Double(row.bytes) / 1e6, 1)) |\n"
        }
        return text
    }

    private func storeTable(_ workload: String, _ tools: [String]) -> String {
        guard let sizes = stores[workload], !sizes.isEmpty else { return "" }
        let reference = sizes["vx"].map(Self.median)
        var text = "\n| store | MB | by vx |\n|---|--:|--:|\n"
        for tool in tools {
            guard let all = sizes[tool] else { continue }
            let size = Self.median(all)
            let ratio = reference.map { Self.decimal(Double(size) / Double(max(1, $0)), 2) } ?? ""
            text += "| \(tool) | \(Self.decimal(Double(size) / 1e6, 1)) | \(ratio) |\n"
        }
        return text
    }

    /// Each figure's own median: the middle time need not come from the run with the middle memory.
    private func median(_ workload: String, _ operation: Operation, _ tool: String) -> Sample? {
        guard let all = samples[Key(workload: workload, operation: operation, tool: tool)], !all.isEmpty else {
            return nil
        }
        return Sample(
            seconds: Self.median(all.map(\.seconds)), processorSeconds: Self.median(all.map(\.processorSeconds)),
            peakMemory: Self.median(all.map(\.peakMemory)))
    }

    private static func median<Number: Comparable>(_ values: [Number]) -> Number {
        values.sorted()[values.count / 2]
    }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}

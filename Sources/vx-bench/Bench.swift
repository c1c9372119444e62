import ArgumentParser
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Measures vx beside the tools that are installed and beside what the machine can do at all.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vx-bench",
        abstract: "Measure vx beside its peers, interleaved in one run.",
        discussion: """
            Put the vx to measure first on PATH. Tools that are not installed are left out. Every run of every tool starts in \
            a fresh repository; the tools take turns. R1 and R2 push to and pull from 'rclone serve s3', which is started and \
            stopped by itself. See docs/benchmarks.md.
            """)

    @Option(help: "A folder on the file system to measure; a fresh one is best.") var directory = "."
    @Option(help: "Runs of each tool.") var runs = 3
    @Option(parsing: .upToNextOption, help: "Workloads: W1 W2 W3a W3b W4 W5 W6 W7 W8, remotes R1 R2.") var workloads =
        [
            "W1", "W2", "W3a", "W3b", "W4", "W5",
        ]
    @Option(parsing: .upToNextOption, help: "Tools; all that are installed by default.") var tools: [String] = []
    @Option(help: "Multiplies every size: 0.01 for a quick look.") var scale = 1.0
    @Option(help: "Touch and free this many GiB before each command, where a virtual machine gives freed memory back.")
    var touchMemory = 0
    @Flag(help: "Of R1, only the push.") var pushOnly = false
    @Option(help: "Seconds after which a command is given up.") var timeout = 600.0

    func validate() throws {
        let known = Workload.all(scale: 1).map(\.name) + RemoteWorkload.all(scale: 1).map(\.name)
        if let unknown = workloads.first(where: { !known.contains($0) }) {
            throw ValidationError("there is no workload '\(unknown)'; there are \(known.joined(separator: " "))")
        }
        let names = Tool.all.map(\.name) + RemoteTool.all.map(\.name)
        if let unknown = tools.first(where: { !names.contains($0) }) {
            throw ValidationError("there is no tool '\(unknown)'; there are \(names.joined(separator: ", "))")
        }
        if runs < 1 { throw ValidationError("--runs must be 1 or more") }
        if touchMemory < 0 { throw ValidationError("--touch-memory must be 0 or more") }
        if !(scale > 0) { throw ValidationError("--scale must be more than 0") }
    }

    func run() throws {
        let base = try CurrentProcess.currentDirectory().pushing(FilePath(directory)).appending(
            "vx-bench-\(CurrentProcess.id)")
        let home = base.appending("home")
        try Files.createDirectories(home)
        let shell = Shell(
            timeout: timeout, touchedMemory: (touchMemory + 1) / 2, log: base.appending("log"), home: home)
        let installed = try Tool.all.filter { tool in
            try (tools.isEmpty || tools.contains(tool.name)) && shell.succeeds(tool.probe, in: base)
        }
        let chosen = Workload.all(scale: scale).filter { workloads.contains($0.name) }
        var table = ResultTable()
        for workload in chosen { try measure(workload, installed, base, shell, &table) }
        if !chosen.isEmpty { try measureStartUp(installed, base, shell, &table) }
        let remote = RemoteWorkload.all(scale: scale).filter { workloads.contains($0.name) }
        for workload in remote { try measure(workload, base, shell, &table) }
        var rows = (chosen.map { ($0.name, $0.summary) } + remote.map { ($0.name, $0.summary) })
        if !chosen.isEmpty { rows.append(("start-up", "an empty repository")) }
        let page = table.markdown(rows, (installed.map(\.name) + RemoteTool.all.map(\.name)).uniqued)
        if let code = CurrentProcess.write(page, to: .output) {
            throw VxError.system("cannot write standard output", errno: code)
        }
        try Files.removeTree(base)
    }

    private func measure(
        _ workload: Workload, _ tools: [Tool], _ base: FilePath, _ shell: Shell, _ table: inout ResultTable
    ) throws {
        let source = base.appending("source-\(workload.name)")
        try workload.make(source)
        for run in 1...runs {
            for tool in Self.turned(tools, by: run - 1) where !tool.isVariant || workload.isTree {
                say("\(workload.name), run \(run) of \(runs): \(tool.name)")
                let folder = base.appending(
                    "\(workload.name)-\(run)-\(tool.name.filter { $0.isLetter || $0.isNumber })")
                try Files.createDirectories(folder)
                _ = try shell.run("cp -r '\(source)' data && sync && sleep 1", in: folder)
                var samples: [(Operation, Sample?)] = []
                let scenario = Scenario(
                    workload: workload, tool: tool, shell: shell, folder: folder, attic: base.appending("attic"),
                    record: { samples.append(($0, $1)) })
                do {
                    table.addStore(workload.name, tool.name, try scenario.run())
                } catch let error as VxError {
                    say("\(tool.name): \(error)")
                }
                for (operation, sample) in samples { table.add(workload.name, operation, tool.name, sample) }
                try putAway(folder, base.appending("attic"), isTree: workload.isTree)
            }
        }
        // Only now: deleting many files slows down whoever makes files next.
        try Files.removeTree(base.appending("attic"))
        try Files.removeTree(source)
    }

    /// Each run begins with another tool: whoever comes first meets what the machine still has to do for those before.
    static func turned(_ tools: [Tool], by count: Int) -> [Tool] {
        let start = tools.isEmpty ? 0 : count % tools.count
        return Array(tools[start...] + tools[..<start])
    }

    /// Pushes and pulls with each tool in turn, each to an endpoint of its own over an empty folder.
    private func measure(
        _ workload: RemoteWorkload, _ base: FilePath, _ shell: Shell, _ table: inout ResultTable
    ) throws {
        guard let rclone = shell.find("rclone") else {
            return table.skip(workload.name, "there is no rclone in PATH to serve S3")
        }
        let source = base.appending("source-\(workload.name)")
        try workload.make(source)
        for run in 1...runs {
            for tool in RemoteTool.all where tools.isEmpty || tools.contains(tool.name) {
                if let reason = try tool.isMissing(shell, base) {
                    table.skip(workload.name, "\(tool.name): \(reason)")
                    continue
                }
                guard workload.suits(tool) else { continue }
                say("\(workload.name), run \(run) of \(runs): \(tool.name)")
                let folder = base.appending("\(workload.name)-\(run)-\(tool.name.filter(\.isLetter))")
                let endpoint = try Endpoint(rclone, serving: folder.appending("served"), in: folder)
                defer { endpoint.stop() }
                let scenario = RemoteScenario(
                    workload: workload, tool: tool, shell: shell, folder: folder, source: source, endpoint: endpoint,
                    pushOnly: pushOnly)
                do {
                    try scenario.run(&table)
                } catch let error as VxError {
                    say("\(tool.name): \(error)")
                    table.skip(workload.name, "\(tool.name) failed: \(error.message)")
                }
                endpoint.stop()
                try Files.removeTree(folder)
            }
        }
        try Files.removeTree(source)
    }

    /// Many small files are kept until all runs are done; a few large ones go at once, for want of room.
    private func putAway(_ folder: FilePath, _ attic: FilePath, isTree: Bool) throws {
        guard isTree else {
            try Files.removeTree(folder)
            try Files.removeTree(attic)
            return
        }
        try Files.createDirectories(attic)
        try Files.rename(folder, to: attic.appending("run-\(UInt64.random(in: .min ... .max))"))
    }

    private func measureStartUp(
        _ tools: [Tool], _ base: FilePath, _ shell: Shell, _ table: inout ResultTable
    ) throws {
        for tool in tools where !tool.isVariant {
            guard let status = tool.status else { continue }
            let folder = base.appending("start-\(tool.name.filter(\.isLetter))")
            try Files.createDirectories(folder.appending("data"))
            try Files.replace(folder.appending("data").appending("a.txt"), with: Array("one small file\n".utf8))
            do {
                guard try shell.run("\(tool.setUp) && \(tool.add) && sleep 2", in: folder) != nil else { continue }
                for _ in 1...20 {
                    table.add("start-up", .startUp, tool.name, try shell.run(tool.probe, in: folder))
                    table.add("start-up", .startUpStatus, tool.name, try shell.run(status, in: folder))
                }
            } catch let error as VxError {
                say("\(tool.name): \(error)")
            }
        }
    }

    private func say(_ text: String) {
        _ = CurrentProcess.write("\(text)\n", to: .error)
    }
}

extension Workload {
    fileprivate var isTree: Bool {
        if case .tree = shape { true } else { false }
    }
}

extension [String] {
    /// Each once, in the order of their first appearance.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

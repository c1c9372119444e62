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
            a fresh repository; the tools take turns. See docs/benchmarks.md.
            """)

    @Option(help: "A folder on the file system to measure; a fresh one is best.") var directory = "."
    @Option(help: "Runs of each tool.") var runs = 3
    @Option(parsing: .upToNextOption, help: "Workloads: W1 W2 W3a W3b W4 W5 W6.") var workloads = [
        "W1", "W2", "W3a", "W3b", "W4", "W5",
    ]
    @Option(parsing: .upToNextOption, help: "Tools; all that are installed by default.") var tools: [String] = []
    @Option(help: "Multiplies every size: 0.01 for a quick look.") var scale = 1.0
    @Option(help: "Seconds after which a command is given up.") var timeout = 600.0

    func run() throws {
        let base = try CurrentProcess.currentDirectory().pushing(FilePath(directory)).appending(
            "vx-bench-\(CurrentProcess.id)")
        let home = base.appending("home")
        try Files.createDirectories(home)
        let shell = Shell(timeout: timeout, log: base.appending("log"), home: home)
        let installed = try Tool.all.filter { tool in
            try (tools.isEmpty || tools.contains(tool.name)) && shell.succeeds(tool.probe, in: base)
        }
        let chosen = Workload.all(scale: scale).filter { workloads.contains($0.name) }
        var table = ResultTable()
        for workload in chosen { try measure(workload, installed, base, shell, &table) }
        try measureStartUp(installed, base, shell, &table)
        CurrentProcess.write(table.markdown(chosen, installed))
        try Files.removeTree(base)
    }

    private func measure(
        _ workload: Workload, _ tools: [Tool], _ base: FilePath, _ shell: Shell, _ table: inout ResultTable
    ) throws {
        let source = base.appending("source-\(workload.name)")
        try workload.make(source)
        for run in 1...runs {
            for tool in tools where !tool.isVariant || workload.isTree {
                say("\(workload.name), run \(run) of \(runs): \(tool.name)")
                let folder = base.appending(
                    "\(workload.name)-\(run)-\(tool.name.filter { $0.isLetter || $0.isNumber })")
                try Files.createDirectories(folder)
                _ = try shell.measure("cp -r '\(source)' data && sync && sleep 1", in: folder)
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
                guard try shell.measure("\(tool.setUp) && \(tool.add) && sleep 2", in: folder) != nil else { continue }
                for _ in 1...20 {
                    table.add("start-up", .startUp, tool.name, try shell.measure(tool.probe, in: folder))
                    table.add("start-up", .startUpStatus, tool.name, try shell.measure(status, in: folder))
                }
            } catch let error as VxError {
                say("\(tool.name): \(error)")
            }
        }
    }

    private func say(_ text: String) {
        CurrentProcess.write("\(text)\n", toStandardError: true)
    }
}

extension Workload {
    fileprivate var isTree: Bool {
        if case .tree = shape { true } else { false }
    }
}

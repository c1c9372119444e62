import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Data that is pushed to a remote and pulled from it.
struct RemoteWorkload: Sendable {
    var name: String
    var summary: String
    /// Writes the data below the folder.
    var make: @Sendable (FilePath) throws -> Void
    /// Appends to it what a second push sends; `nil` where there is none, and then it is pulled.
    var append: (@Sendable (FilePath) throws -> Void)?

    /// All workloads, their sizes multiplied by `scale`.
    static func all(scale: Double) -> [RemoteWorkload] {
        let files = max(1, Int(100_000 * scale))
        let small = Workload.tree("R1", files: files, perFolder: 1000, bytes: 1024...20_480)
        let bytes = max(100, Int(Double(2 << 30) * scale))
        return [
            RemoteWorkload(name: "R1", summary: "push and pull, " + small.summary, make: small.make),
            RemoteWorkload(
                name: "R2", summary: "push, one file without structure of \(ByteCount.text(UInt64(bytes)))",
                make: { folder in
                    var file = try FileMaker(folder.appending("noise.bin"))
                    var random = SplitMix64(seed: 7)
                    var left = bytes
                    while left > 0 {
                        let piece = min(left, 1 << 20)
                        try file.append(Content.noise(piece, &random))
                        left -= piece
                    }
                    try file.close()
                },
                append: { folder in
                    var random = SplitMix64(seed: 8)
                    let file = try OpenFile.appending(folder.appending("noise.bin"))
                    try file.write(Content.noise(bytes / 100, &random))
                    try file.close()
                }),
        ]
    }

    /// Whether the tool can do anything with it.
    func suits(_ tool: RemoteTool) -> Bool { tool.push != nil || append == nil }
}

/// A program that pushes and pulls, as the shell commands that do so.
///
/// They run in a repository whose `data` folder is the workload, beside `hub.git`, a bare repository; `$ENDPOINT`, `$BUCKET`
/// and credentials are in the environment. What a tool cannot do is `nil`.
struct RemoteTool: Sendable {
    var name: String
    /// Succeeds where the tool is installed.
    var probe: String
    /// Makes the repository and stores and commits the data; not measured.
    var prepare = "true"
    var push: String?
    /// Stores and commits what was appended; not measured.
    var addAppended = "true"
    /// Makes ready another clone in `../clone`; not measured.
    var clone = "true"
    /// Brings the data to that clone, into its store or cache.
    var fetch: String?
    /// Clones a third time, into `../third`, and lays all data down there.
    var cloneWithData: String?

    /// Why it cannot be measured; `nil` where it can.
    func isMissing(_ shell: Shell, _ folder: FilePath) throws -> String? {
        try shell.succeeds(probe, in: folder) ? nil : "'\(probe)' does not succeed: it is not installed"
    }

    private static let git =
        "git init -q -b main . && git init -q -b main --bare ../hub.git && git remote add origin ../hub.git"

    private static let vx = """
        \(git) && git commit -q --allow-empty -m start && vx init -q \
        && vx remote add -q -o endpoint=$ENDPOINT -o region=us-east-1 store s3://$BUCKET/vx \
        && git add vx.yaml && vx add -q data && git add -A && git commit -q -m data
        """

    static let all: [RemoteTool] = [
        RemoteTool(
            name: "vx", probe: "vx --version",
            prepare: vx,
            push: "vx push -q", addAppended: "vx add -q data && git commit -q -m appended",
            clone: "git push -q origin main && cd .. && vx clone -q --no-data hub.git clone",
            fetch: "cd ../clone && vx fetch -q",
            cloneWithData: "cd .. && vx clone -q hub.git third"),
        RemoteTool(
            name: "cp of vx's packs", probe: "vx --version",
            prepare: "\(vx) && vx push -q",
            fetch: "cp -r $SERVED/vx/packs ../copy"),
        RemoteTool(
            name: "rclone copy", probe: "rclone version", push: "rclone copy data :s3:$BUCKET/rclone",
            fetch: "rclone copy :s3:$BUCKET/rclone ../copy"),
        RemoteTool(
            name: "rclone copy of vx's packs", probe: "vx --version && rclone version",
            prepare: "\(vx) && vx push -q",
            fetch: "rclone copy :s3:$BUCKET/vx/packs ../copy"),
        RemoteTool(
            name: "DVC", probe: "dvc --version && dvc doctor | grep -q s3",
            prepare: """
                \(git) && git commit -q --allow-empty -m start && dvc init -q && dvc config core.analytics false \
                && dvc remote add -d store s3://$BUCKET/dvc && dvc remote modify store endpointurl $ENDPOINT \
                && dvc add -q data && git add -A && git commit -q -m data
                """,
            push: "dvc push -q", addAppended: "dvc add -q data && git commit -q -a -m appended",
            clone: "git push -q origin main && cd .. && git clone -q hub.git clone",
            fetch: "cd ../clone && dvc fetch -q",
            cloneWithData: "cd .. && git clone -q hub.git third && cd third && dvc pull -q"),
    ]
}

/// Takes one tool through one workload, against one endpoint.
struct RemoteScenario {
    let workload: RemoteWorkload
    let tool: RemoteTool
    let shell: Shell
    let folder: FilePath
    let source: FilePath
    let endpoint: Endpoint
    let pushOnly: Bool

    private var repository: FilePath { folder.appending("repository") }

    func run(_ table: inout ResultTable) throws {
        try Files.createDirectories(repository)
        try must("cp -r '\(source)' data")
        try must(tool.prepare)
        try settle()
        if let push = tool.push {
            guard try measure(.push, push, &table) else { return }
            if let append = workload.append {
                try append(repository.appending("data"))
                try must(tool.addAppended)
                try settle()
                _ = try measure(.pushAppended, push, &table)
            }
        }
        if workload.append != nil || pushOnly { return }
        try must(tool.clone)
        for (operation, command) in [(Operation.fetch, tool.fetch), (.clone, tool.cloneWithData)] {
            guard let command else { continue }
            try settle()
            table.add(
                workload.name, operation, tool.name, try shell.measure(command, in: repository, endpoint.variables))
        }
    }

    /// Measures a push; says whether it ended in time.
    private func measure(_ operation: Operation, _ command: String, _ table: inout ResultTable) throws -> Bool {
        let before = try endpoint.contents()
        let sample = try shell.measure(command, in: repository, endpoint.variables)
        let after = try endpoint.contents()
        table.add(workload.name, operation, tool.name, sample)
        table.addSent(
            workload.name,
            .init(
                operation: operation, tool: tool.name, objects: after.objects - before.objects,
                bytes: after.bytes - min(after.bytes, before.bytes)))
        return sample != nil
    }

    private func settle() throws { try must("sync && sleep 1") }

    private func must(_ command: String) throws {
        guard try shell.run(command, in: repository, endpoint.variables) != nil else {
            throw VxError("'\(command)' took too long")
        }
    }
}

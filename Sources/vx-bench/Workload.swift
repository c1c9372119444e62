import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A set of data and how it changes; everything stands below `data/` of a repository.
struct Workload: Sendable {
    enum Shape: Sendable {
        /// One file or several, added and restored.
        case single
        /// Many files: status, small changes and switches matter too.
        case tree
        /// One file in several versions: what a version costs in time and space.
        case versions(Int)
    }

    var name: String
    var summary: String
    var shape: Shape
    /// Writes the first version below the folder.
    var make: @Sendable (FilePath) throws -> Void
    /// Turns version `n - 1` into version `n`, from 1 on.
    var change: @Sendable (FilePath, Int) throws -> Void = { _, _ in }

    /// All workloads, their sizes multiplied by `scale`.
    static func all(scale: Double) -> [Workload] {
        @Sendable func scaled(_ number: Int) -> Int { max(1, Int(Double(number) * scale)) }
        return [
            Workload(
                name: "W1", summary: "one file of float32 noise, \(ByteCount.text(UInt64(scaled(2 << 30))))",
                shape: .single,
                make: { folder in
                    var file = try FileMaker(folder.appending("noise.f32"))
                    try Content.floats(scaled(2 << 30) / 4, seed: 1, to: &file)
                    try file.close()
                }),
            tree("W2", files: scaled(100_000), perFolder: 1000, bytes: 1024...20_480),
            table("W3a", "rows appended", bytes: scaled(400_000_000), appending: true),
            table("W3b", "rows inserted and deleted in the middle", bytes: scaled(400_000_000), appending: false),
            tensor(bytes: scaled(500_000_000)),
            Workload(
                name: "W5", summary: "JSON-lines logs, \(ByteCount.text(UInt64(scaled(1_000_000_000))))",
                shape: .single,
                make: { folder in
                    var file = try FileMaker(folder.appending("log.jsonl"))
                    var random = SplitMix64(seed: 5)
                    var number = 0
                    while file.length < UInt64(scaled(1_000_000_000)) {
                        try file.append(Content.logLine(number, &random))
                        number += 1
                    }
                    try file.close()
                }),
            tree("W6", files: scaled(1_000_000), perFolder: 1000, bytes: 200...200),
            tree("W7", files: scaled(1000), perFolder: 100, bytes: 10 << 20...10 << 20, shape: .single),
            tree("W8", files: scaled(20), perFolder: 100, bytes: 400 << 20...400 << 20, shape: .single),
        ]
    }

    static func tree(
        _ name: String, files: Int, perFolder: Int, bytes: ClosedRange<Int>, shape: Shape = .tree
    ) -> Workload {
        let size =
            bytes.lowerBound == bytes.upperBound ? "\(bytes.lowerBound)" : "\(bytes.lowerBound) to \(bytes.upperBound)"
        return Workload(
            name: name, summary: "\(files) files of \(size) bytes in folders of \(perFolder)", shape: shape,
            make: { folder in
                var random = SplitMix64(seed: 2)
                for number in 0..<files {
                    if number % perFolder == 0 {
                        try Files.createDirectories(folder.appending(Self.folder(number / perFolder)))
                    }
                    let file = try OpenFile.creating(folder.appending(Self.file(number, perFolder)))
                    try file.write(Content.noise(Int.random(in: bytes, using: &random), &random))
                    try file.close()
                }
            })
    }

    private static func folder(_ number: Int) -> String { "d\(number)" }

    private static func file(_ number: Int, _ perFolder: Int) -> RepoPath {
        RepoPath(folder(number / perFolder)).appending("f\(number % perFolder).bin")
    }

    private static func table(_ name: String, _ how: String, bytes: Int, appending: Bool) -> Workload {
        Workload(
            name: name, summary: "a CSV of \(ByteCount.text(UInt64(bytes))), ten versions, \(how)",
            shape: .versions(10),
            make: { folder in
                var file = try FileMaker(folder.appending("table.csv"))
                var random = SplitMix64(seed: 3)
                try file.append("id,value,group,count,rate\n")
                var number = 0
                while file.length < UInt64(bytes) {
                    try file.append(Content.row(number, &random))
                    number += 1
                }
                try file.close()
            },
            change: { folder, version in
                let path = folder.appending("table.csv")
                var random = SplitMix64(seed: 300 + UInt64(version))
                if appending {
                    let file = try OpenFile.appending(path)
                    var text: [UInt8] = []
                    while text.count < bytes / 50 { text += Content.row(1_000_000_000 + text.count, &random).utf8 }
                    try file.write(text)
                    try file.close()
                } else {
                    try editMiddle(path, bytes: bytes, version: version, &random)
                }
            })
    }

    /// Deletes half a percent of the rows at one place and puts as many new ones at another.
    private static func editMiddle(
        _ path: FilePath, bytes: Int, version: Int, _ random: inout SplitMix64
    ) throws {
        let old = try OpenFile.reading(path)
        let size = try old.status().size
        let next = path.removingLastComponent().appending("next")
        var new = try FileMaker(next)
        let deleteAt = size / 20 * UInt64(1 + version % 8)
        let insertAt = deleteAt + size / 4
        let gone = UInt64(bytes / 200)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        func copy(_ range: Range<UInt64>, _ new: inout FileMaker) throws {
            var offset = range.lowerBound
            while offset < range.upperBound {
                let wanted = Int(min(UInt64(buffer.count), range.upperBound - offset))
                let count = try buffer.withUnsafeMutableBytes {
                    try old.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
                }
                try new.append(buffer[..<count])
                offset += UInt64(count)
            }
        }
        try copy(0..<deleteAt, &new)
        try copy((deleteAt + gone)..<insertAt, &new)
        let start = new.length
        while new.length < start + gone { try new.append(Content.row(Int(new.length), &random)) }
        try copy(insertAt..<size, &new)
        try new.close()
        try Files.rename(next, to: path)
    }

    private static func tensor(bytes: Int) -> Workload {
        Workload(
            name: "W4", summary: "a tensor file of \(ByteCount.text(UInt64(bytes))), five versions that change a tenth",
            shape: .versions(5),
            make: { folder in
                var file = try FileMaker(folder.appending("model.f32"))
                try Content.floats(bytes / 4, seed: 4, to: &file)
                try file.close()
            },
            change: { folder, version in
                // A tenth in one piece at another place each time, as a fine-tuned layer would be.
                let path = folder.appending("model.f32")
                let piece = folder.appending("piece")
                var fresh = try FileMaker(piece)
                try Content.floats(bytes / 40, seed: 400 + UInt64(version), to: &fresh)
                try fresh.close()
                let file = try OpenFile.updating(path)
                let bytesOfPiece = try Files.read(piece) ?? []
                try Files.remove(piece)
                try bytesOfPiece.withUnsafeBytes { try file.write(at: UInt64(bytes / 4 * 4 / 7 * version & ~3), $0) }
                try file.close()
            })
    }
}

import SystemPackage
import VxModel
import VxSystem

@testable import VxConfig
@testable import VxFlow
@testable import VxGit
@testable import VxRemote
@testable import VxStore
@testable import VxTable
@testable import VxTracking
@testable import VxWorkspace

/// The parsers, each with inputs to begin with.
enum FuzzTargets {
    static let all: [FuzzTarget] = model + store + git + configuration + records + tables + images + remotes + typed

    private static let id = String(repeating: "0a", count: 32)
    private static let commit = String(repeating: "b1", count: 20)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: - Values

    private static let model: [FuzzTarget] = [
        FuzzTarget(
            "pointer",
            [
                "version vx/1\noid sha256:\(id)\nsize 12\n",
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(id)\nsize 12\n",
                "version https://git-lfs.github.com/spec/v1\next-0-a sha256:\(id)\noid sha256:\(id)\nsize 12\n",
            ], words: ["version", "vx/1", "oid sha256:", "size ", "9223372036854775807", "9223372036854775808", "ext-"]
        ) { input in
            guard case .pointer(let pointer) = Pointer.read(input) else { return }
            require(Pointer(pointer.encoded) == pointer, "a pointer is written as another one")
        },
        FuzzTarget(
            "json", ["{\"a\": [1, -2.5e3, true, null, \"\\u00e9\\ud83d\\ude00\"], \"b\": {}}", "[[[]]]", "1e400"],
            words: ["\\u", "\\ud800", "{\"a\":", "[", "]", "1e", "NaN", "Infinity", "\u{feff}"]
        ) { input in
            let value = try JSONValue.parse(input, allowsNonFinite: true)
            require(
                try JSONValue.parse(Array(VisibleText.json(value.canonical).utf8), allowsNonFinite: true).canonical
                    == value.canonical, "JSON is written as another value")
            _ = try JSONText.canonical(input, at: 0..<input.count)
        },
        FuzzTarget(
            "visible", ["a\u{1b}[31m\u{202e}\n\t\u{9b}é👩‍👩‍👧\u{e0041}"], words: ["\u{202e}", "\u{feff}", "\u{10ffff}"]
        ) { input in
            for shown in [VisibleText.line(text(input)), VisibleText.lines(text(input)), VisibleText.json(text(input))]
            {
                require(
                    !shown.unicodeScalars.contains { VisibleText.isHidden($0) && $0 != "\n" && $0 != "\t" },
                    "a hidden character is left")
            }
        },
        FuzzTarget(
            "path-pattern", ["data/**/*.csv", "**", "a?b/*", "*.tar.gz"], words: ["**", "/", "*", "?", "**/"]
        ) { input in
            _ = PathPattern(text(input)).matches("data/raw/a/b/c.csv")
            _ = PathPattern("data/**/*a*b*.csv").matches(RepoPath(bytes: input))
        },
        FuzzTarget(
            "text-pattern", ["[a-z]+(foo|bar){2,3}$", "^\\d{4}-\\d{2}$", "\\p{L}*(?:x|y)?", "(?i)[^\\w\\s.]"],
            words: ["(", ")", "[", "]", "{1,", "}", "*", "+", "?", "\\", "\\p{", "\\x{", "(?:", "|", "{999}"]
        ) { input in
            let pattern = try TextPattern(text(input))
            _ = pattern.fits("foobar2024-01-02 äöü") {}
        },
        FuzzTarget(
            "trailers", ["Add a\n\nSource: the lab\nDerived-From: raw@\(commit)\n", "x\n\nModel: a\n b\n"],
            words: ["Source: ", "\n\n", "Model:", "\n ", ":"]
        ) { input in _ = Trailers(message: text(input))["Source"] },
        FuzzTarget(
            "repository-path", ["data/a.csv", "\"a\\303\\251\\n\\\\\"", "a/../b", ".git/x"],
            words: ["\\", "\"", "\\777", "/", ".."]
        ) { input in
            let path = RepoPath(bytes: input)
            require(RepoPath(printed: path.description) == path, "a path is printed as another one")
            _ = RepoPath(printed: text(input))
        },
    ]

    // MARK: - The store

    private static func hex(_ path: String) -> [UInt8] {
        Hex.decode(Fuzzer.file(path).filter { $0 > 0x20 }) ?? []
    }

    private static let store: [FuzzTarget] = [
        FuzzTarget("pack", [hex("VxStoreTests/Golden/pack.hex")]) { input, _ in
            try input.withUnsafeBytes { bytes in
                let table = try PackTable(bytes)
                for index in 0..<min(table.count, 1000) { _ = table.id(at: index) }
                for index in 0..<min(table.count, 1000) { _ = try? table.record(at: index) }
            }
        },
        FuzzTarget("catalog", [hex("VxStoreTests/Golden/catalog.hex")]) { input, file in
            try Files.replace(file, with: input)
            let catalog = try Catalog(file)
            for index in 0..<min(catalog.count, 1000) { _ = (catalog.id(at: index), catalog.record(at: index)) }
            for index in 0..<min(catalog.packCount, 1000) { _ = catalog.pack(at: index) }
        },
        FuzzTarget("pack-journal", [Array(hex("VxStoreTests/Golden/pack.hex").suffix(300))]) { input, _ in
            _ = PackJournal.records(in: input, payloadEnd: 1 << 20)
        },
        FuzzTarget("recipe", [recipe]) { input, _ in
            let recipe = try Recipe(input)
            for index in 0..<recipe.count { _ = recipe[index] }
        },
        FuzzTarget("grouped", [grouped(2), grouped(4), grouped(8)]) { input, _ in
            let codec = Codec()
            try input.withUnsafeBytes { source in
                for (width, count) in [(2, 4096), (4, 4096), (8, 4096), (4, 4093), (8, 3), (2, 0)] {
                    try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) { target in
                        _ = try codec.decompressGrouped(source, width: width, into: target)
                    }
                }
            }
        },
    ]

    private static var recipe: [UInt8] {
        var builder = Recipe.Builder()
        for number in 0..<3 { builder.append(ContentHasher.id(of: [UInt8(number)]), length: 20_000 + number) }
        guard let bytes = try? builder.encoded() else { fatalError("no recipe") }
        return bytes
    }

    /// Planes as they are: the length of each, then their bytes.
    private static func grouped(_ width: Int) -> [UInt8] {
        let length = UInt32(4096 / width).littleEndian
        return (0..<width).flatMap { _ in withUnsafeBytes(of: length) { Array($0) } }
            + (0..<4096).map { UInt8(truncatingIfNeeded: $0 / 8 + $0 % width * 64) }
    }

    // MARK: - Git

    /// An index of version 2 with two files, without a hash: git leaves it out where it is told to.
    private static var index: [UInt8] {
        func word(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        var bytes = Array("DIRC".utf8) + word(2) + word(2)
        for name in ["data/a.csv", "vx.yaml"] {
            let entry =
                word(1) + word(2) + word(3) + word(4) + word(5) + word(6) + word(0o100644) + word(7) + word(8) + word(9)
                + [UInt8](repeating: 0xab, count: 20) + [0, UInt8(name.utf8.count)] + Array(name.utf8)
            bytes += entry + [UInt8](repeating: 0, count: 8 - entry.count % 8)
        }
        bytes += Array("TREE".utf8) + word(6) + [0] + Array("-1 0\n".utf8)
        return bytes + [UInt8](repeating: 0, count: 20)
    }

    private static let git: [FuzzTarget] = [
        FuzzTarget(
            "git-index", [index],
            words: ["TREE", "REUC", "link", "sdir", "UNTR", "FSMN", "EOIE", "IEOT", "\0", "-1 0\n"],
            mend: { bytes in bytes.count < 40 ? bytes : Array(bytes.dropLast(20)) + [UInt8](repeating: 0, count: 20) }
        ) { input, file in
            try Files.replace(file, with: input)
            // Where it says that a part of it is elsewhere, git is asked, which finds no repository there.
            for entry in try Repository.readIndex(file, of: file.removingLastComponent()).entries { _ = entry.path }
        },
        FuzzTarget(
            "attributes", ["data/** filter=vx diff=vx merge=vx -text\n*.csv text\n\"a b\" -filter\n[attr]x y\n"],
            words: ["filter=vx", "**", "\"", "\\", "[attr]", "!", "#", "\r\n"]
        ) { input in
            let text = AttributeText(input, definesMacros: true)
            let stack = AttributeStack([.init(name: "input", folder: .root, text: text)])
            for path: RepoPath in ["data/a.csv", "a b", "x"] { _ = stack.answers(for: path).harm }
            var file = AttributesFile(input)
            file.track([(path: "data/raw", isFolder: true), (path: "a b.csv", isFolder: false)])
            file.ensure(Array("x -text".utf8))
        },
        FuzzTarget(
            "packet-line", [Array("0013command=smudge\n0013pathname=a.csv\n0000".utf8)],
            words: ["0000", "0001", "0004", "fff0", "ffff", "-001", "0x10"]
        ) { input, file in
            try Files.replace(file, with: input)
            let reader = PacketReader(try OpenFile.reading(file))
            while try reader.list() != nil {}
        },
        FuzzTarget(
            "hook-input",
            [
                "refs/heads/a \(commit) refs/heads/b \(commit)\n",
                "\(commit) \(String(repeating: "0", count: 40)) refs/heads/raw\n",
            ], words: ["refs/heads/", "refs/tags/", " ", "\n", "(delete)"]
        ) { input in
            _ = (HookCheck.pushed(text(input)), HookCheck.received(text(input)))
            _ = try? PushedRef.read(input)
        },
    ]

    // MARK: - Configuration

    private static let configuration: [FuzzTarget] = [
        FuzzTarget(
            "vx-yaml",
            [
                Configuration.starterText,
                """
                version: 1
                roles: {raw: [raw, "in/*"], dev: dev/*}
                policy: {blob-limit: 1 MiB, rules: {raw-source: warn}, stable-outputs: [a, "**"]}
                clean: {files: "*.csv", checks: [{format: csv, values: {a: {ge: 1, isin: [x], str_matches: "[a-z]+"}}, run: "sh x {path}"}]}
                split: {by: row, ratios: {train: 0.8, test: 0.2}, group: {column: g}, key: content}
                drift: {reference: {tag: v1, paths: [a]}, level: 0.01, limits: {psi: 0.2}}
                remotes: {a: {url: s3://b/c, region: x, default: true}}
                snapshot: {command: "python3 t.py", params: p.json, model: [m]}
                tracking: {branch: main, path: tracking/runs}

                """,
            ],
            words: [
                "&a ", "*a", "<<: ", "!!str ", "- ", ": ", "{", "[", "]", "}", "|\n", ">-\n", "? ", "\t", "---\n", "\"",
                "'", "~", "%",
            ]
        ) { input in _ = try Configuration.parse(input) },
        FuzzTarget(
            "yaml", ["a: &x {b: [1, 2.5, ~, true]}\nc: *x\nd: |\n  text\n<<: *x\n", "- 1e-3\n- 0x1f\n- .inf\n"],
            words: ["&a ", "*a", "<<: ", "!!int ", "- ", ": ", "{", "[", "0o7", ".nan", "---\n"]
        ) { input in _ = try YAMLNode.parse(input, name: "f")?.jsonValue(name: "f") },
        FuzzTarget("parameters", ["{\"lr\": 0.1, \"a\": {\"b\": [1]}}"], words: ["NaN", "{", "[", "\"a\":"]) { input in
            _ = try? ParameterFile.parse(input, path: "p.json")
            _ = try? ParameterFile.parse(input, path: "p.yaml")
        },
    ]

    // MARK: - Records

    private static let records: [FuzzTarget] = [
        FuzzTarget("manifest", ["{}"], words: recordWords) { input in
            if let manifest = try? Manifest.decode(input, file: "m.json") { _ = manifest.jsonValue.canonical }
        },
        FuzzTarget("run-record", ["{}"], words: recordWords) { input in
            if let record = try? RunRecord.decode(input, file: "r.json") { _ = record.jsonValue.canonical }
        },
        FuzzTarget("clean-report", ["{}"], words: recordWords) { input in
            if let report = try? CleanReport.decode(input) { _ = report.jsonValue.canonical }
        },
        FuzzTarget("split-manifest", ["{}"], words: recordWords) { input in
            _ = try? SplitManifest.previous(decoding: input)
        },
        FuzzTarget(
            "python-answer",
            [
                "x\n{\"version\": \"3.12\", \"implementation\": \"CPython\", \"executable\": \"\", \"packages\": {\"a\": \"1\"}}\n"
            ]
        ) { input in _ = try EnvironmentParsing.python(answer: text(input)) },
    ]
    private static let recordWords = [
        "\"format\": \"vx-split/1\", ", "\"rule\": {}, ", "\"sources\": [", "\"format\": \"vx-clean/1\", ",
        "\"revision\": 1,",
        "{\"path\": \"a\", \"oid\": \"sha256:\(id)\", \"size\": 1}", "\"commit\": \"\(commit)\", ", "\"data\": {}, ",
        "[]", "{}", "null",
    ]

    // MARK: - Tables

    private static func table(_ form: TableForm, _ corpus: [String], words: [String]) -> FuzzTarget {
        FuzzTarget("table-\(form.rawValue)", corpus, words: words) { input in
            // However the bytes come, the same rows come out.
            var wholes: [[[[UInt8]]]] = []
            for piece in [7, 1 << 16] {
                var rows: [[[UInt8]]] = []
                let reader = TableReader(form)
                do {
                    try input.withUnsafeBytes { bytes in
                        for start in stride(from: 0, to: bytes.count, by: piece) {
                            let part = bytes[start..<min(start + piece, bytes.count)]
                            try reader.take(UnsafeRawBufferPointer(rebasing: part)) { rows.append($1) }
                        }
                    }
                    try reader.finish { rows.append($1) }
                } catch { rows.append([Array("malformed".utf8)]) }
                wholes.append(rows)
            }
            require(wholes[0] == wholes[1], "pieces of another size give other rows")
        }
    }

    private static let tables: [FuzzTarget] = [
        table(
            .csv, ["a,b\n1,\"x, \"\"y\"\"\n\"\n\",2\r\n", "\u{feff}a\n\n1\n"],
            words: ["\"", "\"\"", ",", "\r\n", "\r", "\n", "\u{feff}"]),
        table(.tsv, ["a\tb\n1\t2\n"], words: ["\t", "\n", "\"", "\r\n"]),
        table(
            .jsonl, ["{\"a\":1,\"b\":null}\n{\"a\":\"x\",\"c\":[1,{}]}\n"],
            words: ["{", "}", "\"a\":", "\\u0000", "null", "\n", "1e999"]),
    ]

    // MARK: - Images

    private static func image(_ name: String) -> [UInt8] { Fuzzer.file("VxFlowTests/Images/\(name)") }

    /// The checksums of a PNG's chunks put right.
    @Sendable private static func mendedPNG(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var position = 8
        while position + 12 <= bytes.count {
            let end = position + 12 + Int(ImageCheck.number(bytes, position))
            guard end <= bytes.count else { break }
            let sum = ImageCheck.checksum(bytes[(position + 4)..<(end - 4)])
            for byte in 0..<4 { bytes[end - 4 + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * byte)) }
            position = end
        }
        return bytes
    }

    private static let images: [FuzzTarget] = [
        FuzzTarget(
            "png", [image("seven.png")], words: ["IHDR", "IDAT", "PLTE", "IEND", "tRNS"], mend: mendedPNG
        ) { input, _ in
            // Pixels take time: what claims to be large is for the check only.
            _ = ImageCheck.problem(input, .png)
            guard input.count > 24, ImageCheck.number(input, 16) < 2000, ImageCheck.number(input, 20) < 2000 else {
                return
            }
            _ = ImageFile.picture(input)
        },
        FuzzTarget("jpeg", ["seven-30.jpg", "seven-75.jpg", "scene-quarter.jpg", "scene-half.jpg"].map(image)) {
            input, _ in
            _ = ImageCheck.problem(input, .any)
            _ = ImageFile.picture(input)
        },
        FuzzTarget("other-images", ["seven.gif", "seven.bmp", "seven.webp", "seven.tif"].map(image)) { input, _ in
            // Pixels take time, and a GIF file of a few bytes may claim many.
            if input.starts(with: Array("GIF".utf8)), input.count < 10 || input[7] > 7 || input[9] > 7 { return }
            _ = ImageFile.picture(input)
        },
    ]

    // MARK: - Remotes

    private static let remotes: [FuzzTarget] = [
        FuzzTarget(
            "s3-answer",
            [
                "<?xml version=\"1.0\"?><ListBucketResult><Contents><Key>a&amp;b</Key><Size>3</Size></Contents></ListBucketResult>",
                "<Error><Code>NoSuchKey</Code><Message>&#x41;</Message></Error>",
            ], words: ["<Contents>", "</Contents>", "<Key", "&#x", ";", "&", ">", "<", "&#1114112;"]
        ) { input in
            let scan = XMLScan(input)
            for part in scan.elements("Contents") { _ = (part.first("Key"), part.first("Size")) }
            _ = (scan.first("Code"), scan.first("Message"), scan.elements("CommonPrefixes"))
        },
        FuzzTarget(
            "aws-profile", ["[default]\naws_access_key_id = a # x\n[profile \"b c\"]\nregion=r\n  nested = 1\n"],
            words: ["[", "]", "=", "#", "profile ", "\r\n", "\""]
        ) { input in _ = AWSProfile.sections(input) },
        FuzzTarget(
            "remote-address",
            [
                "s3://bucket/prefix", "ssh://u@h:22/p", "rclone:name:path", "file:///a/b", "../x",
                "rclone::sftp,host=a:/p",
            ],
            words: ["://", ":", "@", "-", "/", "..", ",", "\"", "[::1]", "%00", "?"]
        ) { input in _ = try? RemoteAddress(text(input), relativeTo: "/base") },
        FuzzTarget(
            "time-of-a-server", ["2024-02-29T12:00:00.000Z", "Thu, 29 Feb 2024 12:00:00 GMT"], words: ["-", ":", "99"]
        ) { input in
            _ = (CalendarTime.iso(text(input)), CalendarTime.http(text(input)))
        },
    ]

    // MARK: - What is typed

    private static let typed: [FuzzTarget] = [
        FuzzTarget(
            "times", ["2024-03-01T12:00:00+01:00", "1e9", "-0.5", "2024-03-01", "14d"],
            words: ["-", ":", "T", "Z", "+", "e", ".", "_"]
        ) { input in
            _ = (
                TimePoint(text(input)), Timestamp(text(input)), TimeSpan.seconds(text(input)),
                ByteCount.parse(text(input))
            )
        },
        FuzzTarget("snapshot-name", ["v1.2", "penguins/v1"], words: ["..", "@{", ".lock", "/", "~"]) { input in
            _ = try? SnapshotName(text(input))
        },
        FuzzTarget(
            "command", ["python3 -W x tools/a.py {path} | grep 'x' && A=1 ./b {path}"],
            words: ["'", "\"", "|", "&&", "$(", "`", ";", "{path}"]
        ) { input in
            _ = try CommandScripts.missing(in: text(input), at: "/nowhere")
            _ = (ShellQuotes.has("{path}", in: text(input)), CommandScripts.cannotWork(text(input), on: "a.csv"))
        },
    ]
}

import VxModel

extension Configuration {
    /// What the rules of the branches need to know beside the roles.
    package struct Policy: Sendable, Equatable {
        /// The most bytes of a file that git itself may hold.
        package var blobLimit: UInt64 = 1 << 20
        /// Severities that are not `error`.
        package var severities: [PolicyRule: Severity] = [:]
        /// What may be committed on stable although it is no model: metrics, locks, manifests, reports.
        package var stableOutputs: [PathPattern] = Self.standardOutputs

        /// The defaults.
        package init() {}

        /// What training leaves behind, by the names that are customary for it.
        package static let standardOutputs: [PathPattern] = [
            "snapshots/**", "models/**", "model/**", "metrics/**", "metrics*.json", "metrics*.yaml", "reports/**",
            "requirements*.txt", "environment*.yml", "environment*.yaml", "*.lock", "conda-lock.yml", "MLmodel",
            ".gitattributes",
        ].map { PathPattern($0) }

        /// How much breaking a rule matters here.
        package func severity(of rule: PolicyRule) -> Severity { severities[rule] ?? .error }
    }

    /// What becomes of content that is there already.
    package enum Duplicates: String, Sendable, CaseIterable {
        /// It is kept, and counted.
        case keep
        /// Only the first is taken; the others are counted.
        case once
        /// The command refuses, and names them.
        case refuse
    }

    /// How clean is made from raw.
    package struct Clean: Sendable, Equatable {
        /// The branch the data comes from; the first one of the role raw where this is `nil`.
        package var from: String?
        /// Where clean files are put.
        package var into: RepoPath = "data/clean"
        /// What files of the source are looked at.
        package var files: [PathPattern] = [PathPattern("**")]
        /// Seconds a command may take for one file.
        package var timeout: Double = 60
        /// What each file must pass.
        package var checks: [CleanCheck] = []
        /// Commands that make clean files from raw ones.
        package var transforms: [Transform] = []

        /// The defaults: every file of raw that is not empty, and none twice.
        package init() {}
    }

    /// A command that makes a clean file from a raw one.
    package struct Transform: Sendable, Equatable {
        /// How it is called in reports and on the files it made.
        package var name: String
        /// The files it takes.
        package var files: [PathPattern]
        /// The command, with `{input}` and `{output}`.
        package var run: String
        /// The output's path below `into`, with ``places`` in it.
        package var output: String

        /// What an output's path may have in it for the input's: its path below the data, its name, and that without its ending.
        package static let places = ["{path}", "{name}", "{stem}"]
    }

    /// How split is made from clean.
    package struct Split: Sendable, Equatable {
        /// What an example is.
        package enum Unit: String, Sendable, CaseIterable { case file, row }

        /// What decides an example's side.
        package enum Key: Sendable, Equatable {
            case path, content
            case column(String)
        }

        /// Where a group's or a stratum's name is found: in a column, or in the path by a regular expression.
        package enum Label: Sendable, Equatable {
            case column(String)
            case path(String)
        }

        /// The branch the data comes from; the first one of the role clean where this is `nil`.
        package var from: String?
        /// Where the sides are put.
        package var into: RepoPath = "data/split"
        /// What files of the source are divided.
        package var files: [PathPattern] = [PathPattern("**")]
        /// By file or by row.
        package var by: Unit = .file
        /// The sides with their shares, in the order written. The shares add up to 1.
        package var ratios: [Share] = [
            Share(side: "train", ratio: 0.8), Share(side: "validation", ratio: 0.1), Share(side: "test", ratio: 0.1),
        ]
        /// What makes another project's division another one.
        package var seed = "0"
        /// What decides an example's side.
        package var key: Key = .content
        /// Examples of one group are on one side.
        package var group: Label?
        /// Each stratum is divided by the ratios on its own.
        package var stratify: Label?
        /// The column that orders examples in time: the newest are the test side.
        package var time: String?
        /// Whether to look for near-duplicates; `nil` decides by the amount of data.
        package var nearDuplicates: Bool?
        /// Whether the same words in another order are near-duplicates.
        package var nearWordOrder = WordOrder.keep
        /// What becomes of examples whose content is there already.
        package var duplicates = Duplicates.keep
        /// What makes no difference between the keys and the groups' names.
        package var normalise: Set<Spelling> = []
        /// The files that follow the one of their stem: labels, masks, side-cars.
        package var companions: [PathPattern] = []

        /// The defaults.
        package init() {}
    }

    /// What the order of words says where near-duplicates are looked for.
    package enum WordOrder: String, Sendable, CaseIterable { case keep, ignore }

    /// In what two spellings of one name may differ.
    package enum Spelling: String, Sendable, CaseIterable {
        /// Blanks at either end, and how many there are in between.
        case trim
        /// Upper and lower case.
        case `case`
        /// Numbers by value: `1`, `1.0`, `01`; also inside a name: `P1`, `P01`.
        case number
        /// Letters and their accents as one character or as several.
        case nfc
    }

    /// One side of the division.
    package struct Share: Sendable, Equatable {
        /// Its name, and its folder's.
        package var side: String
        /// Its part of the whole, above 0 and at most 1.
        package var ratio: Double

        /// A side with its share.
        package init(side: String, ratio: Double) {
            self.side = side
            self.ratio = ratio
        }
    }
}

/// What files must pass to be clean.
package struct CleanCheck: Sendable, Equatable {
    /// How a file is to be well-formed.
    package enum Format: String, Sendable, CaseIterable {
        case text, csv, tsv, json, jsonl, png, jpeg, image

        /// Whether no bytes at all are well-formed.
        package var takesEmpty: Bool { self == .text || self == .jsonl }
    }

    /// The type of every value of a column, as pandas would read it.
    package enum ColumnType: String, Sendable, CaseIterable {
        case int, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, float32, float64, bool, str, date,
            datetime

        /// Every way to write one, those of pandas and NumPy among them.
        package static let spellings: [(word: String, type: ColumnType)] =
            allCases.map { ($0.rawValue, $0) } + [
                ("Int8", .int8), ("Int16", .int16), ("Int32", .int32), ("Int64", .int64), ("UInt8", .uint8),
                ("UInt16", .uint16), ("UInt32", .uint32), ("UInt64", .uint64), ("Float32", .float32),
                ("Float64", .float64), ("double", .float64), ("boolean", .bool), ("string", .str), ("object", .str),
                ("datetime64", .datetime), ("datetime64[s]", .datetime), ("datetime64[ms]", .datetime),
                ("datetime64[us]", .datetime), ("datetime64[ns]", .datetime), ("datetime64[ns, UTC]", .datetime),
            ]
    }

    /// What becomes of what fails a check.
    package enum OnFail: String, Sendable, CaseIterable {
        /// The rows that fail are left out, and the rest of the table is clean.
        case dropRows = "drop-rows"
        /// The file is left out.
        case dropFile = "drop-file"
        /// The file is clean, and it is said and written down.
        case warn
    }

    /// What is said of bytes behind the end of an image.
    package enum Trailing: String, Sendable, CaseIterable {
        case allow, warn, refuse
    }

    /// What the values of one column must be.
    package struct Column: Sendable, Equatable {
        package var name: String
        /// One of which it must be; none for any.
        package var types: [ColumnType] = []
        /// Greater than or equal to.
        package var ge: Double?
        /// Less than or equal to.
        package var le: Double?
        package var isin: [String]?
        /// A regular expression the whole value must fit.
        package var matches: String?
        /// The largest share of missing values; 0 where `nullable: false`.
        package var nullShare: Double?
        package var unique = false

        package init(name: String) { self.name = name }
    }

    /// The files the check is about.
    package var files: [PathPattern] = [PathPattern("**")]
    package var notEmpty = false
    package var minSize: UInt64?
    package var maxSize: UInt64?
    /// Whether content that another file has already is left out.
    package var unique = false
    package var format: Format?
    package var trailing = Trailing.warn
    package var onFail = OnFail.dropFile
    /// The names of the columns, in order.
    package var columns: [String]?
    package var values: [Column] = []
    /// The JSON Schema that the value, or each row of jsonl, must fit: a file of the repository.
    package var jsonSchema: RepoPath?
    /// A command with `{path}`, which passes by ending with 0.
    package var run: String?
    /// Seconds the command may take for one file.
    package var timeout: Double?

    package init() {}
}

extension Configuration {
    /// A command that `vx.yaml` names, and what it is for.
    package struct Command: Sendable, Equatable {
        package var text: String
        /// Such as "check of 'vx clean'".
        package var purpose: String
    }

    /// Every command in `vx.yaml`. All that vx ever runs of a tree stands here, or in a snapshot's manifest.
    package var commands: [Command] {
        clean.commands
            + (snapshot.command.map { [Command(text: $0, purpose: "command of snapshots, for 'vx reproduce'")] } ?? [])
    }
}

extension Configuration.Clean {
    /// What making clean runs.
    package var commands: [Configuration.Command] {
        checks.compactMap(\.run).map { .init(text: $0, purpose: "check of 'vx clean'") }
            + transforms.map { .init(text: $0.run, purpose: "transform '\($0.name)' of 'vx clean'") }
    }
}

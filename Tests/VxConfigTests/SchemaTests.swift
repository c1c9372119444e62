import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxConfig

/// docs/vx.schema.json, which editors read, held against the parser's own table of keys.
@Suite("JSON Schema") struct SchemaTests {
    private let schema: JSONValue

    init() throws {
        let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        schema = try JSONValue.parse(try Files.read(root.appending("docs/vx.schema.json")) ?? [])
    }

    /// Follows a `$ref` to a definition.
    private func resolved(_ value: JSONValue?) -> JSONValue? {
        guard let reference = value?["$ref"]?.stringValue else { return value }
        return schema["definitions"]?[String(reference.dropFirst("#/definitions/".count))]
    }

    private func node(at place: [String]) -> JSONValue? {
        var node: JSONValue? = schema
        for name in place {
            switch name {
            case "[]": node = resolved(node?["items"])
            case "{}": node = resolved(node?["additionalProperties"])
            default: node = resolved(node?["properties"]?[name])
            }
        }
        return node
    }

    @Test func keysAgreeWithTheParser() throws {
        for (place, keys) in ConfigurationKeys.all {
            let found = try #require(self.node(at: place), "the schema has nothing at \(place)")
            guard case .object(let properties)? = found["properties"] else {
                Issue.record("the schema has no properties at \(place)")
                continue
            }
            #expect(Set(properties.keys) == Set(keys), "at \(place)")
            #expect(found["additionalProperties"] == false, "at \(place), an unknown key must be an error")
        }
    }

    @Test func choicesAgreeWithTheParser() throws {
        func words(_ place: [String]) -> [String] {
            guard case .array(let values)? = node(at: place)?["enum"] else { return [] }
            return values.compactMap(\.stringValue)
        }
        #expect(words(["clean", "checks", "[]", "format"]) == CleanCheck.Format.allCases.map(\.rawValue))
        #expect(words(["clean", "checks", "[]", "on-fail"]) == CleanCheck.OnFail.allCases.map(\.rawValue))
        #expect(words(["clean", "checks", "[]", "trailing-bytes"]) == CleanCheck.Trailing.allCases.map(\.rawValue))
        guard case .array(let types)? = schema["definitions"]?["dtype"]?["enum"] else {
            Issue.record("the schema does not define dtype")
            return
        }
        #expect(types.compactMap(\.stringValue) == CleanCheck.ColumnType.spellings.map(\.word))
        #expect(words(["split", "by"]) == Configuration.Split.Unit.allCases.map(\.rawValue))
        #expect(words(["policy", "rules", "blob-size"]) == Severity.allCases.map(\.rawValue))
    }
}

@Suite("Settings of the road") struct FlowSettingTests {
    private func parse(_ text: String) throws -> Configuration { try Configuration.parse(Array(text.utf8)) }

    @Test func readsEverySetting() throws {
        let configuration = try parse(
            """
            policy:
              blob-limit: 500 KB
              stable-outputs: [out/**]
              rules: {raw-source: warn, blob-size: off}
            clean:
              from: landing
              into: valid
              files: "*.csv"
              timeout: 2.5
              checks:
                - {files: "*.csv", format: csv, columns: [id, age], max-size: 2 MiB, not-empty: true}
                - files: "*.csv"
                  format: csv
                  values: {age: {dtype: int, ge: 0, le: 120, nullable: false}, id: {unique: true, isin: [1, b]}}
                - run: python3 ok.py {path}
                  timeout: 5
              transforms:
                - {name: fix, files: "*.txt", run: "sed s/a/b/ {input} > {output}", output: "{stem}.csv"}
            split:
              by: row
              ratios: {train: 0.7, test: 0.3}
              seed: 7
              key: {column: id}
              group: {column: patient}
              near-duplicates: false
            drift:
              reference: {tag: m-v1, paths: [data/train, data/more.csv]}
              files: batches/**
              columns: [size, kind]
              ignore: row
              level: 0.05
              limits: {psi: 0.2, new: 0}
            """)
        #expect(configuration.policy.blobLimit == 500_000)
        #expect(configuration.policy.severity(of: .rawSource) == .warn)
        #expect(configuration.policy.severity(of: .rawAppendOnly) == .error)
        #expect(configuration.clean.from == "landing")
        #expect(configuration.clean.checks[0].maxSize == 2 << 20)
        #expect(configuration.clean.checks[1].values.map(\.name) == ["age", "id"])
        #expect(configuration.clean.checks[1].values[0].nullShare == 0)
        #expect(configuration.clean.checks[1].values[1].isin == ["1", "b"])
        #expect(configuration.clean.transforms[0].output == "{stem}.csv")
        #expect(configuration.split.ratios == [.init(side: "train", ratio: 0.7), .init(side: "test", ratio: 0.3)])
        #expect(configuration.split.seed == "7")
        #expect(configuration.split.key == .column("id"))
        #expect(configuration.split.group == .column("patient"))
        #expect(configuration.split.nearDuplicates == false)
        #expect(configuration.drift.tag == "m-v1")
        #expect(configuration.drift.paths == ["data/train", "data/more.csv"])
        #expect(configuration.drift.files == [PathPattern("batches/**")])
        #expect(configuration.drift.columns == ["size", "kind"])
        #expect(configuration.drift.ignored == ["row"])
        #expect(configuration.drift.limits.level == 0.05)
        #expect(DriftMeasure.allCases.map { configuration.drift.limits[$0] } == [0.2, 0.1, 0.25, 0.05, 0])
    }

    @Test(arguments: [
        ("policy: {rules: {raw-sorce: off}}", "vx.yaml:1:18: unknown key 'raw-sorce' in 'rules'"),
        ("policy: {rules: {raw-source: of}}", "vx.yaml:1:30: 'raw-source' must be one of error, warn, off, found 'of'"),
        ("policy: {blob-limit: much}", "vx.yaml:1:22: 'blob-limit' is not a size: 'much'"),
        ("split: {ratios: {train: 0.8, test: 0.1}}", "vx.yaml:1:17: the ratios add up to 0.9, not to 1"),
        (
            "split: {ratios: {train: 1.5, test: -0.5}}",
            "vx.yaml:1:25: the share of 'train' must be above 0 and at most 1, found 1.5"
        ),
        (
            "split: {ratios: {train: 80, test: 20}}",
            "vx.yaml:1:25: the share of 'train' must be above 0 and at most 1, found 80.0"
        ),
        ("split: {ratios: {\"a\\nb\": 1}}", "vx.yaml:1:26: '\"a\\nb\"' cannot be the name of a side"),
        ("split: {ratios: {\"-v\": 1}}", "vx.yaml:1:24: '-v' cannot be the name of a side"),
        ("split: {ratios: {a/b: 1}}", "vx.yaml:1:23: 'a/b' cannot be the name of a side"),
        ("split: {ratios: {..: 1}}", "vx.yaml:1:22: '..' cannot be the name of a side"),
        ("split: {by: rows}", "vx.yaml:1:13: 'by' must be one of file, row, found 'rows'"),
        ("split: {group: {column: patient}}", "vx.yaml:1:8: the column 'patient' needs 'by: row'"),
        ("split: {group: {path: \"(\"}}", "vx.yaml:1:23: 'path' is not a regular expression: '('"),
        ("split: {key: contents}", "vx.yaml:1:14: 'key' must be path, content or {column: NAME}"),
        ("clean: {checks: {a: b}}", "vx.yaml:1:17: 'checks' must be a list, found a mapping"),
        (
            "clean: {checks: [{columns: [a]}]}",
            "vx.yaml:1:18: 'columns' and 'values' need 'format' to be csv, tsv or jsonl"
        ),
        ("clean: {checks: [{run: ok.sh}]}", "vx.yaml:1:24: 'run' has no {path}"),
        (
            "clean: {checks: [{format: csv, on-fail: drop}]}",
            "vx.yaml:1:41: 'on-fail' must be one of drop-rows, drop-file, warn, found 'drop'"
        ),
        (
            "clean: {checks: [{format: png, on-fail: drop-rows}]}",
            "vx.yaml:1:41: 'on-fail: drop-rows' needs 'format' to be csv, tsv or jsonl"
        ),
        (
            "clean: {checks: [{unique: true, on-fail: warn}]}",
            "vx.yaml:1:42: 'unique' of a file does not go with 'on-fail: warn'"
        ),
        (
            "clean: {checks: [{format: csv, json-schema: a.json}]}",
            "vx.yaml:1:45: 'json-schema' needs 'format' to be json or jsonl"
        ),
        ("clean: {checks: [{on-fail: warn}]}", "vx.yaml:1:18: this check asks nothing of the files"),
        (
            "clean: {checks: [{format: csv, trailing-bytes: warn}]}",
            "vx.yaml:1:48: 'trailing-bytes' needs 'format' to be png, jpeg or image"
        ),
        (
            "clean: {checks: [{format: csv, values: {a: {dtype: integer}}}]}",
            "vx.yaml:1:52: 'dtype' must be one of int, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, "
                + "float32, float64, bool, str, date, datetime, found 'integer'"
        ),
        ("clean: {checks: [{format: csv, values: {a: {dtype: []}}}]}", "vx.yaml:1:52: 'dtype' is empty"),
        ("clean: {checks: [{fromat: csv}]}", "vx.yaml:1:19: unknown key 'fromat' in 'checks'"),
        ("drift: {limits: {kss: 0.1}}", "vx.yaml:1:18: unknown key 'kss' in 'limits'"),
        ("drift: {limits: {ks: -1}}", "vx.yaml:1:22: 'ks' must not be below 0, found -1.0"),
        ("drift: {level: 1}", "vx.yaml:1:16: 'level' must be above 0 and below 1, found 1.0"),
        ("drift: {reference: m-v1}", "vx.yaml:1:20: 'reference' must be a mapping of tag, paths, found a string"),
        ("drift: {refrence: {}}", "vx.yaml:1:9: unknown key 'refrence' in 'drift'"),
        ("clean: {timeout: 0}", "vx.yaml:1:18: 'timeout' must be above 0, found 0.0"),
        ("clean: {timeout: 1e400}", "vx.yaml:1:18: 'timeout' must be a finite number, found 1e400"),
        ("clean: {into: manifests}", "vx.yaml:1:15: 'into' cannot be in 'manifests', where vx keeps its reports"),
        ("split: {into: manifests/x}", "vx.yaml:1:15: 'into' cannot be in 'manifests', where vx keeps its reports"),
        ("clean: {checks: [{run: \"ok '{path}'\"}]}", "vx.yaml:1:24: 'run' has {path} in quotes"),
        (
            "clean: {checks: [{format: csv, values: {a: {str_matches: '(a)\\1'}}}]}",
            "vx.yaml:1:58: 'str_matches' is no regular expression vx can match: '(a)\\1': "
                + "it refers back to a group, which takes no bounded time"
        ),
    ])
    func mistakesNameTheirPlace(text: String, message: String) {
        #expect(throws: VxError.self) { try parse(text) }
        do {
            _ = try parse(text)
        } catch {
            #expect((error as? VxError)?.message == message)
        }
    }

    @Test func sharesInPercentAreHelpedOn() throws {
        let error = #expect(throws: VxError.self) { try parse("split: {ratios: {train: 80, test: 20}}") }
        #expect(error?.hint == "for 80 % say 0.8: all of them add up to 1")
    }
}

@Suite("Quotes in commands") struct ShellQuotesTests {
    @Test(
        "a place in quotes is found",
        arguments: [
            "ok '{path}'", "ok \"{path}\"", "ok \"a {path}\"", "ok '\"' \"{path}\"", "ok \\' '{path}'",
            "ok \"$(date)\" \"{path}\"",
            "# it's\nok '{path}'",
        ])
    func quoted(_ command: String) {
        #expect(ShellQuotes.has("{path}", in: command))
    }

    @Test(
        "also within quotes a command of its own begins anew",
        arguments: [
            "ok {path}", "ok 'a' {path} \"b\"", "test \"$(wc -l < {path})\" -gt 3", "test \"`wc -l < {path}`\" -gt 3",
            "(ok \"a\") && ok {path}", "ok \\\" {path}", "kill $$ # it's {path}", "python3 -c 'print(\"a\")' {path}",
        ])
    func bare(_ command: String) {
        #expect(!ShellQuotes.has("{path}", in: command))
    }
}

import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// The hooks that this repository offers the pre-commit framework.
@Suite("under pre-commit, the rules hold where vx was never installed")
struct PreCommitTests {
    private static let python = TestEnvironment["VX_TEST_PYTHON"] ?? "/usr/bin/python3"
    private static let isHere: Bool = {
        let result = try? Scratch.with { try CommandRunner($0).run(python, ["-c", "import pre_commit"]) }
        return result?.status == 0
    }()
    private static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().string

    @Test("no hook asks for a package by a bare name, which anybody may take on a public registry")
    func names() throws {
        for name in [".pre-commit-hooks.yaml", "pyproject.toml"] {
            let text = String(decoding: try Files.read(FilePath("\(Self.root)/\(name)")) ?? [], as: UTF8.self)
            let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(lines.count > 2 && !lines.contains { $0.contains("dependencies") || $0.contains("vx-data") })
        }
    }

    @Test(
        "the framework installs the wheel that the project names, and no package from anywhere else", .tags(.slow),
        .enabled(if: isHere, "pre-commit is not installed: 'pip install pre-commit', and VX_TEST_PYTHON"))
    func framework() throws {
        try Scratch.with { scratch in
            let built = try BuiltBinary.folder()
            var runner = try CommandRunner(scratch)
            // Without vx on PATH: only the framework has it. A wheel of a script stands for that of a release.
            runner.environment["PATH"] = (runner.environment["PATH"] ?? "").split(separator: ":").dropFirst()
                .joined(separator: ":")
            runner.environment["PIP_NO_INDEX"] = "1"
            runner.environment["PYTHONDONTWRITEBYTECODE"] = "1"
            try runner.sh(
                """
                \(Self.python) - <<'END'
                import zipfile
                name = "vx_data-0.1.0"
                info = name + ".dist-info"
                files = {
                    name + ".data/scripts/vx": '#!/bin/sh\\nexec "\(built)/vx" "$@"\\n',
                    info + "/METADATA": "Metadata-Version: 2.1\\nName: vx-data\\nVersion: 0.1.0\\n",
                    info + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
                }
                files[info + "/RECORD"] = "".join(file + ",,\\n" for file in files)
                with zipfile.ZipFile(name + "-py3-none-any.whl", "w") as archive:
                    for file, text in files.items():
                        entry = zipfile.ZipInfo(file)
                        entry.external_attr = 0o100755 << 16
                        archive.writestr(entry, text)
                END
                git init -q hooks && cd hooks && mkdir -p examples/pre-commit
                cp '\(Self.root)/.pre-commit-hooks.yaml' '\(Self.root)/pyproject.toml' .
                cp '\(Self.root)/examples/pre-commit/nothing.py' examples/pre-commit
                git add -A && git commit -qm hooks && git tag v0.1.0 && cd ..
                git init -q project && cd project && echo 'version: 1' > vx.yaml
                cat > .pre-commit-config.yaml <<END
                repos:
                - repo: $PWD/../hooks
                  rev: v0.1.0
                  hooks:
                  - id: vx-check-commit
                    additional_dependencies: [&vx "vx-data @ file://$PWD/../vx_data-0.1.0-py3-none-any.whl"]
                  - id: vx-check-message
                    additional_dependencies: [*vx]
                  - id: vx-check-push
                    additional_dependencies: [*vx]
                END
                git add -A && git commit -qm start && git switch -qc raw
                \(Self.python) -m pre_commit install -t pre-commit -t commit-msg -t pre-push > /dev/null
                mkdir data && printf 'version vx/1\\noid sha256:%064d\\nsize 4\\n' 1 > data/a.csv
                echo '/data/** filter=vx -text' > .gitattributes && git add -A
                """)
            let project = runner.inside("project")
            let bad = try project.run("git", ["commit", "-m", "from nowhere"])
            #expect(bad.status != 0 && (bad.output + bad.errors).contains("[raw-source]"), "\(bad.output)\(bad.errors)")
            try project.sh("git commit -qm good --trailer 'Source: me' && git init -q --bare ../server.git")
            let pushed = try project.run("git", ["push", "../server.git", "raw"])
            #expect(
                pushed.status == 0 && (pushed.output + pushed.errors).contains("Passed"),
                "\(pushed.output)\(pushed.errors)")
        }
    }
}

import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// What `examples/ci` offers needs nothing but what it says.
@Suite("the example for CI")
struct CIExampleTests {
    private static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending("examples/ci")

    private static func text(_ name: String) throws -> String {
        String(decoding: try Files.read(folder.appending(name)) ?? [], as: UTF8.self)
    }

    @Test(
        "a workflow runs 'vx ci' of the wheel, keeps the store and names no file of the repository",
        arguments: ["github.yml", "gitlab.yml"])
    func workflow(name: String) throws {
        let text = try Self.text(name)
        let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }.map(String.init)
        #expect(lines.contains { $0.contains("vx ci") })
        #expect(lines.contains { $0.contains("pip\" install") || $0.contains("pip install") })
        #expect(lines.contains { $0.contains("${VX_WHEEL:?") })
        #expect(lines.contains { $0.contains(".git/vx") })
        #expect(!lines.contains { $0.contains("examples/") || $0.contains(".sh") })
        for secret in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "VX_TRUST"] { #expect(text.contains(secret)) }
    }

    @Test("all that the page says is judged has a trigger, and a proposal one pipeline")
    func triggers() throws {
        let hub = try Self.text("github.yml")
        for event in ["push", "pull_request", "merge_group", "schedule", "workflow_dispatch"] {
            #expect(hub.contains("\n  \(event):\n"), "\(event)")
        }
        #expect(hub.contains("\"!gh-readonly-queue/**\""))
        let rules = try Self.text("gitlab.yml").split(separator: "\n").drop { $0 != "workflow:" }.dropFirst(2)
            .prefix { $0.hasPrefix("    ") }.map { String($0.drop { $0 == " " }) }.filter { !$0.hasPrefix("#") }
        #expect(
            rules == [
                "- if: $CI_PIPELINE_SOURCE == \"merge_request_event\"", "- if: $CI_COMMIT_TAG",
                #"- if: $CI_COMMIT_BRANCH =~ /^(main|raw|clean|split|stable\/.*|monitoring(\/.*)?)$/"#,
                "- if: $CI_PIPELINE_SOURCE == \"push\" && $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS", "when: never",
                "- if: $CI_COMMIT_BRANCH",
            ])
    }

    @Test("its steps are bash's, as both services run them", arguments: [nil, "vx.whl"])
    func bash(wheel: String?) throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            // A Python whose environments have a pip that says what it is asked for.
            try runner.sh(
                """
                mkdir python && cat > python/python3 <<'END'
                #!/bin/sh
                mkdir -p "$3/bin" && printf '#!/bin/sh\\necho "$@"\\n' > "$3/bin/pip" && chmod +x "$3/bin/pip"
                END
                chmod +x python/python3
                """)
            let prepared = runner.setting("PATH", to: "\(scratch.work)/python:\(runner.environment["PATH"] ?? "")")
                .setting("RUNNER_TEMP", to: "\(scratch.work)").setting("GITHUB_PATH", to: "\(scratch.work)/path")
                .setting("VX_WHEEL", to: wheel)
            // GitHub's is one block, GitLab's the lines of a list.
            let hub = try Self.text("github.yml").split(separator: "\n").drop { !$0.contains("run: |") }.dropFirst()
                .prefix { $0.hasPrefix("          ") }.map { $0.dropFirst(10) }
            let lab = try Self.text("gitlab.yml").split(separator: "\n").filter {
                $0.hasPrefix("    - python3") || $0.hasPrefix("    - /tmp/vx")
            }.map { $0.dropFirst(6).split(separator: "/tmp/vx").joined(separator: "\(scratch.work)/lab") }
            #expect(hub.count == 3 && lab.count == 2)
            for script in [hub.joined(separator: "\n"), lab.joined(separator: "\n")] {
                let result = try prepared.run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
                if wheel != nil {
                    #expect(result.status == 0 && result.output == "install --quiet vx.whl\n", "\(result)")
                } else {
                    #expect(result.status != 0 && result.errors.contains("address of the wheel"), "\(result)")
                }
            }
        }
    }

    @Test("its commands run in a clean clone, with a wheel from a path")
    func commands() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            // The last line of GitLab's script, and the one command of GitHub's, as they stand.
            let lab = try #require(try Self.text("gitlab.yml").split(separator: "\n").first { $0.contains("vx ci") })
            let command = lab.drop { $0 == " " || $0 == "-" }
            try runner.sh(
                """
                git init -q --bare server.git && vx init -q --template p && cd p && git remote add origin ../server.git
                git push -q --all origin && git clone -q ../server.git ../clone
                """)
            let clone = runner.inside("clone").setting("GITLAB_CI", to: "true").setting(
                "CI_PIPELINE_SOURCE", to: "push"
            )
            .setting("CI_COMMIT_BRANCH", to: "main")
            .setting("CI_COMMIT_BEFORE_SHA", to: String(repeating: "0", count: 40))
            try clone.sh("\(command) && test -s vx.xml && test -s vx.md")
        }
    }
}

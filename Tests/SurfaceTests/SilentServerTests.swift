import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("A server that accepts and never answers ends a command with its name") struct SilentServerTests {
    @Test(
        "and a hook, too",
        arguments: ["git push --quiet origin HEAD:main", "vx push", "vx remote check", "vx check --remote"])
    func ends(command: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let server = try LoopbackServer()
            try project.runner.sh(
                """
                printf 'remotes:\\n  s:\\n    url: s3://b/p\\n    endpoint: \(server.endpoint)\\n    anonymous: true\\n' >> vx.yaml
                git init --quiet --bare ../origin.git && git remote add origin ../origin.git
                git config http.lowSpeedTime 1
                seq 1000 > data/a.csv && vx add --quiet data && git add -A && git commit --quiet -m data
                """)
            let result = try project.runner.setting("VX_TRUST", to: "remotes").run("sh", ["-c", command])
            #expect(result.status != 0)
            let said = String(decoding: result.stderr, as: UTF8.self)
            #expect(said.contains("error: 127.0.0.1:\(server.port) does not answer"), "\(said)")
        }
    }
}

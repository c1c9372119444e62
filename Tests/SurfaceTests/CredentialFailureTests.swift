import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// Whoever is not let in is told so with status 12, and why, whatever stands between.
@Suite("Credentials that are not taken") struct CredentialFailureTests {
    private func project(_ scratch: Scratch, _ remote: String) throws -> Project {
        let start = try Project(scratch)
        let runner = start.runner.setting("VX_TRUST", to: "remotes").setting("AWS_ACCESS_KEY_ID", to: "KEYOFTEST")
            .setting("AWS_SECRET_ACCESS_KEY", to: "SECRETOFTEST")
        try runner.sh("printf 'remotes:\\n  s:\\n\(remote)' >> vx.yaml && git add -A && git commit --quiet -m remote")
        try runner.sh("seq 100 > data/a.csv && vx add --quiet data && git add -A && git commit --quiet -m data")
        return Project(start, runner: runner)
    }

    @Test(
        "of S3, with its own words",
        arguments: [
            (403, "<Error><Code>SignatureDoesNotMatch</Code><Message>wrong</Message></Error>", "SignatureDoesNotMatch"),
            (403, "<Error><Code>InvalidAccessKeyId</Code></Error>", "InvalidAccessKeyId"),
            (
                400, "<Error><Code>ExpiredToken</Code><Message>The token has expired</Message></Error>",
                "The token has expired"
            ),
            (401, "go away", "401"), (403, "", "403"),
        ])
    func s3(status: Int, body: String, words: String) throws {
        try Scratch.with { scratch in
            let server = try BucketServer { _, _ in BucketServer.Answer(status, body) }
            let project = try project(scratch, "    url: s3://team/p\\n    endpoint: \(server.endpoint)\\n")
            for command in ["push", "remote check"] {
                let result = try project.runner.run("sh", ["-c", "vx \(command)"])
                #expect(result.status == 12, "vx \(command): \(result.errors)")
                #expect(result.errors.contains(words) && result.errors.contains("hint: "), "\(result.errors)")
            }
        }
    }

    @Test(
        "of a place behind rclone",
        .enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"),
        arguments: RcloneServer.Kind.allCases)
    func rclone(kind: RcloneServer.Kind) throws {
        try Scratch.with { scratch in
            let server = try RcloneServer(kind, scratch)
            let project = try project(scratch, "    url: \(server.url)\\n")
            let right = try server.configured(project.runner, password: RcloneServer.password)
            let wrong = try server.configured(project.runner, password: "not-the-password")
            for command in ["push", "remote check"] {
                let result = try wrong.run("sh", ["-c", "vx \(command)"])
                #expect(result.status == 12, "vx \(command) on \(kind): \(result.errors)")
            }
            // With the right one there is a place, and no remote in it yet.
            let check = try right.run("vx", ["remote", "check"])
            #expect(check.status == 1 && check.errors.contains("there is no vx remote"), "\(kind): \(check.errors)")
        }
    }
}

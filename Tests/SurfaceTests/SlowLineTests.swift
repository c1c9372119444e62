import SystemPackage
import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

/// The long run of remotes: each kind of place behind a line with 100 ms there and back, and 1 Mbit a second. By
/// `VX_SLOW_LINE=1 bash Tests/run.sh --filter SlowLineTests` (docs/reliability.md).
@Suite(
    "Over a slow line",
    .enabled(if: TestEnvironment["VX_SLOW_LINE"] == "1", "VX_SLOW_LINE=1 runs them, for some minutes"),
    .serialized)
struct SlowLineTests {
    /// Pushes a project, clones it, compares, and pushes again.
    ///
    /// - Parameter remote: what `vx remote add store` is given.
    private func goThereAndBack(_ runner: CommandRunner, _ remote: String) throws {
        let runner = runner.setting("VX_TRUST", to: "remotes")
        try runner.sh(
            """
            git init --quiet --bare hub.git && vx init --quiet a && cd a && git remote add origin ../hub.git && mkdir data
            head -c 300000 /dev/urandom > data/large && for n in $(seq 50); do seq $n 99 > data/$n; done
            vx remote add --quiet store \(remote) && vx add --quiet data && git add -A && git commit --quiet -m one
            git push --quiet origin main && cd .. && vx clone --quiet -b main hub.git b && diff -r a/data b/data
            cd b && seq 7 > data/new && vx add --quiet data && git commit --quiet -m two && git push --quiet origin main
            cd ../a && vx pull --quiet origin main && diff -r data ../b/data && vx remote check && vx check --remote
            """)
        let again = try runner.inside("a").run("vx", ["push"])
        #expect(again.output == "Everything is on 'store' already\n", "\(again.errors)")
    }

    @Test(
        "through rclone", .enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"),
        arguments: [RcloneServer.Kind.webdav, .sftp, .s3])
    func rclone(kind: RcloneServer.Kind) throws {
        try Scratch.with { scratch in
            let server = try RcloneServer(kind, scratch)
            let line = try SlowLine(to: server.port)
            let runner = try server.configured(
                try CommandRunner(scratch), password: RcloneServer.password, port: line.port)
            try goThereAndBack(runner, server.url)
        }
    }

    @Test("to S3", .enabled(if: TestServer.moto != nil, "moto_server is not installed: set VX_TEST_MOTO"))
    func s3() throws {
        try Scratch.with { scratch in
            let server = try TestServer.startMoto(scratch)
            _ = try server.backend(bucket: "team").put("projects/first", [1])
            guard let port = server.endpoint.split(separator: ":").last.flatMap({ Int($0) }) else { return }
            let line = try SlowLine(to: port)
            var runner = try CommandRunner(scratch)
            for (name, value) in TestServer.variables { runner = runner.setting(name, to: value) }
            try goThereAndBack(runner, "-o endpoint=http://127.0.0.1:\(line.port) s3://team/p")
        }
    }

    private static let obstacle = TestSSHServer.obstacle

    @Test("over ssh", .enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
    func ssh() throws {
        try Scratch.with { scratch in
            let server = try TestSSHServer(scratch)
            let line = try SlowLine(to: server.port)
            try Files.createDirectories(scratch.work.appending("far"))
            let runner = try CommandRunner(scratch)
            let rclone = try #require(TestServer.rclone).string
            let path = "\(server.programs.string):\(runner.environment["PATH"] ?? "")"
            let user = try runner.check("id", ["-un"]).output.split(separator: "\n").first ?? ""
            try goThereAndBack(
                runner.setting("PATH", to: path).setting("VX_RCLONE", to: rclone).setting(
                    "RCLONE_CONFIG", to: "/dev/null"),
                "ssh://\(user)@127.0.0.1:\(line.port)\(scratch.work.string)/far/vx-remote")
        }
    }
}

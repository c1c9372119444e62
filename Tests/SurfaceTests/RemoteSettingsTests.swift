import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// What git, curl's users and AWS's tools have set for a server holds for vx, too.
@Suite("Settings of connections") struct RemoteSettingsTests {
    private func project(_ scratch: Scratch, endpoint: String?) throws -> CommandRunner {
        let runner = try Project(scratch).runner.setting("VX_TRUST", to: "remotes")
        let line = endpoint.map { "    endpoint: \($0)\\n" } ?? ""
        try runner.sh("printf 'remotes:\\n  s:\\n    url: s3://team/p\\n    anonymous: true\\n\(line)' >> vx.yaml")
        return runner
    }

    @Test("headers and proxies of git's for this URL, and for no other")
    func git() throws {
        try Scratch.with { scratch in
            let server = try BucketServer()
            let runner = try project(scratch, endpoint: server.endpoint)
            try runner.sh(
                """
                git config http.\(server.endpoint).extraHeader 'X-Team: data' && git config http.https://elsewhere.net.extraHeader 'X-Other: no'
                git config http.https://elsewhere.net.proxy http://127.0.0.1:9
                """)
            _ = try runner.run("vx", ["remote", "check"])
            let seen = server.takeRequests()
            #expect(!seen.isEmpty && seen.allSatisfy { $0.headers["x-team"] == "data" && $0.headers["x-other"] == nil })
            // As 'git -c' would.
            try runner.sh(
                "git config http.\(server.endpoint)/team.proxy http://127.0.0.1:9 && git config http.lowSpeedTime 1")
            let check = try runner.run("vx", ["remote", "check"])
            #expect(
                check.status == 1 && check.errors.contains("through the proxy http://127.0.0.1:9"), "\(check.errors)")
        }
    }

    @Test("the endpoint of a profile's services")
    func services() throws {
        try Scratch.with { scratch in
            let server = try BucketServer()
            let runner = try project(scratch, endpoint: nil).setting("AWS_PROFILE", to: "lab")
            try runner.sh(
                """
                mkdir -p "$HOME/.aws" && cat > "$HOME/.aws/config" <<END
                [profile lab]
                services = ours
                endpoint_url = http://127.0.0.1:9
                region = eu-west-1
                [services ours]
                dynamodb =
                  endpoint_url = http://127.0.0.1:8
                s3 =
                  endpoint_url = \(server.endpoint)
                END
                """)
            let check = try runner.run("vx", ["remote", "check"])
            #expect(check.errors.contains("there is no vx remote"), "\(check.errors)")
            #expect(!server.takeRequests().isEmpty)
        }
    }

    private static let openssl: Bool = ((try? Files.targetStatus("/usr/bin/openssl")) ?? nil)?.isExecutable == true

    @Test(
        "certificates, from every place that names them",
        .enabled(if: openssl, "openssl is not installed"),
        arguments: [
            "git config http.sslCAInfo $C", "git config http.$E.sslCAInfo $C", "export GIT_SSL_CAINFO=$C",
            "export AWS_CA_BUNDLE=$C", "export CURL_CA_BUNDLE=$C", "export SSL_CERT_FILE=$C",
            "git config http.$E.sslVerify false",
            "export GIT_SSL_NO_VERIFY=1",
        ])
    func certificates(setting: String) throws {
        try Scratch.with { scratch in
            let runner = try project(scratch, endpoint: nil)
            try runner.sh(
                "openssl req -x509 -newkey rsa:2048 -nodes -keyout ../key.pem -out ../cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2> /dev/null"
            )
            let port = Int.random(in: 20_000..<60_000)
            let log = scratch.root.appending("openssl.log")
            let server = try HelperProcess(
                "/usr/bin/openssl",
                [
                    "s_server", "-accept", "127.0.0.1:\(port)", "-cert", scratch.work.appending("cert.pem").string,
                    "-key",
                    scratch.work.appending("key.pem").string, "-www", "-quiet",
                ], environment: ["PATH": "/usr/bin:/bin"], output: log)
            defer { server.stop() }
            let endpoint = "https://127.0.0.1:\(port)"
            let start = "E=\(endpoint) C=\(scratch.work.appending("cert.pem")); export AWS_ENDPOINT_URL_S3=$E; "
            // It answers everything with a page of its own: who reads that has trusted it.
            func check(_ setting: String) throws -> String {
                try runner.run("sh", ["-c", "\(start) \(setting); vx remote check"]).errors
            }
            var before = ""
            for _ in 0..<100 {
                before = try check("true")
                if !before.contains("no answer") { break }
            }
            #expect(before.contains("cannot be trusted"), "\(before)")
            let after = try check(setting)
            #expect(!after.contains("cannot be trusted") && !after.contains("no answer"), "\(setting): \(after)")
        }
    }

    @Test("https to a port that speaks plain http is said at once")
    func plainPort() throws {
        try Scratch.with { scratch in
            let server = try BucketServer()
            let runner = try project(scratch, endpoint: "https://127.0.0.1:\(server.port)")
            let check = try runner.run("vx", ["remote", "check"])
            #expect(check.status == 2 && check.errors.contains("does not speak https"), "\(check.errors)")
        }
    }
}

import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// What a remote costs over a line where each answer takes its time.
@Suite("A push waits for few answers, and asks for nothing twice") struct RoundTripTests {
    /// Seconds before each answer: longer than it takes to start the requests that are made at once.
    private static let delay = 0.4

    /// A project with one data file that is committed, and its remote on a server that answers slowly.
    private func project(_ scratch: Scratch, _ server: BucketServer) throws -> Project {
        let start = try Project(scratch)
        let project = Project(start, runner: start.runner.setting("VX_TRUST", to: "remotes"))
        try project.runner.sh(
            """
            git init --quiet --bare ../origin.git && git remote add origin ../origin.git
            vx remote add --quiet -o endpoint=\(server.endpoint) -o anonymous=true store s3://team/p
            seq 1000 > data/a.csv && vx add --quiet data && git add -A && git commit --quiet -m data
            """)
        _ = server.takeRequests()
        return project
    }

    private func expectFew(_ requests: [BucketServer.Request], atMost most: Int, _ what: String) {
        let list = requests.map { "\($0.method) \($0.target)" }
        #expect(requests.longestChain <= most, "\(what): \(list)")
        let targets = requests.map(\.target)
        #expect(Set(targets).count == targets.count, "\(what) asks twice: \(list)")
    }

    @Test("of one file, by vx push", arguments: [true, false])
    func push(isNew: Bool) throws {
        try Scratch.with { scratch in
            let server = try BucketServer(delay: Self.delay)
            let project = try project(scratch, server)
            if !isNew {
                try project.runner.sh(
                    "vx push --quiet && seq 9 > data/b.csv && vx add --quiet data && git commit --quiet -m b")
                _ = server.takeRequests()
            }
            try project.runner.sh("vx push --quiet")
            expectFew(server.takeRequests(), atMost: 4, "a push of one file")
            try project.runner.sh("vx push --quiet")
            let again = server.takeRequests()
            expectFew(again, atMost: 2, "a push of nothing")
            #expect(!again.contains { $0.method == "PUT" })
        }
    }

    @Test("of one file, by git's hook; and none where git's server has it")
    func hook() throws {
        try Scratch.with { scratch in
            let server = try BucketServer(delay: Self.delay)
            let project = try project(scratch, server)
            try project.runner.sh("git push --quiet origin main")
            expectFew(server.takeRequests(), atMost: 4, "a push by the hook")
            try project.runner.sh(
                "echo x > code && git add code && git commit --quiet -m code && git push --quiet origin main")
            #expect(server.takeRequests().isEmpty)
        }
    }

    @Test("and what comes waits for few, too")
    func fetch() throws {
        try Scratch.with { scratch in
            let server = try BucketServer(delay: Self.delay)
            let project = try project(scratch, server)
            try project.runner.sh("git push --quiet origin main && rm -rf .git/vx")
            _ = server.takeRequests()
            try project.runner.sh("vx fetch --quiet")
            expectFew(server.takeRequests(), atMost: 4, "a fetch of one file")
        }
    }
}

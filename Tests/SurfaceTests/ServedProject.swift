import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// A project on a server, with a remote for its data, and a stable branch that has gone on since dev left it.
struct ServedProject {
    let runner: CommandRunner
    let scratch: Scratch

    init(_ scratch: Scratch) throws {
        self.scratch = scratch
        let outside = try CommandRunner(scratch)
        try outside.sh(
            """
            git init -q --bare server.git && git -C server.git config uploadpack.allowAnySHA1InWant true
            vx init -q --template p && cd p && git remote add origin "file://$PWD/../server.git"
            vx remote add store ../store > /dev/null && git commit -qam remote
            printf 'a,b\\n1,2\\n3,4\\n' > ../x.csv && vx ingest -q ../x.csv --source me
            git switch -q dev/explore && git merge -q main && echo 'print(1)' > t.py && git add t.py && git commit -qm code
            git switch -q stable/model && git merge -q --no-ff --no-edit dev/explore
            git push -q --all origin
            """)
        runner = outside.inside("p")
    }

    func commit(_ revision: String) throws -> String {
        String(try runner.sh("git rev-parse '\(revision)'").output.dropLast())
    }

    /// A clone as servers make it: one commit, on no branch, and little else.
    func clone(of reference: String, depth: Int? = 1) throws -> CommandRunner {
        let name = "clone-\(reference.split(separator: "/").joined(separator: "-"))-\(depth ?? 0)"
        let (cut, others) = depth.map { ("--depth \($0)", "") } ?? ("", "'+refs/heads/*:refs/remotes/origin/*'")
        let outside = try CommandRunner(scratch)
        try outside.sh(
            """
            rm -rf \(name) && git init -q \(name) && cd \(name) && git remote add origin "file://$PWD/../server.git"
            git fetch -q --no-tags \(cut) origin +\(reference):refs/job \(others) && git checkout -q --detach refs/job
            """)
        return outside.inside(RepoPath(name).description)
    }

    func github(
        _ clone: CommandRunner, _ event: String, _ payload: String, name: String, type: String = "branch",
        arguments: [String] = []
    ) throws -> (result: CommandResult, page: String) {
        try clone.sh("cat > ../event.json <<'END'\n\(payload)\nEND\n: > ../page.md")
        let folder = clone.directory.removingLastComponent()
        var job = clone.setting("GITHUB_ACTIONS", to: "true").setting("GITHUB_EVENT_NAME", to: event)
        job = job.setting("GITHUB_EVENT_PATH", to: "\(folder)/event.json")
            .setting("GITHUB_STEP_SUMMARY", to: "\(folder)/page.md")
            .setting("GITHUB_REF_NAME", to: name).setting("GITHUB_REF_TYPE", to: type)
            .setting("GITHUB_SHA", to: String(try clone.git("rev-parse", "HEAD").output.dropLast()))
        let result = try job.run("vx", ["ci"] + arguments)
        return (result, try clone.sh("cat ../page.md").output)
    }

    func pull(_ branch: String, base: String, head: String, from: String = "dev/explore", fork: Bool = false)
        -> String
    {
        """
        {"number": 7, "pull_request": {
          "base": {"ref": "\(branch)", "sha": "\(base)", "repo": {"full_name": "team/p"}},
          "head": {"ref": "\(from)", "sha": "\(head)", "repo": {"full_name": "\(fork ? "else/p" : "team/p")"}}}}
        """
    }

    /// Makes what GitHub makes of a pull request.
    func propose(_ head: String, for branch: String) throws {
        try runner.sh(
            """
            git push -q --no-verify origin '\(head):refs/pull/7/head' && git switch -q --detach origin/\(branch)
            git merge -q --no-ff --no-edit --no-verify '\(head)' && git push -q --no-verify origin HEAD:refs/pull/7/merge
            """)
    }
}

import Testing
import VxModel
import VxTestSupport

/// `vx ci` where something is not as it should be: what was found is said all the same, and what was not looked at, too.
@Suite("a job of a CI server says all that it has found, and what it has not looked at")
struct CITroubleTests {
    private func served(_ body: (ServedProject) throws -> Void) throws {
        try Scratch.with { try body(ServedProject($0)) }
    }

    @Test("rules that cannot be judged keep no other step from being done, and are not said to be kept")
    func unjudged() throws {
        try served { served in
            try served.runner.sh(
                """
                vx clean -q && vx split -q 2> /dev/null && git push -q origin split && git switch -q split
                echo '{' > manifests/split.json && printf 'a,b\\n5,6\\n' > data/split/train/y.csv && vx add -q data
                git add -A && git commit -qm manifest --no-verify && git push -q --no-verify origin split && vx push -q
                """)
            let payload =
                "{\"before\": \"\(try served.commit("split~1"))\", \"after\": \"\(try served.commit("split"))\"}"
            let (result, page) = try served.github(
                try served.clone(of: "refs/heads/split"), "push", payload, name: "split",
                arguments: ["--junit", "j.xml", "--sarif", "s.json"])
            #expect(result.status == 13, "\(result.output)\(result.errors)")
            #expect(result.output.hasPrefix("::error title=vx::"), "\(result.output)")
            #expect(page.contains("1 content checked on 'store', 0 missing") && page.contains("**failed**"), "\(page)")
            #expect(!page.contains("no rule is broken") && !result.errors.contains("no rule is broken"))
            let clone = served.runner.inside("../clone-refs-heads-split-1")
            #expect(try clone.sh("cat j.xml").output.contains("<testcase classname=\"vx.ci\" name=\"run\">"))
            #expect(try clone.sh("test ! -e s.json && echo none").output == "none\n", "it would say that all is well")
        }
    }

    @Test("findings are said, and are the status, where a report cannot be written")
    func unwritten() throws {
        try served { served in
            try served.runner.sh(
                "git switch -q raw && mkdir -p data && echo 1 > data/z.csv && vx add -q data && git commit -qm z --no-verify"
            )
            let result = try served.runner.run("vx", ["ci", "--junit", "nowhere/x.xml", "--markdown", "m.md"])
            #expect(result.status == 4 && result.output.contains("[raw-source]"), "\(result.output)\(result.errors)")
            #expect(
                result.errors.contains("error: cannot write \(served.runner.directory)/nowhere/x.xml\n"),
                "\(result.errors)")
            #expect(try served.runner.sh("cat m.md").output.contains("raw-source"))
            try served.runner.sh("git reset -q --hard HEAD~1")
            #expect(try served.runner.run("vx", ["ci", "--junit", "nowhere/x.xml"]).status == 1)
        }
    }

    @Test("what is typed is looked at in place of what a server says, in its form")
    func typed() throws {
        try served { served in
            try served.runner.sh("git tag -m one v1 stable/model && git push -q origin v1")
            let clone = try served.clone(of: "refs/tags/v1")
            let zeros = String(repeating: "0", count: 40)
            let tag = try served.commit("v1")
            let range = ["--branch", "raw", "origin/raw~1..origin/raw"]
            for (before, after) in [(zeros, tag), (tag, zeros)] {
                let payload = "{\"before\": \"\(before)\", \"after\": \"\(after)\"}"
                let (result, page) = try served.github(
                    clone, "push", payload, name: "v1", type: "tag", arguments: range)
                #expect(result.status == 0, "\(result.output)\(result.errors)")
                #expect(page.hasPrefix("## vx: `raw`\n"), "\(page)")
                #expect(page.contains("in 1 commit of raw") && page.contains("x.csv"), "there is a review: \(page)")
            }
        }
    }

    @Test("in CI, a remote that waits for a word names the variable that says it, and where that is told of")
    func untrusted() throws {
        try served { served in
            try served.runner.sh(
                """
                git switch -q main && sed -i 's|url: .*|url: s3://a-bucket-of-nobody/p|' vx.yaml
                sed -i 's|^    url: .*|&\\n    endpoint: http://127.0.0.1:99\\n    profile: none|' vx.yaml
                git commit -qam bucket --no-verify && git push -q --no-verify origin main
                """)
            let clone = try served.clone(of: "refs/heads/raw").setting("CI", to: "true")
            let payload = "{\"before\": \"\(try served.commit("raw~1"))\", \"after\": \"\(try served.commit("raw"))\"}"
            let hub = try served.github(clone, "push", payload, name: "raw").result
            let lab = try clone.setting("GITLAB_CI", to: "true").setting("CI_PIPELINE_SOURCE", to: "schedule")
                .setting("CI_COMMIT_SHA", to: served.commit("raw")).run("vx", ["ci"])
            for (result, text) in [(hub, hub.output), (lab, lab.errors)] {
                #expect(result.status == 4, "\(result.output)\(result.errors)")
                #expect(text.contains("variable VX_TRUST of this job") && text.contains("'vx help security'"), "\(text)")
                #expect(!text.contains("'vx trust' shows"), "\(text)")
            }
            let hydrate = try clone.run("vx", ["hydrate", "--only", "data", "-C", "."])
            #expect(hydrate.errors.contains("variable VX_TRUST of this job"), "\(hydrate.errors)")
            #expect(try clone.check("vx", ["help", "security"]).output.contains("VX_TRUST: ${{ vars.VX_TRUST }}"))
            // What it says to type prints what the variable takes.
            let id = try served.runner.sh("vx trust list --json | grep -o '[0-9a-f]\\{64\\}' | head -1").output.dropLast()
            let granted = try clone.setting("VX_TRUST", to: String(id)).run("vx", ["hydrate"])
            #expect(!granted.errors.contains("not trusted"), "\(granted.errors)")
        }
    }

    @Test("an event that is no JSON is named, with its place; a name in it makes no line that the log obeys")
    func event() throws {
        try served { served in
            let clone = try served.clone(of: "refs/heads/raw")
            for text in ["", "{\"after\": 1,}"] {
                let broken = try served.github(clone, "push", text, name: "raw").result
                #expect(
                    broken.status == 1
                        && broken.errors.contains("event.json, which GITHUB_EVENT_PATH names, is no JSON"))
                #expect(broken.errors.contains("cause: line ") && !broken.errors.contains("JSONSyntaxError"))
            }
            let head = try served.commit("dev/explore")
            let hostile = served.pull("no\\n ::error::x\\n\\t##[group]x", base: "", head: head)
            let result = try served.github(clone, "pull_request", hostile, name: "7/merge").result
            #expect(result.status == 2 && result.errors.contains("is not here"), "\(result.output)\(result.errors)")
            let lines = (result.output + result.errors).split(separator: "\n").map { $0.drop(while: \.isWhitespace) }
            #expect(lines.contains { $0.hasSuffix(":error::x") }, "\(lines)")
            // The one annotation says what kept the job from looking.
            let commands = lines.filter { $0.hasPrefix("::") }
            #expect(commands.count == 1 && commands.allSatisfy { $0.hasPrefix("::error title=vx::") }, "\(lines)")
            #expect(!lines.contains { !$0.hasPrefix("::") && $0.contains("##[") }, "\(lines)")
        }
    }

    @Test("where nothing says what to look at, that is a mistake, with a way out of it")
    func unknown() throws {
        try served { served in
            let clone = try served.clone(of: "refs/heads/raw")
            let detached = try clone.run("vx", ["ci"])
            #expect(detached.status == 2 && detached.errors.contains("'vx ci --branch raw'"), "\(detached.errors)")
            #expect(try clone.run("vx", ["check"]).errors.contains("'vx check --branch raw'"))
            for server in ["GITHUB_ACTIONS", "GITLAB_CI"] {
                let job = clone.setting(server, to: "true")
                let result = try job.run("vx", ["ci"])
                #expect(result.status == 2 && result.errors.contains("do not say what to look at"), "\(result.errors)")
                #expect(
                    result.output.contains("::error title=vx::") == (server == "GITHUB_ACTIONS"), "\(result.output)")
                #expect(try job.run("vx", ["ci", "--branch", "raw", "HEAD"]).status == 0)
            }
        }
    }

    @Test("a page goes into a pipe, to standard output and behind a link, and takes nobody's place")
    func streams() throws {
        try served { served in
            let clone = try served.clone(of: "refs/heads/raw")
            // The clone has no data, which is status 4.
            let look = "look() { vx ci --branch raw HEAD --markdown \"$1\" || test $? = 4; }\n"
            let piped = try clone.sh(
                "\(look)mkfifo page; head -1 page > got & look page > told; wait; test -p page; cat got")
            #expect(piped.output.hasPrefix("## vx: "), "\(piped)")
            #expect(try clone.sh("\(look)look /dev/stdout | grep '^## vx'").output.hasPrefix("## vx: "))
            let linked = try clone.sh(
                "\(look)echo old > real.md; ln -s real.md link.md; look link.md > told; test -L link.md; cat real.md")
            #expect(linked.output.hasPrefix("## vx: ") && !linked.output.contains("old\n"), "\(linked)")
        }
    }

    @Test("by the clock, a job on main looks at the data of every branch with a role, and of every tag")
    func clock() throws {
        try served { served in
            try served.runner.sh(
                """
                add() { git switch -q -c "$1" main && mkdir -p data && echo "$1" > "data/$1.csv" && vx add -q data
                git commit -qm "$1" --no-verify && git push -q --no-verify origin "$1"; }
                add no-role && git tag -m t t1 && git push -q --no-verify origin t1
                git switch -q raw && mkdir -p data && echo raw > data/lost.csv && vx add -q data && git commit -qm lost --no-verify
                git rm -q data/lost.csv && git commit -qm again --no-verify && git push -q --no-verify origin raw
                add none-of-ours
                """)
            let clone = try served.clone(of: "refs/heads/main")
            let (result, page) = try served.github(clone, "schedule", "{}", name: "main")
            #expect(result.status == 4, "\(result.output)\(result.errors)")
            #expect(page.hasPrefix("## vx: `every branch and tag`\n"), "\(page)")
            for path in ["data/lost.csv", "data/no-role.csv"] { #expect(page.contains("- `\(path)`"), "\(page)") }
            #expect(page.contains("3 contents checked on 'store', 2 missing"), "\(page)")
        }
    }

    @Test("where no remote is the default, the data of the store here is counted")
    func store() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("echo 1 > data/a.csv && vx add -q data && git add -A && git commit -qm data")
            let result = try project.runner.run("vx", ["ci"])
            #expect(
                result.errors.contains("in the store here: 1 file, 0 missing\n"), "\(result.output)\(result.errors)")
        }
    }

    @Test("a new monitoring branch is named by its commit, and not by the zeros that servers say for none")
    func zeros() throws {
        try served { served in
            try served.runner.sh("git push -q --no-verify origin main:refs/heads/monitoring/new")
            let zeros = String(repeating: "0", count: 40)
            let payload = "{\"before\": \"\(zeros)\", \"after\": \"\(try served.commit("main"))\"}"
            let (result, page) = try served.github(
                try served.clone(of: "refs/heads/monitoring/new"), "push", payload, name: "monitoring/new")
            #expect(page.contains("there is no table to compare"), "\(page)")
            #expect(!(page + result.output + result.errors).contains("0000000"), "\(page)\(result.errors)")
        }
    }
}

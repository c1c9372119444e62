import Testing
import VxModel
import VxTestSupport

/// `vx ci` in clones as servers make them, with the variables they set.
@Suite("a job of a CI server judges what was pushed or proposed, and nothing else")
struct CITests {
    private func served(_ body: (ServedProject) throws -> Void) throws {
        try Scratch.with { try body(ServedProject($0)) }
    }

    @Test("a pull request that is behind its branch, in a clone of depth 1 and in a whole one", arguments: [1, nil])
    func behind(depth: Int?) throws {
        try served { served in
            try served.runner.sh(
                """
                git switch -q dev/explore && echo 'print(2)' > t.py && git commit -qam more && git push -q origin dev/explore
                """)
            let (base, head) = (try served.commit("stable/model"), try served.commit("dev/explore"))
            try served.propose("dev/explore", for: "stable/model")
            let (result, page) = try served.github(
                try served.clone(of: "refs/pull/7/merge", depth: depth), "pull_request",
                served.pull("stable/model", base: base, head: head), name: "7/merge")
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(page.contains("- no rule is broken in 1 commit of stable/model"), "\(page)")
            #expect(result.output.isEmpty)
        }
    }

    @Test("a pull request from a fork is what it is on where it comes from, and its data waits for the keys")
    func fork() throws {
        try served { served in
            try served.runner.sh(
                """
                git switch -q main && sed -i 's|url: .*|url: s3://a-bucket-of-nobody/p|' vx.yaml && git commit -qam bucket --no-verify
                git push -q --no-verify origin main
                git switch -q -c theirs dev/explore && git merge -q main && echo 3 > t.py && git commit -qam theirs --no-verify
                """)
            let base = try served.commit("stable/model")
            let head = try served.commit("theirs")
            try served.propose("theirs", for: "stable/model")
            let clone = try served.clone(of: "refs/pull/7/merge")
            let payload = served.pull("stable/model", base: base, head: head, from: "dev/x", fork: true)
            let (result, page) = try served.github(clone, "pull_request", payload, name: "7/merge")
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(
                result.output.hasPrefix("::warning title=vx::not looked at, as a fork's job has no keys"),
                "\(result.output)")
            #expect(page.contains("a fork's job has no keys"))
            // The same from the team's own repository is a mistake of its settings.
            let own = served.pull("stable/model", base: base, head: head, from: "dev/x")
            let (mistaken, _) = try served.github(clone, "pull_request", own, name: "7/merge")
            #expect(mistaken.status == 4 && mistaken.output.contains("::error title=vx::"), "\(mistaken.output)")
        }
    }

    @Test("data that nobody sent is named, in every form")
    func missing() throws {
        try served { served in
            try served.runner.sh(
                """
                git switch -q raw && printf 'a,b\\n5,6\\n' > data/y.csv 2>/dev/null || { mkdir -p data && printf 'a,b\\n5,6\\n' > data/y.csv; }
                vx add -q data && git commit -qm y --trailer 'Source: me' && git push -q --no-verify origin raw
                """)
            let before = try served.commit("raw~1")
            let clone = try served.clone(of: "refs/heads/raw")
            let payload = "{\"before\": \"\(before)\", \"after\": \"\(try served.commit("raw"))\"}"
            let (result, page) = try served.github(
                clone, "push", payload, name: "raw", arguments: ["--junit", "j.xml", "--sarif", "s.json"])
            #expect(result.status == 4, "\(result.output)\(result.errors)")
            #expect(result.output.hasPrefix("::error file=data/y.csv,title=data::"), "\(result.output)")
            #expect(page.contains("- `data/y.csv`"))
            #expect(try clone.sh("grep -A1 'name=\"data\"' j.xml").output.contains("<failure message=\"data/y.csv\">"))
            try clone.sh("python3 -c 'import json; json.load(open(\"s.json\"))'")
        }
    }

    @Test(
        "the first push of a branch is not the history of main; a push by force is found, wherever the old commits are")
    func pushes() throws {
        try served { served in
            func push(_ branch: String, before: String) throws -> CommandResult {
                let payload = "{\"before\": \"\(before)\", \"after\": \"\(try served.commit(branch))\"}"
                return try served.github(
                    try served.clone(of: "refs/heads/\(branch)"), "push", payload, name: branch
                ).result
            }
            try served.runner.sh(
                "git switch -q -c dev/new main && echo 1 > n.py && git add n.py && git commit -qm n && git push -q origin dev/new"
            )
            let first = try push("dev/new", before: String(repeating: "0", count: 40))
            #expect(
                first.status == 0 && first.errors.contains("in 1 commit of dev/new"), "\(first.output)\(first.errors)")
            let old = try served.commit("raw")
            try served.runner.sh(
                "git switch -q raw && git commit -q --amend --no-verify -m other --trailer 'Source: y' && git push -q --force --no-verify origin raw"
            )
            let forced = try push("raw", before: old)
            #expect(
                forced.status == 4 && forced.output.contains("::error title=history-kept::a published commit would go"),
                "\(forced.output)")
            try served.runner.sh("cd ../server.git && git reflog expire --all --expire=now && git gc -q --prune=now")
            let unknown = try push("raw", before: old)
            #expect(unknown.status == 4 && unknown.output.contains("title=history-kept"), "\(unknown.output)")
            // What the old commit is brought back with is typed in a clone that has it.
            let remedy = try #require(unknown.output.firstRange(of: "put it back: '").map { unknown.output[$0.upperBound...] })
            try served.runner.sh("\(remedy.prefix { $0 != "'" }) --no-verify -q && test $(git rev-parse origin/raw) = \(old)")
        }
    }

    @Test("a tag is no branch, and what was deleted is nothing")
    func tags() throws {
        try served { served in
            try served.runner.sh("git tag -m one v1 stable/model && git push -q origin v1")
            let clone = try served.clone(of: "refs/tags/v1")
            let payload =
                "{\"before\": \"\(String(repeating: "0", count: 40))\", \"after\": \"\(try served.commit("v1"))\"}"
            let (result, page) = try served.github(clone, "push", payload, name: "v1", type: "tag")
            #expect(
                result.status == 0 && page.hasPrefix("## vx: `the tag v1`"), "\(result.output)\(result.errors)\(page)")
            let gone =
                "{\"before\": \"\(try served.commit("v1"))\", \"after\": \"\(String(repeating: "0", count: 40))\"}"
            #expect(try served.github(clone, "push", gone, name: "v1", type: "tag").result.status == 0)
            let lab = clone.setting("GITLAB_CI", to: "true").setting("CI_COMMIT_TAG", to: "v1")
            #expect(try lab.run("vx", ["ci"]).status == 0)
        }
    }

    @Test("GitLab: a merge request, a merged result, a branch", arguments: [false, true])
    func gitlab(merged: Bool) throws {
        try served { served in
            try served.runner.sh(
                "git switch -q dev/explore && echo 'print(2)' > t.py && git commit -qam more && git push -q origin dev/explore"
            )
            let head = try served.commit("dev/explore")
            try served.propose("dev/explore", for: "stable/model")
            let clone = try served.clone(of: merged ? "refs/pull/7/merge" : "refs/heads/dev/explore")
            var job = clone.setting("GITLAB_CI", to: "true").setting("CI_PIPELINE_SOURCE", to: "merge_request_event")
                .setting("CI_COMMIT_SHA", to: String(try clone.git("rev-parse", "HEAD").output.dropLast()))
                .setting("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", to: "stable/model")
                .setting("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", to: "dev/explore")
                .setting("CI_MERGE_REQUEST_PROJECT_ID", to: "1").setting("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", to: "2")
            if merged { job = job.setting("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", to: head) }
            let result = try job.run("vx", ["ci", "--junit", "vx.xml", "--markdown", "vx.md"])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(try clone.sh("cat vx.md").output.contains("no rule is broken in 1 commit of stable/model"))
            #expect(try clone.sh("head -2 vx.xml").output.contains("<testsuite name=\"vx ci\""))
        }
    }

    @Test("GitHub shows ten annotations: the tenth says how many there are")
    func annotations() throws {
        try served { served in
            let before = try served.commit("raw")
            try served.runner.sh(
                """
                git switch -q raw && for n in $(seq 13); do mkdir -p data && echo $n > data/$n.csv && vx add -q data
                git commit -qm $n --no-verify; done && git push -q --no-verify origin raw && vx push -q
                """)
            let payload = "{\"before\": \"\(before)\", \"after\": \"\(try served.commit("raw"))\"}"
            let (result, page) = try served.github(
                try served.clone(of: "refs/heads/raw"), "push", payload, name: "raw", arguments: ["--sarif", "s.json"])
            let lines = result.output.split(separator: "\n")
            #expect(result.status == 4 && lines.count == 10, "\(result.output)")
            #expect(lines.last == "::error title=vx::and 4 more: the run's page lists them all")
            #expect(page.split(separator: "\n").count { $0.hasPrefix("| raw-source") } == 13)
            // A code host refuses the whole file where one result has no place.
            try served.runner.sh(
                """
                python3 - ../clone-refs-heads-raw-1/s.json <<'END'
                import json, sys
                results = json.load(open(sys.argv[1]))["runs"][0]["results"]
                assert len(results) == 13
                for one in results: assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                END
                """)
        }
    }

    @Test("a batch on a monitoring branch that has drifted is refused; other branches bring none")
    func drift() throws {
        try served { served in
            try served.runner.sh(
                """
                table() { echo size,kind; for n in $(seq 60); do echo "$((n * 37 % 60 + $1)),k$((n % 3))"; done; }
                git switch -q stable/model && mkdir -p data && table 0 > data/train.csv && vx add -q data
                git commit -qm train --no-verify && git tag -m model m-v1 && git push -q --no-verify origin stable/model m-v1
                git switch -q monitoring/production && mkdir -p batches && table 1 > batches/1.csv && vx add -q batches
                git commit -qm 1 --trailer 'Model: m-v1' && table 40 > batches/2.csv && vx add -q batches
                git commit -qm 2 --trailer 'Model: m-v1' && git push -q --no-verify origin monitoring/production && vx push -q --all
                """)
            let name = "monitoring/production"
            func push(_ before: String, _ after: String) throws -> (result: CommandResult, page: String) {
                let payload =
                    "{\"before\": \"\(try served.commit(before))\", \"after\": \"\(try served.commit(after))\"}"
                return try served.github(try served.clone(of: "refs/heads/\(name)"), "push", payload, name: name)
            }
            let (second, page) = try push("\(name)~1", name)
            #expect(
                second.status == 4 && second.output.contains("title=drift::size: mean "),
                "\(second.output)\(second.errors)")
            #expect(page.contains("| `size` | **drift** |"))
            let (first, _) = try push("\(name)~2", "\(name)~1")
            #expect(first.status == 0, "\(first.output)\(first.errors)")
        }
    }

    @Test("on one's own machine, and under a server that is not known, what is typed is judged")
    func typed() throws {
        try served { served in
            try served.runner.sh(
                "git switch -q raw && mkdir -p data && echo 1 > data/z.csv && vx add -q data && git commit -qm z --no-verify"
            )
            let own = try served.runner.run("vx", ["ci"])
            #expect(own.status == 4 && own.output.contains("[raw-source]"), "\(own.output)\(own.errors)")
            #expect(own.output.contains("error: data/z.csv: its content is on no remote"))
            let typed = try served.runner.run("vx", ["ci", "--branch", "dev/x", "origin/raw..raw", "--json"])
            #expect(typed.status == 4 && typed.output.contains("\"missing\": [\n    \"data/z.csv\""), "\(typed.output)")
        }
    }
}

import Testing
import VxModel
import VxTestSupport

/// The ways in which a git whose hooks do not run leaves a pointer's text where data should be.
struct PointerTextCase: CustomTestStringConvertible, Sendable {
    var name: String
    /// Run in a repository whose last two commits have `data/a.csv` in the versions one and two, and where git gets no bytes.
    var script: String
    /// Where the text stands then, and which version it names.
    var path = "data/a.csv"
    var version: String
    /// What `vx hydrate` is to be told.
    var named: [String] = []

    var testDescription: String { name }

    private static let unfiltered =
        "git -c filter.vx.process= -c filter.vx.smudge= -c filter.vx.clean= -c filter.vx.required=false"

    static let all = [
        PointerTextCase(name: "restore", script: "git restore --source=HEAD~1 data/a.csv", version: "one"),
        PointerTextCase(name: "restore of all", script: "rm -r data && git restore .", version: "two"),
        PointerTextCase(name: "checkout of a path", script: "git checkout -q HEAD~1 -- data/a.csv", version: "one"),
        PointerTextCase(name: "checkout -p", script: "yes | git checkout -p HEAD~1 -- data/a.csv", version: "one"),
        PointerTextCase(name: "checkout", script: "git checkout -q --detach HEAD~1", version: "one"),
        PointerTextCase(name: "reset", script: "git reset -q --hard HEAD~1", version: "one"),
        PointerTextCase(
            name: "stash", script: "big three > data/a.csv && git stash -q && git stash pop -q", version: "three"),
        PointerTextCase(
            name: "stash of new files", script: "big three > data/b.csv && git stash -q -u && git stash pop -q",
            path: "data/b.csv", version: "three"),
        PointerTextCase(
            name: "stash of a new folder",
            script: "mkdir data/new && big three > data/new/b.csv && git stash -q -u && git stash pop -q",
            path: "data/new/b.csv", version: "three"),
        PointerTextCase(
            name: "apply", script: "git diff HEAD~1 HEAD > ../p && git reset -q --hard HEAD~1 && git apply ../p",
            version: "two"),
        PointerTextCase(
            name: "apply --index",
            script: "git diff HEAD~1 HEAD > ../p && git reset -q --hard HEAD~1 && git apply --index ../p",
            version: "two"),
        PointerTextCase(
            name: "am", script: "git format-patch -q -1 -o .. && git reset -q --hard HEAD~1 && git am -q ../0001*",
            version: "two"),
        PointerTextCase(
            name: "as pre-commit stashes",
            script: "big three > data/a.csv && git diff > ../p && git checkout -q -- . && git apply ../p",
            version: "three"),
        PointerTextCase(name: "archive", script: "git archive HEAD~1 data | tar x", version: "one"),
        PointerTextCase(
            name: "archive into a new folder", script: "mkdir data/old && git archive HEAD~1 data | tar x -C data/old",
            path: "data/old/data/a.csv", version: "one"),
        PointerTextCase(
            name: "checkout-index", script: "rm data/a.csv && git checkout-index data/a.csv", version: "two"),
        PointerTextCase(
            name: "sparse-checkout",
            script: "git sparse-checkout set --no-cone /code && git sparse-checkout disable", version: "two"),
        PointerTextCase(
            name: "rebase",
            script:
                "git checkout -q -b side HEAD~1 && echo 2 > more && git add more && git commit -qm more && git rebase -q main",
            version: "two"),
        PointerTextCase(
            name: "cherry-pick", script: "git checkout -q -b side HEAD~1 && git cherry-pick main > ../out",
            version: "two"),
        PointerTextCase(name: "revert", script: "git revert --no-edit HEAD > ../out", version: "one"),
        PointerTextCase(
            name: "no filter", script: "rm data/a.csv && \(unfiltered) checkout -q HEAD~1 -- data/a.csv",
            version: "one"),
        PointerTextCase(name: "written by hand", script: "git show HEAD~1:data/a.csv > data/a.csv", version: "one"),
        PointerTextCase(
            name: "a new file", script: "git show HEAD~1:data/a.csv > data/b.csv", path: "data/b.csv", version: "one"),
        PointerTextCase(
            name: "over plain content",
            script: """
                echo plain > data/b.csv && \(unfiltered) add data/b.csv && git commit -qm plain
                git show HEAD~1:data/a.csv > data/b.csv
                """,
            path: "data/b.csv", version: "two"),
        PointerTextCase(
            name: "a conflict's other side",
            script: """
                git checkout -q -b side HEAD~1 && big three > data/a.csv && git commit -qam three
                git merge -q main > ../out 2>&1 || git checkout -q --theirs data/a.csv
                """,
            version: "two"),
        PointerTextCase(
            name: "where no filter is", script: "git show HEAD~1:data/a.csv > other.csv", path: "other.csv",
            version: "one", named: ["other.csv"]),
    ]
}

@Suite("pointer text is seen and healed, however it came to stand there")
struct PointerTextTests {
    @Test(
        "vx status names it, nothing takes it for data, gc keeps what it names, hydrate lays that down",
        arguments: PointerTextCase.all)
    func healed(item: PointerTextCase) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let functions = "set -e; big() { seq -f \"$1 %.0f\" 2000; }\n"
            try project.runner.sh(
                functions + """
                    big one > data/a.csv && echo 1 > code && vx add -q data && git add . && git commit -qm one
                    big two > data/a.csv && git commit -qam two
                    git config vx.filterLimit 0 && git config core.hooksPath /dev/null
                    """)
            try project.runner.sh(functions + item.script)
            let text = try project.runner.sh("cat \(item.path)").stdout
            let pointer = try #require(Pointer(text), "the case does not do what it is there for")

            #expect(try status(project, of: item.path) == true)
            #expect(try project.runner.check("vx", ["status"]).output.contains(item.path))
            try project.runner.sh("vx gc --quiet --grace 0 && vx gc --quiet --grace 0 --empty-trash")
            for add in ["git add", "vx add --quiet"] where item.named.isEmpty {
                try project.runner.sh("cp .git/index ../index && \(add) \(item.path)")
                #expect(Pointer(try project.runner.sh("git cat-file blob :\(item.path)").stdout) == pointer)
                try project.runner.sh("cp ../index .git/index")
            }
            try project.runner.check("vx", ["hydrate", "--quiet"] + item.named)
            try project.runner.sh(functions + "big \(item.version) | cmp - \(item.path)")
            #expect(try status(project, of: item.path) != true)
        }
    }

    /// Whether `vx status` says that a file is pointer text; `nil` where it does not name it.
    private func status(_ project: Project, of path: String) throws -> Bool? {
        let json = try JSONValue.parse(project.runner.check("vx", ["status", "--json"]).stdout)
        guard case .array(let entries)? = json["unstaged"] else { return nil }
        for entry in entries where entry["path"]?.stringValue == path { return entry["pointerText"] == true }
        return nil
    }
}

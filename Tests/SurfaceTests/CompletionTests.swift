import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// `vx complete`, and the scripts by which shells ask it.
@Suite("completions, man pages and topics come from the commands themselves")
struct CompletionTests {
    private func project(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                mkdir -p 'with space' && echo 1 > data/one.csv && echo 2 > 'with space/two' && vx add -q data && git add -A
                git commit -qm data && git tag -m m v1 && git branch dev/x && vx remote add store ../store > /dev/null
                git branch 'a$(touch${IFS}ran)'
                """)
            try body(project.runner)
        }
    }

    private func words(_ runner: CommandRunner, _ typed: String...) throws -> [String] {
        try runner.check("vx", ["complete", "--"] + typed).output.split(separator: "\n").map {
            String($0.prefix { $0 != "\t" })
        }
    }

    @Test("each argument gets what it can be")
    func kinds() throws {
        try project { run in
            #expect(try words(run, "che") == ["checkout", "check"])
            #expect(try words(run, "remote", "a") == ["add"])
            #expect(try words(run, "add", "da") == [":files"])
            let options = try words(run, "add", "--no-such", "-")
            #expect(options.contains("--quiet"))
            #expect(try words(run, "checkout", "de") == [":files", "dev/x"])
            #expect(try words(run, "diff", "v") == ["v1"])
            #expect(try words(run, "check", "main..v") == ["main..v1"])
            #expect(try words(run, "check", "--branch", "de") == ["dev/x"])
            #expect(try words(run, "check", "--format", "s") == ["sarif"])
            #expect(try words(run, "check", "--format=s") == ["--format=sarif"])
            #expect(try words(run, "diff", "--format", "m") == ["markdown"])
            #expect(try words(run, "remote", "check", "") == ["store"])
            #expect(try words(run, "fetch", "--remote", "") == ["store"])
            #expect(try words(run, "reproduce", "") == [])
            #expect(try words(run, "help", "bran") == ["branches"])
            #expect(try words(run, "he") == ["help"])
            #expect(try words(run, "-C", ".", "help", "to") == ["tour"])
            #expect(try words(run, "help", "remote", "a") == ["add"])
            #expect(try words(run, "help", "tour", "") == [])
            #expect(try words(run, "remote", "he") == [])
            #expect(try words(run, "completions", "") == ["bash", "zsh", "fish"])
            #expect(try words(run, "add", "--", "--") == [":files"])
            #expect(try words(run, "-C", ".", "trust", "snapshot", "v") == ["v1"])
            #expect(try words(run, "nonsense", "x", "") == [])
        }
    }

    @Test("outside a repository there is less to offer, and no complaint")
    func outside() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            let result = try runner.check("vx", ["complete", "--", "checkout", ""])
            #expect(result.output == ":files\n" && result.errors.isEmpty)
        }
    }

    @Test("bash completes files beside revisions, and runs nothing that a branch is called")
    func bash() throws {
        try project { run in
            try run.sh(
                """
                cat > ../ask <<'END'
                source <(vx completions bash); complete -p vx
                ask() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _vx 2>/dev/null; printf '%s\\n' "${COMPREPLY[@]}"; }
                printf() { ((BASH_SUBSHELL)) && : > a-process; builtin printf "$@"; }
                ask vx checkout dev/; ask vx check --format = s; ask vx checkout 'a'; ask vx checkout v
                ask vx checkout d; ask vx checkout with; ask vx ls HEAD ''
                END
                touch vfile && git branch within
                """)
            let lines = try run.sh("bash ../ask").output.split(separator: "\n").map(String.init)
            #expect(lines.first?.contains("-o default") == true, "\(lines)")
            #expect(Array(lines.dropFirst().prefix(2)) == ["dev/x", "sarif"], "\(lines)")
            for word in ["v1", "vfile", "vx.yaml"] { #expect(lines.contains(word), "\(lines)") }
            #expect(lines.contains(#"a\$\(touch\$\{IFS\}ran\)"#), "\(lines)")
            // A branch beside a folder is shown whole: bash would show what is behind the last slash.
            #expect(lines.count { $0 == "dev/x" } == 3 && lines.contains("data/"), "\(lines)")
            #expect(lines.contains("within") && lines.contains(#"with\ space/"#), "\(lines)")
            #expect(lines.contains(".gitattributes") && !lines.contains(".git/"), "\(lines)")
            #expect(try run.sh("test ! -e a-process && echo no").output == "no\n", "each name costs a process")
            #expect(try run.sh("test ! -e ran && echo no").output == "no\n")
        }
    }

    @Test("fish completes commands, files and revisions", .enabled(if: has("fish"), "fish is not installed"))
    func fish() throws {
        try project { run in
            try run.sh("vx completions fish > ../vx.fish")
            func ask(_ line: String) throws -> [String] {
                try run.check("fish", ["--no-config", "-c", "source ../vx.fish; complete -C '\(line)'"]).output
                    .split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
            }
            #expect(try ask("vx checko") == ["checkout"])
            #expect(try ask("vx checkout de") == ["dev/x"])
            #expect(try ask("vx add da") == ["data/"])
            try run.sh("mkdir 'my d' && : > 'my d/a b' && : > \"$HOME/.own\"")
            #expect(try ask(#"vx add my\ d/"#) == ["my d/a b"])
            #expect(try ask(#"vx add "my d/a"#) == ["my d/a b"])
            #expect(try ask("vx add ~/.ow") == ["~/.own"])
            #expect(try ask(#"vx checkout "de"#) == ["dev/x"])
            let hostile = try ask("vx checkout a")
            #expect(hostile.contains { $0.contains("touch") })
            #expect(try run.sh("test ! -e ran && echo no").output == "no\n")
        }
    }

    @Test("zsh takes the script", .enabled(if: has("zsh"), "zsh is not installed"))
    func zsh() throws {
        try project { run in
            // The completion system itself needs a terminal: what the script asks for is put together here.
            try run.sh(
                """
                vx completions zsh > ../_vx && cat > ../ask <<'END'
                compdef() { print "compdef $*"; }
                compadd() { print -r -- "$1 $2 $3 $4: ${names[*]}"; }
                _files() { print files; }
                source ../_vx
                words=(vx checkout de) CURRENT=3 PREFIX=de; _vx
                END
                """)
            let lines = try run.check("zsh", ["-f", "../ask"]).output
            #expect(lines == "compdef _vx vx\n-l -d shown -a: dev/x\nfiles\n", "\(lines)")
        }
    }

    @Test("every command and every topic has a page, which man can read")
    func manual() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh("vx manual man --quiet")
            let names = try runner.sh("cd man && ls man1 man7").output
            for name in ["vx.1", "vx-add.1", "vx-remote-add.1", "vx-ci.1", "vx-branches.7", "vx-exit-codes.7"] {
                #expect(names.contains("\(name)\n"), "\(names)")
            }
            #expect(!names.contains("vx-hook.1"))
            let commands = try runner.sh("vx --help").output.split(separator: "\n")
                .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
                .compactMap { $0.split(separator: " ").first }.filter { $0.first?.isLowercase == true && $0 != "vx" }
            #expect(commands.count > 20)
            for command in commands where command != "help" { #expect(names.contains("vx-\(command).1\n")) }
            let page = try runner.sh("cat man/man1/vx-add.1").output
            let shells = try runner.sh("cat man/man1/vx-completions.1").output
            #expect(
                shells.contains(".nf\n    vx completions bash > ")
                    && shells.contains("\n    vx completions zsh > ~/.zfunc/_vx\n"))
            #expect(page.contains(".TH VX\\-ADD 1") && page.contains("\\-\\-quiet"), "\(page)")
            // No line begins with what roff would take for a request of its own.
            let known: Set<String> = [".TH", ".SH", ".TP", ".B", ".BR", ".PP", ".nf", ".fi"]
            for line in try runner.sh("cat man/man*/*").output.split(separator: "\n") where line.hasPrefix(".") {
                #expect(known.contains(String(line.prefix { $0 != " " })), "\(line)")
            }
        }
    }

    @Test("'vx help TOPIC' tells of what is no command, and what is neither is a mistake")
    func topics() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            let help = try runner.check("vx", ["help"]).output
            for topic in [
                "tour", "pointers", "store", "branches", "remotes", "security", "snapshots", "hooks", "exit-codes",
            ] {
                #expect(help.contains(topic))
                #expect(try runner.check("vx", ["help", topic]).output.split(separator: "\n").count > 4)
            }
            let wrong = try runner.run("vx", ["help", "bogus"])
            #expect(wrong.status == 2 && wrong.errors.contains("the topics of 'vx help TOPIC'"))
            let shell = try runner.run("vx", ["completions", "csh"])
            #expect(shell.status == 2 && shell.errors.contains("bash, zsh, fish"))
        }
    }
}

/// Whether a program is on the machine.
private func has(_ program: String) -> Bool {
    ["/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin"].contains { folder in
        (try? Files.targetStatus(FilePath("\(folder)/\(program)")))?.isExecutable == true
    }
}

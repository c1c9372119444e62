import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// Whether the programs' PATH of ``CommandRunner`` has what the packages are made with.
private let hasPython = ["/usr/local/bin", "/usr/bin"].contains { folder in
    ((try? Files.targetStatus(FilePath(folder).appending("python3"))) ?? nil)?.isExecutable == true
}

/// What `.ci/package` makes the packages of, as far as it can be had in moments: a script that runs the built vx stands for the
/// portable program. The packages themselves are held to what they promise by `check.sh` and `try.sh` (docs/releasing.md).
@Suite("packages", .enabled(if: hasPython, "python3 is not installed"))
struct PackagingTests {
    private static let scripts = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending(".ci/package").string

    private func withRunner(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            var runner = try CommandRunner(scratch)
            runner.environment["SOURCE_DATE_EPOCH"] = "1767323045"
            runner.environment["SCRIPTS"] = Self.scripts
            // By its own path, for it may be installed as the first 'vx' on PATH.
            try runner.sh(
                #"printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v vx)" > program && chmod +x program"#)
            try body(runner)
        }
    }

    @Test("the changelog begins with the program's version, and Debian's form of it does")
    func version() throws {
        try withRunner { run in
            let version = try run.sh("vx --version").output
            #expect(try run.sh("python3 \"$SCRIPTS/changelog.py\" version").output == version)
            let debian = try run.sh(
                "python3 \"$SCRIPTS/changelog.py\" debian \"$(vx --version)-1\" 'A <a@example.com>'")
            #expect(debian.output.hasPrefix("vx (\(version.prefix { $0 != "\n" })-1) unstable; urgency=medium\n\n  * "))
            // The lines that people paste from these name files and a tag of that version, and no other.
            for (page, places) in [("README.md", 3), ("examples/pre-commit/README.md", 2)] {
                let named = try run.sh(
                    """
                    grep -oE '(vx_data-|vx_|vx-|rev: v)[0-9]+\\.[0-9]+\\.[0-9]+' "$SCRIPTS/../../\(page)" | grep -oE '[0-9.]+$'
                    """
                ).output
                #expect(named == String(repeating: version, count: places), "\(page)")
            }
        }
    }

    @Test("a release takes the place of the packages of the last one, and of nothing else in the folder")
    func files() throws {
        try withRunner { run in
            let named = try run.sh(
                """
                mkdir out && cd out && touch vx.yaml vx vx-notes.md vx_1.2.3-1_amd64.deb vx-1.2.3-linux-x86_64.tar.gz
                touch vx_data-1.2.3-py3-none-any.whl SHA256SUMS && mkdir vx-folder.tar.gz && bash "$SCRIPTS/files.sh" .
                """)
            #expect(
                named.output
                    == "vx_data-1.2.3-py3-none-any.whl\nvx_1.2.3-1_amd64.deb\nvx-1.2.3-linux-x86_64.tar.gz\n")
            #expect(try run.sh("mkdir none && bash \"$SCRIPTS/files.sh\" none").output.isEmpty)
        }
    }

    @Test("the archive is unpacked into ~/.local by one line, and made twice, wherever, it is the same")
    func archive() throws {
        try withRunner { run in
            try run.sh(
                """
                mkdir one two && bash "$SCRIPTS/tarball.sh" ./program one && TZ=Asia/Tokyo bash "$SCRIPTS/tarball.sh" ./program two
                cmp one/*.tar.gz two/*.tar.gz
                mkdir -p "$HOME/.local/share" mine && chmod 700 "$HOME/.local/share" && ln -s "$PWD/mine" "$HOME/.local/bin"
                tar -xzf one/*.tar.gz --strip-components=1 -C "$HOME/.local"
                test -L "$HOME/.local/bin" && test -x mine/vx && test "$(stat -c %a "$HOME/.local/share")" = 700
                """)
            #expect(try run.sh("\"$HOME/.local/bin/vx\" --version").output == run.sh("vx --version").output)
            #expect(
                try run.sh("cd \"$HOME/.local\" && ls").output == "bin\nshare\n",
                "nothing else lands in the user's folder")
            try run.sh(
                "cd \"$HOME/.local/share\" && test -s man/man1/vx-add.1 && bash -n bash-completion/completions/vx")
            // Whoever has a package and nothing else has the workflows for CI.
            try run.sh(
                """
                cd "$HOME/.local/share/doc/vx/examples"
                for name in github.yml gitlab.yml; do cmp $name "$SCRIPTS/../../examples/ci/$name"; done
                """)
        }
    }

    @Test("the pages of the manual are of the release's day, whenever they are made, and of no other")
    func day() throws {
        try withRunner { run in
            try run.sh("vx manual -q dated && SOURCE_DATE_EPOCH= vx manual -q undated")
            for (folder, day) in [("dated", "2026-01-02"), ("undated", "")] {
                let heads = try run.sh("head -qn 1 \(folder)/man?/* | cut -d ' ' -f 4 | sort -u").output
                #expect(heads == "\"\(day)\"\n", "\(heads)")
            }
        }
    }

    @Test("the wheel says what it is, under which licence, and how to begin, and names no address")
    func wheel() throws {
        try withRunner { run in
            // What the stand-in asks of the C library.
            try run.sh("mkdir tools out && printf '#!/bin/sh\\necho GLIBC_2.31\\n' > tools/objdump && chmod +x tools/objdump")
            let tools = run.setting("PATH", to: "\(run.directory)/tools:\(run.environment["PATH"] ?? "")")
            let metadata = try tools.sh(
                """
                python3 "$SCRIPTS/wheel.py" ./program out > /dev/null && python3 -m zipfile -e out/*.whl unpacked
                cat unpacked/*.dist-info/METADATA
                """
            ).output
            let middle = try #require(metadata.firstRange(of: "\n\n"))
            let head = metadata[..<middle.lowerBound].split(separator: "\n")
            let text = metadata[middle.upperBound...]
            #expect(head.contains { $0.hasPrefix("License: ") } && head.count { $0.hasPrefix("Classifier: ") } > 5)
            let isOpen = try run.sh("cat \"$SCRIPTS/copyright\"").output.contains("License: not-chosen")
            #expect(head.contains { $0.contains("none chosen yet") } == isOpen)
            #expect(!metadata.contains("http:") && !metadata.contains("https:"))
            // Its lines can be pasted.
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
            #expect(lines.count > 3)
            let pasted = lines.joined(separator: "\n").split(separator: "/mnt/share").joined(separator: "\(run.directory)/share")
            let added = try run.sh("seq 9 > ~/table.csv\nset -e\n\(pasted)\ngit show HEAD~1:table.csv")
            #expect(added.output.contains("version vx/1\n"), "\(added)")
        }
    }

    @Test("what a package is tried with in an empty root works with this build")
    func walk() throws {
        try withRunner { run in
            let walked = try run.sh("sh \"$SCRIPTS/walk.sh\" \"$PWD/walk\"")
            #expect(walked.output.hasSuffix("\nwalked\n"))
        }
    }

    #if os(Linux)
        @Test("of a library's marks to be kept, code and constants lose theirs, and what is found by its section has it still")
        func loosen() throws {
            try withRunner { run in
                try run.sh(
                    """
                    mkdir -p libraries/linux && cd libraries && ln -s /nowhere link && echo text > linux/other.txt && cat > a.c <<'END'
                    #define KEPT(name) __attribute__((used, retain, section(name)))
                    KEPT(".text.called") int called(void) { return 1; }
                    KEPT(".text.uncalled") int uncalled(void) { return 2; }
                    KEPT(".rodata.unread") const char unread[] = "unread";
                    KEPT("swift5_types") const int found = 3;
                    END
                    echo 'int called(void); int main(void) { return called() - 1; }' > ../main.c
                    cc -c a.c && cc -c -o b.o ../main.c && ar rc linux/liba.a a.o && cp a.o linux/libtext.a
                    python3 "$SCRIPTS/loosen.py" . ../loose
                    """)
                let marked = "readelf -SW loose/linux/liba.a | awk '$0 ~ / [A-Z]*R[A-Z]* +[0-9]+ +[0-9]+ +[0-9]+$/ { print $2 $3 }'"
                #expect(try run.sh(marked).output.hasSuffix("]swift5_types\n"))
                let linked = """
                    cc -Wl,--gc-sections -o whole main.c libraries/linux/liba.a
                    cc -Wl,--gc-sections -o less main.c loose/linux/liba.a && ./less
                    for name in whole less; do nm $name | awk '$3 ~ /^(un)?called|^unread|^found/ { print $3 }' | sort | xargs; done
                    """
                #expect(try run.sh(linked).output == "called found uncalled unread\ncalled found\n")
                // What is no archive, or has no mark, stays where it is.
                let links = try run.sh("cd loose && readlink linux/other.txt linux/libtext.a link && test ! -L linux/liba.a")
                #expect(links.output.split(separator: "\n").count == 3, "\(links.output)")
            }
        }
    #endif

    @Test("README's lines lead from the archive to the first snapshot and a colleague, in under five minutes", .tags(.slow))
    func readme() throws {
        try withRunner { run in
            // A machine on which nothing was ever set up.
            var machine = run.setting("HOME", to: "\(run.directory)/reader")
            for role in ["AUTHOR", "COMMITTER"] {
                machine.environment["GIT_\(role)_NAME"] = nil
                machine.environment["GIT_\(role)_EMAIL"] = nil
            }
            let walked = try machine.sh(
                """
                mkdir release reader && bash "$SCRIPTS/tarball.sh" ./program release > /dev/null
                bash "$SCRIPTS/readme.sh" archive "$PWD/release" "$SCRIPTS/../../README.md"
                """)
            let counted = try #require(walked.output.split(separator: "\n").last)
            #expect(counted.hasPrefix("from nothing to the first snapshot: 23 commands, "), "\(counted)")
        }
    }
}

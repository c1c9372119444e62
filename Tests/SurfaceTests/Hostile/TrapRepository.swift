import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// A repository in which every string that could reach a shell, a program's arguments, an address or a path would leave a trace:
/// a file whose name begins with `pwned-`, or a request to a server on loopback.
struct TrapRepository {
    let scratch: Scratch
    /// The victim: keys in his environment, an rclone that leaves a trace where it is asked for more than its version, and a
    /// profile that leads to the server.
    let runner: CommandRunner
    let listener: LoopbackServer

    /// What `vx.yaml` may call a remote.
    static func remotes(_ port: Int) -> [String] {
        [
            #"url: "s3://bucket/p", endpoint: "http://127.0.0.1:\#(port)""#,
            #"url: "s3://bucket/p", endpoint: "http://127.0.0.1:\#(port)", anonymous: true"#,
            #"url: "s3://bucket/p", endpoint: "127.0.0.1:\#(port)", style: virtual"#,
            #"url: "s3://bucket/p", region: "x@127.0.0.1:\#(port)/#""#,
            #"url: "s3://x@127.0.0.1:\#(port)/p", style: virtual"#, #"url: "s3://bucket/p", profile: evil"#,
            #"url: "s3://bucket/p""#, #"url: "rclone::sftp,ssh=\"sh -c 'touch pwned-connection'\":/x/store-evil""#,
            #"url: "rclone:nas,ssh=\"sh -c 'touch pwned-parameter'\":/x/store-evil""#, #"url: "rclone:nas:store-evil""#,
            #"url: "rclone:--config=pwned:store-evil""#, #"url: "rclone:-vv:store-evil""#,
            #"url: "ssh://-oProxyCommand=touch%20pwned-ssh/x/store-evil""#, #"url: "ssh://me@-oX/x/store-evil""#,
            #"url: "ssh://host/x/store-evil""#, #"url: "sftp://host;touch pwned-host/x/store-evil""#,
            #"url: "--upload-pack=touch pwned-address""#, #"url: "file://-x/$(touch pwned-file)""#,
            #"url: "$(touch pwned-folder)/`touch pwned-tick`""#, #"url: ".git/vx""#, #"url: "../copy/.git/hooks""#,
            #"url: "http://127.0.0.1:\#(port)/""#, #"url: "https://127.0.0.1:\#(port)/""#,
        ]
    }

    init(_ scratch: Scratch, _ listener: LoopbackServer, remote: String) throws {
        self.scratch = scratch
        self.listener = listener
        var runner = try CommandRunner(scratch)
        for (name, value) in [
            "AWS_ACCESS_KEY_ID": "AKIAVICTIM", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "SESSTOKEN",
            "AWS_EC2_METADATA_DISABLED": "true", "VX_RCLONE": "\(scratch.home)/rclone", "GIT_ALLOW_PROTOCOL": "file",
        ] { runner = runner.setting(name, to: value) }
        self.runner = runner
        try scratch.write("../home/.aws/config", "[profile evil]\nendpoint_url = http://127.0.0.1:\(listener.port)\n")
        try runner.sh(Self.history)
        try scratch.write("evil/vx.yaml", Self.configuration(remote))
        try scratch.write("evil/.lfsconfig", "[lfs]\n\turl = http://127.0.0.1:\(listener.port)/\n")
        try runner.inside("evil").sh(Self.tree)
        try runner.sh("git clone --quiet --bare evil evil.git && git clone --quiet evil.git victim")
    }

    /// What vx makes: data with a history from raw to stable, a snapshot with its command and its record.
    private static let history = #"""
        printf '#!/bin/sh\n[ "$*" = version ] || touch "$SCRATCH/pwned-rclone"\n' > $HOME/rclone && chmod +x $HOME/rclone
        vx init --quiet --template evil && cd evil
        mkdir ../drop && printf 'id,label\n1,a\n2,b\n' > '../drop/$(touch pwned-ingest).csv' && printf 'x' > ../drop/-a.dat
        vx ingest --quiet ../drop --source '$(touch pwned-source)'
        vx clean --quiet && vx split --quiet
        git switch --quiet -c stable/evil
        mkdir data && echo 1 > data/a.csv && vx add --quiet data && echo '{"score": 1}' > metrics.json && echo m > model.txt
        git add -A && git commit --quiet --no-verify -m 'Model $(touch pwned-message)'
        vx snapshot --quiet --tag same --metrics metrics.json --model model.txt \
            --command 'touch "$SCRATCH/pwned-reproduce"; echo m > model.txt; echo "{\"score\": 1}" > metrics.json'
        git switch --quiet -c monitoring/evil main && mkdir -p data/monitoring && printf 'id\n1\n' > data/monitoring/b.csv
        vx add --quiet data && git add -A && git commit --quiet --no-verify -m 'Batch' && git switch --quiet main
        """#

    private static func configuration(_ remote: String) -> String {
        #"""
        version: 1
        roles: {dev: ["dev/*", "$(touch${IFS}pwned-role)/*"]}
        remotes:
          store: {\#(remote), default: true}
        clean:
          checks: [{files: "*.csv", run: "touch $SCRATCH/pwned-check # {path}"}]
          transforms:
            - {name: "$(touch pwned-name)", files: "*.dat", output: "$(touch pwned-output)/{stem}.txt",
               run: "touch $SCRATCH/pwned-transform; cp {input} {output}"}
        split: {from: "--output=pwned-split", group: {path: "(`touch pwned-group`)"}}
        drift: {reference: {tag: "--output=pwned-drift"}}
        tracking: {branch: main, path: "tracking/runs"}
        snapshot:
          command: "touch $SCRATCH/pwned-snapshot"
          params: "$(touch pwned-params).json"
          metrics: "`touch pwned-metrics`.json"
          model: ["--output=pwned-model"]

        """#
    }

    /// What stands in the tree of main, and names of branches and tags.
    private static let tree = #"""
        for name in git rclone ssh sh python3 python vx sed cat; do
            printf '#!/bin/sh\ntouch "$SCRATCH/pwned-program-%s"\n' $name > $name && chmod +x $name
        done
        for name in json importlib sitecustomize usercustomize platform; do
            printf 'open("%s/pwned-python-%s", "w")\n' "$SCRATCH" $name > $name.py
        done
        mkdir -p hooks .githooks data && for hook in pre-commit post-checkout pre-push reference-transaction; do
            cp git hooks/$hook && cp git .githooks/$hook
        done
        for name in '-rf' '--output=pwned-option' '$(touch pwned-name).bin' '`touch pwned-tick`.bin' \
            ';touch pwned-semicolon;.bin' '|touch pwned-pipe' '-C' '--upload-pack=touch pwned-pack'; do
            head -c 300 /dev/urandom > "data/$name" && head -c 300 /dev/urandom > "./$name"
        done
        vx add --quiet data ./-rf './$(touch pwned-name).bin'
        printf '[core]\n\thooksPath = hooks\n' > .gitconfig
        printf '[submodule "-x"]\n\tpath = sub\n\turl = ext::sh -c "touch pwned-module"\n\tupdate = !touch pwned-update\n' \
            > .gitmodules
        printf 'touch "$SCRATCH/pwned-envrc"\n' > .envrc
        printf '*.dat filter=evil diff=evil merge=evil\nvx.yaml ident\n' >> .gitattributes
        git add -A && git commit --quiet --no-verify -m 'More' -m 'Source: $(touch pwned-trailer)'
        git update-ref refs/heads/-x HEAD && git update-ref refs/heads/--output=pwned-branch HEAD
        git update-ref refs/tags/-d HEAD && git update-ref refs/tags/--output=pwned-tag HEAD
        git update-ref 'refs/heads/$(touch${IFS}pwned-ref)' HEAD && git update-ref 'refs/heads/dev/;touch' HEAD
        """#

    /// The traces that were left, of files and requests.
    func traces() throws -> [String] {
        let files = try runner.sh("find \"$SCRATCH\" -name 'pwned-*' | sort").output
        return files.split(separator: "\n").map(String.init) + listener.requests
    }

    /// Gives the victim the contents of the data, and the branches they are cleaned from and to.
    func takeData() throws {
        try runner.sh(
            """
            rm -rf victim/.git/vx && cp -R evil/.git/vx victim/.git/vx && cd victim
            git branch -q raw origin/raw && git branch -q clean origin/clean
            """)
    }

    /// Runs a command in a copy of the clone, as it was when it was made and set up.
    func run(_ words: [String]) throws -> CommandResult {
        try runner.sh("rm -rf copy && cp -R victim copy")
        return try runner.inside("copy").run(words[0], Array(words.dropFirst()))
    }
}

import VxModel

/// What `vx help TOPIC` tells of a thing that is no command.
struct HelpTopic {
    var name: String
    /// In one line.
    var title: String
    var text: String

    static func named(_ name: String) -> HelpTopic? { all.first { $0.name == name } }

    /// The topics in a line each.
    static var list: String {
        let width = all.map(\.name.count).max() ?? 0
        return all.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count + 2))\($0.title)" }
            .joined(separator: "\n")
    }

    static let all: [HelpTopic] = [
        HelpTopic(
            name: "tour", title: "From nothing to a snapshot.",
            text: """
                    vx init --template shop && cd shop      a repository with a branch for each role
                    vx ingest ~/data.csv --source "where it is from"
                    vx clean                                checks of vx.yaml; a report says what was left out
                    vx split                                train, validation and test: no row is on two sides
                    git switch dev/explore                  write train.py, 'git add' and commit it
                    git switch stable/model
                    git merge --no-ff --no-edit dev/explore
                    git merge --no-ff --no-edit split
                    python3 train.py
                    vx snapshot --tag v1 --metrics metrics.json --model model.json --command "python3 train.py"
                    vx runs                                 every snapshot with its metrics
                    vx reproduce v1                         train again, and compare

                Instead of the branches you may use a repository of your own: 'vx init', 'vx add DATA', 'git commit'.
                """),
        HelpTopic(
            name: "pointers", title: "What stands in git in place of a data file.",
            text: """
                A pointer is a text of three lines: its version, the SHA-256 of the file, and its size. Git keeps the pointer, and
                vx keeps the bytes in its store. In your folder stands the real file: git asks vx for it when it writes one.

                'vx add PATH' makes pointers, and adds a line to .gitattributes, by which git knows which paths are vx's. From then
                on 'git add' of the same path does it, too.

                A file may stand as pointer text where its bytes could not be had, or are larger than vx.filterLimit and
                no hook ran. 'vx status' names such files, and 'vx hydrate' puts the bytes there. Where vx is not installed, all
                data files are pointer text; nothing is lost by that.
                """),
        HelpTopic(
            name: "store", title: "Where the bytes are, and how they come back.",
            text: """
                The store is the folder .git/vx. It holds every content once, cut into chunks, which are checked when they are read.
                'vx du' says what takes how much.

                    vx gc                   removes what no branch, tag or reflog names
                    vx evict                removes what the remote is proven to hold
                    vx fsck                 reads and checks every byte; --repair mends from the remotes
                    vx init --store PATH    several repositories share one store
                """),
        HelpTopic(
            name: "branches", title: "The roles of branches, and their rules.",
            text: """
                    raw          data as it came, each commit with 'Source: WHERE'; it only grows
                    clean        made from raw by the checks of vx.yaml ('vx clean')
                    split        made from clean: train, validation, test ('vx split')
                    dev/*        code, of which nothing is asked
                    stable/*     code merged from dev, data merged from split, snapshots
                    monitoring/* batches from production, each with 'Model: TAG'
                    main         vx.yaml and the records of runs

                Hooks and 'vx check' hold to the same rules, 'vx ci' on a server. 'roles:' of main's vx.yaml gives branches other
                names, and 'policy: {rules: …}' says how much each rule matters. 'vx flow' tells where each branch stands.
                """),
        HelpTopic(
            name: "remotes", title: "Where data goes that others are to get.",
            text: """
                    vx remote add store s3://bucket/prefix      or /a/folder, ssh://host/path, rclone:NAME:path
                    git commit -am "Data goes to the bucket"    remotes are in vx.yaml, keys never are
                    git push                                    sends the data first, then git's refs

                A colleague types 'vx clone URL', and where the remote needs keys, 'vx trust' and 'vx hydrate'.

                Keys of a bucket are looked for in this order: this clone's git configuration (vx-remote.store.accessKeyId,
                secretAccessKey, sessionToken); AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, where vx.yaml names
                no profile; ~/.aws/credentials and ~/.aws/config, by that profile, AWS_PROFILE or 'default'; the container's
                endpoint; the instance's. With single sign-on and roles, AWS's own tools give them:

                    eval "$(aws configure export-credentials --profile work --format env)"

                ssh:// and rclone: take ssh's and rclone's own settings. In vx.yaml a remote is written so:

                    remotes:
                      store:
                        url: s3://bucket/prefix
                        region: eu-central-1            with 'endpoint:' and 'profile:' where they are needed
                """),
        HelpTopic(
            name: "security", title: "What a stranger's repository can do, and what it cannot.",
            text: """
                What a repository says is data until you say otherwise. Two things wait for your word, once in each clone: remotes
                that get your keys, and commands that 'vx clean' and 'vx reproduce' run.

                    vx trust            shows them in full, and trusts them
                    vx trust list       lists them
                    vx trust forget     takes it back

                A job of a CI server has nobody to ask: set its variable VX_TRUST to the ids that 'vx trust list --json' prints in a
                clone of yours, with commas between. It also takes 'remotes', 'commands' and 'all'; ids are for where strangers send
                pull requests, which can change vx.yaml.

                    VX_TRUST: ${{ vars.VX_TRUST }}      under 'env:' of the step, in a workflow of GitHub's
                    Settings, CI/CD, Variables          of the project, on GitLab

                The keys, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, are set in the same place, as secrets.
                """),
        HelpTopic(
            name: "snapshots", title: "A tag that names code, data, parameters, metrics and model.",
            text: """
                'vx snapshot --tag NAME' on a stable branch commits what the run has made, tags it, and records it on main. Each data
                file, parameter and metric is in it, with the environment and the command.

                    vx runs                     the records, with their metrics
                    git checkout NAME           code, data, model and metrics of then
                    vx reproduce NAME           runs the command again beside your work, and says what differs
                    vx diff NAME1 NAME2         data files added, changed, moved, removed

                A tag does not move: hooks, servers and 'vx ci' hold every tag against its record.
                """),
        HelpTopic(
            name: "hooks", title: "What vx sets up in a clone, and how git finds it.",
            text: """
                'vx install' writes git's filter and merge driver into the clone's configuration, and hooks into its folder. Hooks of
                yours stay, and run first. 'vx install --uninstall' takes all of it out.

                They look for vx on PATH, and then where it was when the clone was set up. Where there is none, git goes on:
                data files are pointer text, and adding data is refused. Where the hooks are someone else's (core.hooksPath, husky,
                pre-commit), 'vx install' says what to add. 'vx self-check' tells what is set up and what is not.
                """),
        HelpTopic(
            name: "exit-codes", title: "With which status a command ends.",
            text: """
                    0    done
                    1    failed
                    2    the command line makes no sense
                    3    partly done: the rest is named
                    4    refused: a rule, a check, or something you have not trusted yet
                    10   this is no repository
                    11   another process holds a lock
                    12   the remote does not let you in
                    13   something is damaged
                    130  interrupted
                    141  the reader of the output has gone away
                """),
    ]
}

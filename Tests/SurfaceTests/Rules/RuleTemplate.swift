import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A published project with every branch, made once; each test works in a copy.
enum RuleTemplate {
    private static let shared = Result {
        // It goes with the process: no test knows whether it is the last.
        atexit { try? Files.removeTree(RuleTemplate.folder) }
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh(script)
            try runner.sh("cp -r '\(scratch.work)' '\(folder)'")
        }
    }

    private static let folder = FilePath("/tmp").appending("vx-rules-\(getpid())")

    /// Lays a copy down in a scratch folder.
    ///
    /// - Returns: what runs commands in its work tree.
    static func copy(to scratch: Scratch) throws -> CommandRunner {
        try shared.get()
        let runner = try CommandRunner(scratch)
        try runner.sh("cp -r '\(folder)/.' .")
        return runner.inside("project")
    }

    private static let script = """
        git init --quiet --bare server.git
        vx init --quiet --template project
        cd project
        git remote add origin ../server.git
        printf 'clean: {checks: [{files: "*.csv", format: csv}]}\nsplit: {ratios: {train: 0.5, validation: 0.2, test: 0.3}}\n' > vx.yaml
        vx remote add --quiet store ../store
        git commit --quiet -a -m 'Remote and checks'
        for branch in raw clean split stable/model dev/explore monitoring/production; do git branch --quiet --force $branch main; done
        mkdir ../in
        for number in 1 2 3 4 5 6 7 8 9 10 11 12; do seq $number > ../in/$number.csv; done
        printf 'id\\n1,2\\n' > ../in/bad.csv
        vx ingest --quiet ../in --source 'the lab'
        vx clean --quiet
        vx split --quiet
        git switch --quiet dev/explore
        echo 'print(1)' > train.py
        git add train.py
        git commit --quiet -m Train
        git switch --quiet stable/model
        git merge --quiet --no-ff -m 'Take the code' dev/explore
        git merge --quiet --no-ff -m 'Take the data' split
        echo '{"score": 0.5}' > metrics.json
        vx snapshot --quiet --tag m-v1 --metrics metrics.json
        git switch --quiet monitoring/production
        mkdir batches
        seq 5 > batches/1.csv
        vx add --quiet batches
        git commit --quiet -m 'Batch 1' --trailer 'Model: m-v1'
        git switch --quiet main
        git push --quiet origin --all
        git push --quiet origin --tags
        # A copy takes as long as there are files.
        git gc --quiet
        git -C ../server.git gc --quiet
        rm -f .git/hooks/*.sample ../server.git/hooks/*.sample
        """
}

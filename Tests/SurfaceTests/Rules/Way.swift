/// A way in which plain git gets a commit onto a branch, or one off it.
enum Way: String, CaseIterable, Sendable {
    case commit
    case amend
    case rebase
    case forcePush = "force-push"
    case merge
    case revert
    case cherryPick = "cherry-pick"

    /// Whether git runs a hook that may refuse while the commit is made. For the others it is the push that is refused.
    var asksHook: Bool { [.commit, .amend, .merge].contains(self) }
}

/// How a rule is broken in one way: shell scripts that run in the work tree, one after the other.
struct Recipe: Sendable {
    /// Hooks are off.
    var setup: String
    /// Breaks the rule. `$v` is `--no-verify` where hooks are to be off; it is empty for the first try.
    var act: String
    /// Sends the result to the server.
    var push: String
    /// Whether `act` itself is refused while hooks are on.
    var isRefusedAtOnce: Bool
}

extension Way {
    /// What the scripts below are made of.
    ///
    /// - `plain`: git without any hook;
    /// - `record`: commits what is staged;
    /// - `elsewhere`: makes the breaking commit on a branch `topic`, which has no role.
    static func prelude(branch: String, stage: String, trailers: String) -> String {
        """
        branch=\(branch)
        plain() { git -c core.hooksPath=/dev/null "$@"; }
        stage() {
        \(stage)
        }
        record() { git commit --quiet -m Break \(trailers) "$@"; }
        elsewhere() { plain switch --quiet -c topic && stage && plain commit --quiet -m Break \(trailers) && plain switch --quiet $branch; }
        legal() { plain commit --quiet --allow-empty -m Legal; }

        """
    }

    /// How a commit that `stage` prepares gets onto the branch in this way.
    ///
    /// - Parameter writes: whether merging another branch that has it does not count, so that the merge must write it itself.
    func recipe(writes: Bool, seenByMergeHook: Bool) -> Recipe {
        let push = "git push --quiet \(self == .forcePush ? "--force " : "")origin $branch"
        switch self {
        case .commit: return Recipe(setup: "stage", act: "record $v", push: push, isRefusedAtOnce: true)
        case .amend:
            return Recipe(setup: "legal && stage", act: "record --amend $v", push: push, isRefusedAtOnce: true)
        case .rebase:
            return Recipe(
                setup: "elsewhere && legal", act: "git rebase --quiet topic", push: push, isRefusedAtOnce: false)
        case .forcePush:
            return Recipe(
                setup: """
                    legal && plain push --quiet origin $branch && plain reset --quiet --hard HEAD~1
                    stage && plain commit --quiet -m Break
                    """, act: "true", push: push, isRefusedAtOnce: false)
        case .merge where writes:
            return Recipe(
                setup: """
                    plain switch --quiet -c dev/topic && legal && plain switch --quiet $branch
                    plain merge --quiet --no-commit --no-ff dev/topic 2>/dev/null && stage
                    """, act: "record $v", push: push, isRefusedAtOnce: true)
        case .merge:
            return Recipe(
                setup: "elsewhere", act: "git merge --quiet --no-ff -m Merge $v topic", push: push,
                isRefusedAtOnce: seenByMergeHook)
        case .revert:
            // What was undone comes back. That it was ever published is not what is refused here.
            return Recipe(
                setup: """
                    stage && plain commit --quiet -m Break && plain revert --no-edit HEAD >/dev/null
                    plain push --quiet origin $branch
                    """, act: "git revert --no-edit HEAD >/dev/null", push: push, isRefusedAtOnce: false)
        case .cherryPick:
            return Recipe(
                setup: "elsewhere", act: "git cherry-pick topic >/dev/null", push: push, isRefusedAtOnce: false)
        }
    }
}

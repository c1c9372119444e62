import SystemPackage
import VxTestSupport

/// A library that kills a program at a named point: before its n-th call that changes a name on the disk or waits for the
/// disk.
struct KillShim {
    /// Where the library is.
    private let library: FilePath

    /// Builds it; `nil` where that cannot be done here.
    init?(_ scratch: Scratch, _ runner: CommandRunner) throws {
        guard ShimLibrary.canBeBuilt else { return nil }
        library = try ShimLibrary.build("Kills/kill_shim.c", scratch, runner)
    }

    /// The runner, with every vx that it starts counting its calls into `counts`, a line for each that comes to its end, and
    /// killed before the call of that number.
    ///
    /// - Parameter takesGroup: whether git and all else that it started go, too.
    func runner(_ runner: CommandRunner, counts: FilePath, at call: Int?, takesGroup: Bool = false) -> CommandRunner {
        runner.setting("LD_PRELOAD", to: library.description)
            .setting("VX_KILL_COUNTS", to: counts.description)
            .setting("VX_KILL_AT", to: call.map { "\($0)" })
            .setting("VX_KILL_GROUP", to: takesGroup ? "1" : nil)
    }
}

import Synchronization
import VxModel
import VxRemote
import VxSystem
import VxWorkspace

extension Session {
    /// How this command reaches remotes.
    var access: RemoteAccess {
        var access = RemoteAccess(environment: environment)
        access.isAttended = CurrentProcess.standardErrorIsTerminal
        access.warn = { Output.message("warning: \(VisibleText.line($0))\n") }
        if options.verbose {
            access.log = { line in Output.message("remote: \(VisibleText.line(line))\n") }
        }
        return access
    }

    /// Runs a transfer, and shows on standard error how far it is: a line on a terminal, events with `--json`.
    func showingProgress<Result>(_ body: (RemoteAccess) async throws -> Result) async throws -> Result {
        try await showingProgress(access, body)
    }

    func showingProgress<Result>(
        _ access: RemoteAccess, _ body: (RemoteAccess) async throws -> Result
    ) async throws -> Result {
        let isTerminal = CurrentProcess.standardErrorIsTerminal
        guard !options.quiet, options.json || isTerminal else { return try await body(access) }
        let line = ProgressLine(access.progress, asJSON: options.json)
        line.start()
        defer { line.stop() }
        return try await body(access)
    }
}

/// Looks at a transfer a few times a second and says how far it is. Silent for the first quarter of a second.
private final class ProgressLine: Sendable {
    private let progress: TransferProgress
    private let asJSON: Bool
    private let isDone = Cancellation()
    private let ended = Monitor(false)
    private let hasStarted = Mutex(false)

    init(_ progress: TransferProgress, asJSON: Bool) {
        self.progress = progress
        self.asJSON = asJSON
    }

    func start() {
        // Without a thread for it there is no progress to see, and the work goes on.
        let isRunning =
            (try? WorkerPool.detach { [self] in
                watch()
                ended.update { $0 = true }
            }) != nil
        hasStarted.withLock { $0 = isRunning }
    }

    func stop() {
        isDone.cancel()
        if hasStarted.withLock({ $0 }) { _ = ended.wait { $0 ? true : nil } }
    }

    private func watch() {
        let timing = Timing.system(isDone)
        let start = timing.now()
        timing.sleep(0.25)
        var hasShown = false
        while !isDone.isCancelled {
            show(timing.now() - start)
            hasShown = true
            timing.sleep(asJSON ? 1 : 0.1)
        }
        if hasShown, !asJSON { Output.progress("") }
    }

    private func show(_ elapsed: Double) {
        let moved = max(0, progress.moved.value)
        let expected = max(moved, progress.expected.value)
        let rate = elapsed > 0 ? Double(moved) / elapsed : 0
        let left = rate > 0 && moved > 0 ? Int(Double(expected - moved) / rate) : nil
        if asJSON {
            let event: JSONValue = [
                "type": "progress", "phase": .string(progress.phase.rawValue), "moved": .integer(Int64(moved)),
                "expected": .integer(Int64(expected)), "bytesPerSecond": .integer(Int64(rate)),
                "secondsLeft": left.map { .integer(Int64($0)) } ?? .null,
            ]
            Output.message(event.compact + "\n", as: .json)
            return
        }
        var text = progress.phase.rawValue
        if expected > 0 {
            text += " \(ByteCount.text(UInt64(moved))) of \(ByteCount.text(UInt64(expected)))"
            text += ", \(ByteCount.text(UInt64(rate)))/s"
            if let left, moved < expected { text += ", \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left" }
        }
        Output.progress(text)
    }
}

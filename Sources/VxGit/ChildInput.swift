import Subprocess
import Synchronization
import VxSystem

/// What a program gets on its standard input. A program that ends, or closes its input, before it has read all of it is no
/// failure of the writing: what it says, and with which status it ends, tell what happened.
struct ChildInput: InputProtocol {
    /// How far the writing came.
    final class Progress: Sendable {
        private let left: Mutex<Int>

        fileprivate init(_ count: Int) { left = Mutex(count) }

        fileprivate func wrote(_ count: Int) { left.withLock { $0 -= count } }

        /// Whether the program was given everything.
        var isWhole: Bool { left.withLock { $0 <= 0 } }
    }

    private let bytes: [UInt8]
    let progress: Progress

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        progress = Progress(bytes.count)
    }

    /// Never throws: Subprocess 1.0 closes its end of the pipe only after a write that did not, and traps else.
    func write(with writer: StandardInputWriter) async {
        if bytes.isEmpty { return }
        // The end of a program is not that of whoever reads our standard output, and must not end this process as that does.
        BrokenPipes.begin()
        defer { BrokenPipes.end() }
        do throws(SubprocessError) {
            progress.wrote(try await writer.write(bytes))
        } catch {
            // The pipe has no reader any more.
        }
    }
}

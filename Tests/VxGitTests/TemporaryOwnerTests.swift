import Testing
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Whose a temporary file is")
struct TemporaryOwnerTests {
    private func seconds(ago: Int64) -> FileTime {
        let now = FileTime.now()
        return FileTime(seconds: now.seconds - ago, nanoseconds: now.nanoseconds)
    }

    @Test(
        "what a process that runs has just written is its own; what is older than it was another's, of the same number")
    func numbersComeAgain() throws {
        let process = try ChildProcess.start(
            "sleep", words: [Array("sleep".utf8), Array("600".utf8)], [], naming: "sleep")
        defer {
            kill(process, SIGKILL)
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }
        let owner = TemporaryOwner(process: process, isOfThisMachine: true)
        #expect(owner.isRunning && !owner.isForsaken(modified: seconds(ago: 0)))
        #if os(Linux)
            #expect(owner.isForsaken(modified: seconds(ago: 60)))
        #endif
        // Another machine's number says nothing, and its clock little.
        let other = TemporaryOwner(process: process, isOfThisMachine: false)
        #expect(!other.isForsaken(modified: seconds(ago: 60)))
    }

    @Test("a process that is gone has left what it made; another machine's a day later")
    func gone() {
        let none: Int32 = 0x3fff_ffff
        #expect(TemporaryOwner(process: none, isOfThisMachine: true).isForsaken(modified: seconds(ago: 0)))
        #expect(!TemporaryOwner(process: none, isOfThisMachine: false).isForsaken(modified: seconds(ago: 3600)))
        #expect(TemporaryOwner(process: none, isOfThisMachine: false).isForsaken(modified: seconds(ago: 90_000)))
    }
}

import Synchronization
import Testing
import VxSystem

@Suite("Work handed out by folders")
struct FolderQueueTests {
    @Test(
        "all of it is handed out once, whatever the sizes",
        arguments: [[], [0], [1], [5, 0, 3], [100], [3, 3, 3, 250]])
    func all(counts: [Int]) throws {
        let queue = FolderQueue(counts: counts, batch: 4)
        let seen = Mutex<[[Int]]>(counts.map { _ in [] })
        try WorkerPool(width: 3).run { _ in
            var last: Int?
            while let (group, range) = queue.next(after: last) {
                last = group
                #expect(range.count <= 4)
                seen.withLock { $0[group] += range }
            }
        }
        #expect(seen.withLock { $0.map { $0.sorted() } } == counts.map { Array(0..<$0) })
    }

    @Test("a second thread starts in another folder, and helps where none is left")
    func order() {
        let queue = FolderQueue(counts: [3, 2], batch: 1)
        #expect(queue.next(after: nil)?.group == 0)
        #expect(queue.next(after: nil)?.group == 1)
        #expect(queue.next(after: 0)?.group == 0)
        #expect(queue.next(after: 1)?.group == 1)
        #expect(queue.next(after: 1)?.group == 0)
        #expect(queue.next(after: 1) == nil)
    }

    @Test("a queue that was stopped hands out nothing")
    func stopped() {
        let queue = FolderQueue(counts: [3], batch: 1)
        queue.stop()
        #expect(queue.next(after: nil) == nil)
    }
}

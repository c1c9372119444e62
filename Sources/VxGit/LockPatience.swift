import VxModel
import VxSystem

/// How long to wait for a lock of git's kind, a `<file>.lock`.
package struct LockPatience: Sendable {
    /// Seconds while a vx that lives holds it: it will let go.
    var ours: Double
    /// Seconds while something else holds it: a git that is at work, or one that was killed and has left it there.
    var others: Double
    /// Ends the waiting.
    var cancellation: Cancellation?

    /// For a command of the user's.
    package static func command(_ cancellation: Cancellation? = nil) -> LockPatience {
        LockPatience(ours: 30, others: 10, cancellation: cancellation)
    }

    /// For what git has started: git waits for it, perhaps with the lock in its own hands.
    package static func hook(_ cancellation: Cancellation? = nil) -> LockPatience {
        LockPatience(ours: 30, others: 1, cancellation: cancellation)
    }

    /// For what can be left undone.
    package static let none = LockPatience(ours: 0, others: 0)
}

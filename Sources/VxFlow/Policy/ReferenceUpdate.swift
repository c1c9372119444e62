import VxModel

/// A reference that moves, as a push or a range says it.
package struct ReferenceUpdate: Sendable, Equatable {
    /// `refs/heads/raw`, say.
    package var name: String
    /// `nil` where it is new.
    package var old: GitObjectID?
    /// `nil` where it is deleted.
    package var new: GitObjectID?

    package init(name: String, old: GitObjectID?, new: GitObjectID?) {
        self.name = name
        self.old = old
        self.new = new
    }
}

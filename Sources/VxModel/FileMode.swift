/// The kind of a git tree or index entry.
package enum FileMode: UInt32, Sendable {
    case tree = 0o040000
    case regular = 0o100644
    case executable = 0o100755
    case symlink = 0o120000
    case submodule = 0o160000

    /// Whether the entry is a file whose bytes vx could hold.
    package var isFile: Bool { self == .regular || self == .executable }
}

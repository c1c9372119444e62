/// What is wrong with a table: no failure of reading it, but of what it says.
package struct TableError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The record, counted from 1; the number of the line where no field spans lines.
    package var line: Int
    package var reason: String

    package var description: String { "line \(line): \(reason)" }
}

import ArgumentParser

/// A command that a shell gives thousands of paths: `vx add data/*`.
protocol ManyPathsCommand: ParsableCommand {
    /// Its last argument, which takes whatever is not an option.
    static var manyPaths: WritableKeyPath<Self, [String]> { get }
}

extension Add: ManyPathsCommand {
    static var manyPaths: WritableKeyPath<Self, [String]> { \.paths }
}

extension Checkout: ManyPathsCommand {
    static var manyPaths: WritableKeyPath<Self, [String]> { \.paths }
}

extension Evict: ManyPathsCommand {
    static var manyPaths: WritableKeyPath<Self, [String]> { \.paths }
}

extension Hydrate: ManyPathsCommand {
    static var manyPaths: WritableKeyPath<Self, [String]> { \.paths }
}

extension IngestCommand: ManyPathsCommand {
    static var manyPaths: WritableKeyPath<Self, [String]> { \.sources }
}

extension Ls: ManyPathsCommand {
    static var manyPaths: WritableKeyPath<Self, [String]> { \.revisionAndPaths }
}

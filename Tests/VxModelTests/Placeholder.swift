import Testing

@testable import VxModel

import CYaml
import VxModel

extension YAMLNode {
    /// The longest YAML text that is read: configuration and parameters are written by hand.
    package static let maximumBytes = 1 << 20
    /// The deepest nesting that is read, aliases included.
    package static let maximumDepth = 64
    /// The most nodes aliases may stand for together, so that a few lines cannot become gigabytes.
    package static let maximumExpansion = 100_000

    /// Reads one YAML document.
    ///
    /// - Parameter name: the file, for errors.
    /// - Returns: `nil` where there is no document: an empty file, or comments only.
    package static func parse(_ bytes: [UInt8], name: String) throws(VxError) -> YAMLNode? {
        guard bytes.count <= maximumBytes else {
            let (size, limit) = (ByteCount.text(UInt64(bytes.count)), ByteCount.text(UInt64(maximumBytes)))
            throw VxError(
                "\(name): cannot be read as YAML", because: "it has \(size), the limit is \(limit)",
                hint: "keep data out of it, or write the file as JSON")
        }
        let events = try YAMLEventStream(bytes, name: name)
        return try YAMLComposer(name: name).document(from: events)
    }

    /// Every scalar of a YAML text, keys and values alike, with the lines it is written on. Of an alias nothing is given: what it
    /// stands for is there by itself.
    ///
    /// - Parameter name: the file, for errors.
    /// - Throws: where the text is no YAML.
    package static func scalars(of bytes: [UInt8], name: String) throws(VxError) -> [WrittenScalar] {
        guard bytes.count <= maximumBytes else { return [] }
        let text = String(
            decoding: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let events = try YAMLEventStream(bytes, name: name)
        var scalars: [WrittenScalar] = []
        while true {
            let event = try events.next()
            if case .streamEnd = event.kind { return scalars }
            guard case .scalar(let text, _) = event.kind else { continue }
            scalars.append(WrittenScalar(text: text, lines: written(from: event.position, to: event.end, in: lines)))
        }
    }

    private static func written(from start: YAMLPosition, to end: YAMLPosition, in lines: [Substring]) -> [String] {
        guard start.line <= min(end.line, lines.count) else { return [] }
        var pieces: [String] = []
        for line in start.line...min(end.line, lines.count) {
            var text = lines[line - 1].unicodeScalars
            if line == end.line { text = text.prefix(end.column - 1) }
            if line == start.line { text = text.dropFirst(start.column - 1) }
            let blank: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
            text = text.drop(while: blank)
            while let last = text.last, blank(last) { text.removeLast() }
            // What only says how the lines below it are read.
            let isHeader = line == start.line && end.line > line && (text.first == "|" || text.first == ">")
            if !text.isEmpty, !isHeader { pieces.append(String(text)) }
        }
        return pieces
    }
}

/// A scalar as it is written.
package struct WrittenScalar: Sendable, Equatable {
    /// What it says.
    package let text: String
    /// What stands of it on each of its lines, without white space around it.
    package let lines: [String]
}

/// What libyaml reports, one thing at a time, as plain values.
struct YAMLEvent {
    enum Kind {
        case streamEnd
        case documentStart
        case alias(String)
        case scalar(String, YAMLNode.Style)
        case sequenceStart
        case mappingStart
        case collectionEnd
        /// The start of the stream and the end of a document carry nothing.
        case other
    }

    let kind: Kind
    let anchor: String?
    let tag: String?
    let position: YAMLPosition
    /// The place after its last character.
    let end: YAMLPosition
}

/// libyaml's parser, which keeps pointers into itself and so lives at one address until it is freed.
final class YAMLEventStream {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let name: String

    init(_ bytes: [UInt8], name: String) throws(VxError) {
        self.name = name
        // Windows editors put a byte order mark before the text; libyaml would take it for a part of the first key, which
        // then begins one column further to the right than those below it.
        let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        parser = .allocate(capacity: 1)
        // One byte more than needed keeps the address valid for an empty text.
        input = .allocate(capacity: bytes.count + 1)
        _ = input.initialize(from: bytes + [0])
        guard yaml_parser_initialize(parser) == 1 else {
            // The parser's memory holds nothing to free yet; deinit's delete accepts a zeroed parser.
            parser.initialize(to: yaml_parser_t())
            throw VxError("\(name): cannot be read as YAML", because: "libyaml has no memory")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(VxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let position = YAMLPosition(event.start_mark)
        func make(
            _ kind: YAMLEvent.Kind, anchor: UnsafeMutablePointer<yaml_char_t>? = nil,
            tag: UnsafeMutablePointer<yaml_char_t>? = nil
        ) -> YAMLEvent {
            YAMLEvent(
                kind: kind, anchor: anchor.map(Self.text), tag: tag.map(Self.text), position: position,
                end: YAMLPosition(event.end_mark))
        }
        switch event.type {
        case YAML_STREAM_END_EVENT: return make(.streamEnd)
        case YAML_DOCUMENT_START_EVENT: return make(.documentStart)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return make(.collectionEnd)
        case YAML_ALIAS_EVENT: return make(.alias(event.data.alias.anchor.map(Self.text) ?? ""))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return make(.sequenceStart, anchor: start.anchor, tag: start.tag)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return make(.mappingStart, anchor: start.anchor, tag: start.tag)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLNode.Style = scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted
            return make(
                .scalar(String(decoding: bytes, as: UTF8.self), style), anchor: scalar.anchor, tag: scalar.tag)
        default: return make(.other)
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>) -> String {
        String(cString: pointer)
    }

    /// libyaml's own words about why it stopped, with the place.
    private func failure() -> VxError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "unknown problem"
        let context = parser.pointee.context.map { String(cString: $0) + ", " } ?? ""
        if parser.pointee.error == YAML_READER_ERROR {
            // The reader stops at bytes, before there are lines.
            return YAMLNode.error(
                name, position(ofByte: Int(parser.pointee.problem_offset)), "this is not UTF-8 text", because: problem,
                hint: "save the file as UTF-8")
        }
        return YAMLNode.error(
            name, YAMLPosition(parser.pointee.problem_mark), "this is not valid YAML", because: context + problem,
            hint: "look at the indentation, colons and quotes on this line and the one before it; tabs cannot indent")
    }

    private func position(ofByte offset: Int) -> YAMLPosition {
        let before = input.prefix(min(offset, input.count - 1))
        let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        return YAMLPosition(line: before.count { $0 == 0x0a } + 1, column: before.count - lineStart + 1)
    }
}

extension YAMLPosition {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

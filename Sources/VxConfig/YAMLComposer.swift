import VxModel

/// Builds the tree from events, within the limits, without recursion.
struct YAMLComposer {
    private let name: String
    private var anchors: [String: YAMLNode] = [:]
    private var expanded = 0
    private var open: [Frame] = []

    /// A collection whose end has not come yet.
    private struct Frame {
        let isMapping: Bool
        let anchor: String?
        let position: YAMLPosition
        var elements: [YAMLNode] = []
        var entries: [YAMLNode.Entry] = []
        var keys: [String: YAMLPosition] = [:]
        var pendingKey: (text: String, style: YAMLNode.Style, position: YAMLPosition)?
    }

    init(name: String) {
        self.name = name
    }

    func document(from events: YAMLEventStream) throws(VxError) -> YAMLNode? {
        var composer = self
        return try composer.compose(events)
    }

    private mutating func compose(_ events: YAMLEventStream) throws(VxError) -> YAMLNode? {
        var root: YAMLNode?
        var documents = 0
        while true {
            let event = try events.next()
            var complete: YAMLNode?
            switch event.kind {
            case .streamEnd: return root
            case .other: continue
            case .documentStart:
                documents += 1
                guard documents == 1 else {
                    throw error(event.position, "a second document starts here", hint: "keep one document in the file")
                }
                continue
            case .sequenceStart, .mappingStart: try begin(event)
            case .collectionEnd: complete = end()
            case .alias(let anchor): complete = try resolve(anchor, at: event.position)
            case .scalar(let text, let style):
                let node = YAMLNode(.scalar(text, try self.style(style, of: event)), at: event.position)
                if let anchor = event.anchor { anchors[anchor] = node }
                complete = node
            }
            guard let complete else { continue }
            if open.isEmpty { root = complete } else { try place(complete) }
        }
    }

    private mutating func begin(_ event: YAMLEvent) throws(VxError) {
        var isMapping = false
        if case .mappingStart = event.kind { isMapping = true }
        guard open.count < YAMLNode.maximumDepth else { throw tooDeep(event.position) }
        let expected = isMapping ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq"
        if let tag = event.tag, tag != expected, tag != "!" { throw unknownTag(tag, event.position) }
        // An anchor names nothing until its collection ends, so a node can never contain itself.
        if let anchor = event.anchor { anchors[anchor] = nil }
        try checkKeyPosition(event.position)
        open.append(Frame(isMapping: isMapping, anchor: event.anchor, position: event.position))
    }

    private mutating func end() -> YAMLNode? {
        guard let frame = open.popLast() else { return nil }
        let node = YAMLNode(
            frame.isMapping ? .mapping(frame.entries) : .sequence(frame.elements), at: frame.position)
        if let anchor = frame.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func resolve(_ anchor: String, at position: YAMLPosition) throws(VxError) -> YAMLNode {
        if open.contains(where: { $0.anchor == anchor }) {
            throw error(position, "the alias '*\(anchor)' stands inside what it names", hint: "write the value out")
        }
        guard let node = anchors[anchor] else {
            throw error(
                position, "the alias '*\(anchor)' names nothing",
                hint: "put '&\(anchor)' before the value it stands for")
        }
        expanded += node.weight
        guard expanded <= YAMLNode.maximumExpansion else {
            throw error(
                position, "aliases stand for more than \(YAMLNode.maximumExpansion) values",
                hint: "write the values out, or keep them in a data file")
        }
        guard open.count + node.height <= YAMLNode.maximumDepth else { throw tooDeep(position) }
        return node.moved(to: position)
    }

    /// Gives a finished node to the collection it belongs to: as an element, a key or a value.
    private mutating func place(_ node: YAMLNode) throws(VxError) {
        let last = open.count - 1
        guard open[last].isMapping else {
            open[last].elements.append(node)
            return
        }
        if let key = open[last].pendingKey {
            open[last].pendingKey = nil
            open[last].entries.append(
                YAMLNode.Entry(key: key.text, keyStyle: key.style, position: key.position, value: node))
            return
        }
        guard case .scalar(let text, let style) = node.content else {
            throw error(node.position, "a key must be a single value, found \(node.kind)")
        }
        if let first = open[last].keys[text] {
            throw error(
                node.position, "the key '\(text)' is given twice", because: "it is first given on line \(first.line)",
                hint: "keep one of them")
        }
        open[last].keys[text] = node.position
        open[last].pendingKey = (text, style, node.position)
    }

    /// A collection that starts where a key is expected would be a key of several values.
    private func checkKeyPosition(_ position: YAMLPosition) throws(VxError) {
        guard let frame = open.last, frame.isMapping, frame.pendingKey == nil else { return }
        throw error(
            position, "a key must be a single value", hint: "put quotes around a key that starts with '[' or '{'")
    }

    /// The tags of YAML's own schema say how to read a scalar; any other names a type vx cannot make.
    private func style(_ style: YAMLNode.Style, of event: YAMLEvent) throws(VxError) -> YAMLNode.Style {
        switch event.tag {
        case nil: return style
        case "!", "tag:yaml.org,2002:str": return .quoted
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return .plain
        case let tag?: throw unknownTag(tag, event.position)
        }
    }

    private func unknownTag(_ tag: String, _ position: YAMLPosition) -> VxError {
        error(position, "the tag '\(tag)' is not known", hint: "remove the tag; only plain values are read")
    }

    private func tooDeep(_ position: YAMLPosition) -> VxError {
        error(position, "nested deeper than \(YAMLNode.maximumDepth) levels")
    }

    private func error(
        _ position: YAMLPosition, _ message: String, because cause: String? = nil, hint: String? = nil
    ) -> VxError {
        YAMLNode.error(name, position, message, because: cause, hint: hint)
    }
}

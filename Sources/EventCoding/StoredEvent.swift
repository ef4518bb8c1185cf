public import AccueilDomain

/// An event as it stands in the log, within an answer or a notification: its line, without the end.
public struct StoredEvent: FieldValue {
    public let line: ArraySlice<UInt8>

    public static var shape: Shape { .map(names: Identifier.self, values: FieldTree.self) }

    public init(_ line: ArraySlice<UInt8>) { self.line = line }

    public init(from source: some ValueSource) throws(Malformed) {
        line = JSONWriter.bytes(of: try LooseFields(from: source))[...]
    }

    public func write(to sink: inout some ValueSink) { sink.json(line) }
}

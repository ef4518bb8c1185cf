/// Writes JSON into one growing buffer: no white space, fields in the order of their record.
public struct JSONWriter: ValueSink {
    public var bytes: [UInt8] = []
    private var needsComma = false

    public init() {}

    /// The bytes written for one value.
    public static func bytes(of value: some FieldValue) -> [UInt8] {
        var writer = JSONWriter()
        value.write(json: &writer)
        return writer.bytes
    }

    public mutating func text(_ value: String) {
        bytes.append(0x22)
        var copy = value
        copy.withUTF8 { utf8 in
            var start = 0
            for index in utf8.indices where unsafe Self.isEscaped(utf8[index]) {
                unsafe append(utf8[start..<index])
                unsafe escape(utf8[index])
                start = index + 1
            }
            unsafe append(utf8[start...])
        }
        bytes.append(0x22)
    }

    public mutating func plain(_ value: borrowing Span<UInt8>) {
        bytes.append(0x22)
        unsafe value.withUnsafeBufferPointer { unsafe append($0[...]) }
        bytes.append(0x22)
    }

    public mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(0x2D) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    public mutating func boolean(_ value: Bool) { literal(value ? "true" : "false") }

    public mutating func elements<Element: FieldValue>(_ values: [Element]) {
        bytes.append(0x5B)
        var isFirst = true
        for value in values {
            if !isFirst { bytes.append(0x2C) }
            isFirst = false
            value.write(json: &self)
        }
        bytes.append(0x5D)
    }

    public mutating func members<Value: FieldValue>(_ members: [(name: String, value: Value)]) {
        object { writer in
            for (name, value) in members { writer.member(named: name) { value.write(json: &$0) } }
        }
    }

    public mutating func record(_ record: some Record) {
        object { writer in
            var copy = record
            copy.write(fields: &writer)
        }
    }

    public mutating func json(_ text: ArraySlice<UInt8>) { raw(text) }

    /// JSON text as it stands, for instance an event's line.
    public mutating func raw(_ json: some Sequence<UInt8>) { bytes.append(contentsOf: json) }

    public mutating func literal(_ json: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        let outer = needsComma
        needsComma = false
        bytes.append(0x7B)
        members(&self)
        bytes.append(0x7D)
        needsComma = outer
    }

    /// A member of the object being written.
    public mutating func member(_ name: StaticString, _ value: (inout JSONWriter) -> Void) {
        key(name)
        value(&self)
    }

    public mutating func member(_ name: StaticString, _ value: some FieldValue) {
        key(name)
        value.write(json: &self)
    }

    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        text(value)
    }

    /// A member whose name is only known at run time.
    public mutating func member(named name: String, _ value: (inout JSONWriter) -> Void) {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
        text(name)
        bytes.append(0x3A)
        value(&self)
    }

    private mutating func key(_ name: StaticString) {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
        bytes.append(0x22)
        literal(name)
        bytes.append(0x22)
        bytes.append(0x3A)
    }

    private mutating func append(_ run: Slice<UnsafeBufferPointer<UInt8>>) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: run))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x0A: literal("\\n")
        case 0x0D: literal("\\r")
        case 0x09: literal("\\t")
        case 0x22, 0x5C:
            bytes.append(0x5C)
            bytes.append(byte)
        default:
            literal("\\u00")
            bytes.append(byte < 0x10 ? 0x30 : 0x31)
            let low = byte & 0x0F
            bytes.append(low < 10 ? 0x30 + low : 0x57 + low)
        }
    }
}

extension JSONWriter: FieldVisitor {
    public mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { member(name, value) }

    public mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value?) {
        if let value { member(name, value) }
    }

    public mutating func preset<Value: FieldValue>(_ name: StaticString, _ value: inout Value) { member(name, value) }

    public mutating func list<Value: FieldValue>(_ name: StaticString, _ value: inout [Value]) {
        if !value.isEmpty { member(name, value) }
    }

    public mutating func embed(_ record: inout some Record) { record.write(fields: &self) }
}

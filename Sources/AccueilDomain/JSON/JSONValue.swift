/// A value on the parser's tape. Copy it freely, but use it only until the parser's next document.
///
/// The tape (simdjson's doc/tape.md): one 64-bit word per value, its type in the high byte; a number's word is followed
/// by the number; a string's word points into the string buffer, at a 32-bit length; an object's or a list's word holds
/// the index just past its end.
@safe public struct JSONValue: @unchecked Sendable {
    private let tape: UnsafePointer<UInt64>
    private let strings: UnsafePointer<UInt8>
    private let index: Int

    package init(tape: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>, index: Int) {
        unsafe self.tape = tape
        unsafe self.strings = strings
        self.index = index
    }

    public enum Kind: UInt8 {
        case object = 0x7B
        case list = 0x5B
        case text = 0x22
        case integer = 0x6C
        case largeInteger = 0x75
        case fraction = 0x64
        case yes = 0x74
        case no = 0x66
        case null = 0x6E
    }

    public var kind: Kind {
        guard let kind = Kind(rawValue: UInt8(word >> 56)) else { preconditionFailure("not a value of the tape") }
        return kind
    }

    /// The members of an object, to be gone through one after the other; `nil` when the value is not an object.
    public var members: Members? { kind == .object ? Members(of: self) : nil }

    /// The members of an object in their order.
    public struct Members {
        private let object: JSONValue
        /// The name of the next member, unless this is the end.
        private var next: JSONValue
        private let end: Int
        /// How many were found before their turn, or after it.
        public private(set) var outOfOrder = 0

        fileprivate init(of object: JSONValue) {
            self.object = object
            next = object.after(1)
            end = object.index + object.length - 1
        }

        public var isEmpty: Bool { next.index == end }

        /// The next member.
        public mutating func take() -> (key: JSONValue, value: JSONValue)? {
            guard next.index < end else { return nil }
            let (key, value) = (next, next.after(1))
            next = value.after(value.length)
            return (key, value)
        }

        /// The next member, if it has that name.
        public mutating func take(_ name: StaticString) -> JSONValue? {
            guard next.index < end, next.equals(name) else { return nil }
            let value = next.after(1)
            next = value.after(value.length)
            return value
        }

        /// The next member if it has that name, or else the first that has.
        public mutating func find(_ name: StaticString) -> JSONValue? {
            if let value = take(name) { return value }
            if isEmpty, outOfOrder == 0 { return nil }
            var all = Members(of: object)
            while let (key, value) = all.take() {
                guard key.equals(name) else { continue }
                outOfOrder += 1
                return value
            }
            return nil
        }
    }

    /// Goes through the members of an object in their order; `false` when the value is not an object.
    @discardableResult
    public func forEachMember<Failure: Error>(
        _ body: (_ key: JSONValue, _ value: JSONValue) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        guard var members else { return false }
        while let (key, value) = members.take() { try body(key, value) }
        return true
    }

    /// Goes through the elements of a list; `false` when the value is not a list.
    @discardableResult
    public func forEachElement<Failure: Error>(_ body: (JSONValue) throws(Failure) -> Void) throws(Failure) -> Bool {
        guard kind == .list else { return false }
        var element = after(1)
        let end = index + length - 1
        while element.index < end {
            try body(element)
            element = element.after(element.length)
        }
        return true
    }

    public func equals(_ name: StaticString) -> Bool {
        guard word >> 56 == UInt64(Kind.text.rawValue) else { return false }
        let (start, count) = unsafe content
        guard count == name.utf8CodeUnitCount else { return false }
        for offset in 0..<count where unsafe start[offset] != name.utf8Start[offset] { return false }
        return true
    }

    public var string: String? { text { String(copying: $0) } }

    private var word: UInt64 { unsafe tape[index] }

    /// The value so many words further on the tape.
    private func after(_ words: Int) -> JSONValue {
        unsafe JSONValue(tape: tape, strings: strings, index: index + words)
    }

    /// The words it takes on the tape.
    private var length: Int {
        switch kind {
        case .object, .list: Int(word & 0xFFFF_FFFF) - index
        case .integer, .largeInteger, .fraction: 2
        case .text, .yes, .no, .null: 1
        }
    }

    /// The bytes of a text.
    private var content: (start: UnsafePointer<UInt8>, count: Int) {
        let start = unsafe strings + Int(truncatingIfNeeded: word & 0xFF_FFFF_FFFF_FFFF)
        return unsafe (start + 4, Int(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)))
    }

    /// simdjson lets a lone low surrogate through as bytes that are not UTF-8 (0xED followed by 0xA0 or more).
    package func hasLoneSurrogate() -> Bool {
        var found = false
        func look(_ value: JSONValue) {
            switch value.kind {
            case .text:
                value.text { bytes in
                    var index = 0
                    while index + 1 < bytes.count {
                        if bytes[index] == 0xED, bytes[index + 1] >= 0xA0 { found = true }
                        index += 1
                    }
                }
            case .object:
                value.forEachMember { key, value in
                    look(key)
                    look(value)
                }
            case .list: value.forEachElement { look($0) }
            case .integer, .largeInteger, .fraction, .yes, .no, .null: break
            }
        }
        look(self)
        return found
    }
}

extension JSONValue: ValueSource {
    @discardableResult
    public func text<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result? {
        guard kind == .text else { return nil }
        let (start, count) = unsafe content
        let buffer = unsafe UnsafeBufferPointer(start: start, count: count)
        return body(unsafe buffer.span)
    }

    public func integer() -> Int64? {
        guard kind == .integer else { return nil }
        let value = unsafe Int64(bitPattern: tape[index + 1])
        return value.magnitude < 1 << 53 ? value : nil
    }

    public func boolean() -> Bool? {
        switch kind {
        case .yes: true
        case .no: false
        case .object, .list, .text, .integer, .largeInteger, .fraction, .null: nil
        }
    }

    public func elements<Element: FieldValue>(of type: Element.Type) throws(Malformed) -> [Element]? {
        var elements: [Element] = []
        let isList = try forEachElement { (element: JSONValue) throws(Malformed) in
            do throws(Malformed) { elements.append(try Element(json: element)) } catch {
                throw error.inside("[\(elements.count)]")
            }
        }
        return isList ? elements : nil
    }

    public func members<Value: FieldValue>(of type: Value.Type) throws(Malformed) -> [(name: String, value: Value)]? {
        var members: [(name: String, value: Value)] = []
        var names: Set<String> = []
        // The names are data here: a fault is told by its place, for one of them may be a person's.
        let isObject = try forEachMember { (key: JSONValue, value: JSONValue) throws(Malformed) in
            let name = key.string ?? ""
            let place = "[\(members.count)]"
            guard names.insert(name).inserted else { throw Malformed(path: place, expected: "given once") }
            do throws(Malformed) { members.append((name, try Value(json: value))) } catch { throw error.inside(place) }
        }
        return isObject ? members : nil
    }

    public func fill(_ record: inout some Record) throws(Malformed) -> Bool {
        guard var reader = FieldReader(self) else { return false }
        try record.read(from: &reader)
        if !reader.isFinished { throw try reader.leftOver(from: record) }
        return true
    }
}

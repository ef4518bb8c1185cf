/// Parts of a JSON text exactly as they stand, found without reading what is in them: an event's line has to come out
/// of a response byte for byte.
///
/// The text should be valid JSON; where it is not, the answer is `nil` or a part that no parser accepts.
public struct JSONText: Sendable {
    public let bytes: ArraySlice<UInt8>

    public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// The members of an object in their order, or `nil` when the text is not an object. Names are compared as they are
    /// written: those of the protocol need no escapes.
    public func members() -> [(name: String, value: JSONText)]? {
        var members: [(name: String, value: JSONText)] = []
        var cursor = Cursor(bytes)
        guard cursor.take(0x7B) else { return nil }
        if cursor.take(0x7D) { return members }
        repeat {
            guard let name = cursor.takeValue(), name.count >= 2, cursor.take(0x3A), let value = cursor.takeValue()
            else {
                return nil
            }
            members.append((String(decoding: name.dropFirst().dropLast(), as: UTF8.self), JSONText(value)))
        } while cursor.take(0x2C)
        return cursor.take(0x7D) ? members : nil
    }

    /// The elements of a list in their order, or `nil` when the text is not a list.
    public func elements() -> [JSONText]? {
        var elements: [JSONText] = []
        var cursor = Cursor(bytes)
        guard cursor.take(0x5B) else { return nil }
        if cursor.take(0x5D) { return elements }
        repeat {
            guard let value = cursor.takeValue() else { return nil }
            elements.append(JSONText(value))
        } while cursor.take(0x2C)
        return cursor.take(0x5D) ? elements : nil
    }

    public func member(_ name: String) -> JSONText? { members()?.first { $0.name == name }?.value }

    /// A whole number, or one in quotes as an event's `sequence` is.
    public var integer: Int? { Int(string ?? String(decoding: bytes, as: UTF8.self)) }

    /// A string without escapes.
    public var string: String? {
        guard bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 else { return nil }
        let inside = bytes.dropFirst().dropLast()
        return inside.contains(0x5C) ? nil : String(decoding: inside, as: UTF8.self)
    }
}

/// A place in a JSON text.
private struct Cursor {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    private mutating func skipSpace() {
        while index < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < bytes.endIndex, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func takeValue() -> ArraySlice<UInt8>? {
        skipSpace()
        let start = index
        var depth = 0
        while index < bytes.endIndex {
            switch bytes[index] {
            case 0x22: skipString()
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D:
                // The end of what is around a number or a word.
                if depth == 0 { return start == index ? nil : bytes[start..<index] }
                depth -= 1
            case 0x2C, 0x3A, 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return start == index ? nil : bytes[start..<index] }
            default: break
            }
            guard index < bytes.endIndex else { return nil }
            let ends = depth == 0 && [0x22, 0x7D, 0x5D].contains(bytes[index])
            index += 1
            if ends { return bytes[start..<index] }
        }
        return depth == 0 && start < index ? bytes[start..<index] : nil
    }

    /// From the opening quote to the closing one.
    private mutating func skipString() {
        index += 1
        while index < bytes.endIndex, bytes[index] != 0x22 { index += bytes[index] == 0x5C ? 2 : 1 }
    }
}

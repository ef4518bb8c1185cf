/// Reads a sheet as other programs write it: RFC 4180 with any of three delimiters, lines that end in LF or CRLF, a byte
/// order mark or none.
///
///     line start ──"──► quoted ──"──► after quote ──"──► quoted
///         │                              │ delimiter, end of line
///         └──other──► plain ─────────────┴──► next field, next record
public struct SheetReader {
    public static let delimiters: [UInt8] = [0x2C, 0x3B, 0x09]

    /// A row of the sheet.
    public struct Record: Sendable, Equatable {
        /// The line on which it begins, from 1; a record with line breaks in its fields goes over several.
        public let line: Int
        public let fields: [String]
        /// As it stands in the file, without its end.
        public let bytes: [UInt8]
    }

    /// What is wrong with a sheet, and on which line.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        public let line: Int
        public let reason: String

        public init(line: Int, reason: String) {
            self.line = line
            self.reason = reason
        }

        public var description: String { "line \(line): \(reason)" }
    }

    private let bytes: [UInt8]
    private let delimiter: UInt8
    private var position = 0
    private var line = 1

    /// - Parameter delimiter: where `nil`, the one of which the first record has most.
    public init(_ bytes: [UInt8], delimiter: UInt8? = nil) {
        self.bytes = bytes
        if bytes.starts(with: Array(SheetLine.byteOrderMark.utf8)) { position = 3 }
        self.delimiter = delimiter ?? Self.sniffed(bytes)
    }

    /// The next record that is not blank.
    public mutating func next() throws(Fault) -> Record? {
        while position < bytes.count {
            let (start, startLine) = (position, line)
            let fields = try record()
            var end = position
            while end > start, [0x0A, 0x0D].contains(bytes[end - 1]) { end -= 1 }
            guard start < end else { continue }
            return Record(line: startLine, fields: fields, bytes: Array(bytes[start..<end]))
        }
        return nil
    }

    private mutating func record() throws(Fault) -> [String] {
        var fields: [String] = []
        while true {
            fields.append(try field())
            guard position < bytes.count else { return fields }
            let ending = bytes[position]
            position += 1
            if ending == delimiter {
                // A delimiter at the very end has an empty field behind it.
                guard position < bytes.count else { return fields + [""] }
                continue
            }
            if ending == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
            line += 1
            return fields
        }
    }

    /// Up to the delimiter or the end of the line, which are left.
    private mutating func field() throws(Fault) -> String {
        var text: [UInt8] = []
        let start = line
        if position < bytes.count, bytes[position] == 0x22 {
            position += 1
            while true {
                guard position < bytes.count else { throw Fault(line: start, reason: "a quote is never closed") }
                let byte = bytes[position]
                position += 1
                if byte == 0x22 {
                    guard position < bytes.count, bytes[position] == 0x22 else { break }
                    position += 1
                }
                if byte == 0x0A { line += 1 }
                text.append(byte)
            }
            guard position == bytes.count || isEnding(bytes[position]) else {
                throw Fault(line: line, reason: "after a closing quote comes a delimiter or the end of the line")
            }
        } else {
            while position < bytes.count, !isEnding(bytes[position]) {
                text.append(bytes[position])
                position += 1
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Fault(line: start, reason: "it is not UTF-8; save the sheet as «CSV UTF-8»")
        }
        return string
    }

    private func isEnding(_ byte: UInt8) -> Bool { byte == delimiter || byte == 0x0A || byte == 0x0D }

    private static func sniffed(_ bytes: [UInt8]) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes {
            if byte == 0x22 { isQuoted.toggle() }
            guard !isQuoted else { continue }
            if byte == 0x0A || byte == 0x0D { break }
            if delimiters.contains(byte) { counts[byte, default: 0] += 1 }
        }
        return delimiters.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? delimiters[0]
    }
}

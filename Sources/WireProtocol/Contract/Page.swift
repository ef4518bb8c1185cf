import AccueilDomain
import EventCoding

extension FieldTree {
    /// Columns within which a value stands on one line.
    private static let columns = 100

    /// JSON text that people read, and whose changes they see: what is short on one line, the rest one member a line.
    var page: [UInt8] {
        var text: [UInt8] = []
        write(to: &text, indent: 0)
        return text + [0x0A]
    }

    private func write(to text: inout [UInt8], indent: Int) {
        let line = JSONWriter.bytes(of: self)
        guard indent + line.count > Self.columns else {
            text += line
            return
        }
        switch self {
        case .object(let members):
            Self.write(members, between: (0x7B, 0x7D), to: &text, indent) { member, text in
                text += JSONWriter.bytes(of: Prose(member.name)) + [0x3A, 0x20]
                member.value.write(to: &text, indent: indent + 2)
            }
        case .list(let elements):
            Self.write(elements, between: (0x5B, 0x5D), to: &text, indent) { element, text in
                element.write(to: &text, indent: indent + 2)
            }
        case .text, .number, .flag: text += line
        }
    }

    private static func write<Part>(
        _ parts: [Part], between brackets: (UInt8, UInt8), to text: inout [UInt8], _ indent: Int,
        _ write: (Part, inout [UInt8]) -> Void
    ) {
        text.append(brackets.0)
        for (index, part) in parts.enumerated() {
            text += (index > 0 ? [0x2C, 0x0A] : [0x0A]) + Array(repeating: 0x20, count: indent + 2)
            write(part, &text)
        }
        text += [0x0A] + Array(repeating: 0x20, count: indent) + [brackets.1]
    }
}

import AccueilDomain
import EventCoding
import Sheets

/// A value as one cell of a sheet, or one word of the command line, holds it.
///
/// Texts, numbers, days and codes stand for themselves, flags are `true` and `false`. The elements of a list stand with
/// semicolons between them; a record, and a list that would be ambiguous so, is its JSON.
enum CellText {
    static func field(_ value: FieldTree?, shape: Shape) -> SheetLine.Field {
        guard let value else { return .text("") }
        return shape.isNumber ? .number(text(value)) : .text(text(value))
    }

    private static func text(_ value: FieldTree) -> String {
        switch value {
        case .text(let text): return text
        case .number(let number): return "\(number)"
        case .flag(let flag): return flag ? "true" : "false"
        case .list(let list):
            let words = list.compactMap(word)
            return words.count == list.count ? words.joined(separator: ";") : json(value)
        case .object: return json(value)
        }
    }

    /// An element that can stand between semicolons.
    private static func word(_ value: FieldTree) -> String? {
        switch value {
        case .text(let text): text.contains(";") || text.hasPrefix("[") ? nil : text
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .list, .object: nil
        }
    }

    private static func json(_ value: FieldTree) -> String {
        String(decoding: JSONWriter.bytes(of: value), as: UTF8.self)
    }

    /// What a cell says where a value of this shape belongs; `nil` where it says nothing of the kind.
    static func value(_ cell: String, shape: Shape, dates: DateOrder = .ymd) -> FieldTree? {
        if shape.isInteger { return Int64(cell).map(FieldTree.number) }
        if shape.isBoolean { return flag(cell).map(FieldTree.flag) }
        if case .code(let codes) = shape { return codes.contains(cell) ? .text(cell) : nil }
        if shape.isTime { return time(cell, isDay: shape.isDay, dates).map(FieldTree.text) }
        if let element = shape.element {
            if cell.hasPrefix("[") { return parsed(cell) }
            // Ids have neither commas nor blanks in them, texts may.
            let words = cell.split { $0 == ";" || (element.isIdentifier || element.isCode) && [",", " "].contains($0) }
            let values = words.compactMap { value(trimmed($0), shape: element, dates: dates) }
            return values.count == words.count ? .list(values) : nil
        }
        return cell.hasPrefix("{") ? parsed(cell) : .text(cell)
    }

    /// Without the blanks around it.
    static func trimmed(_ text: some StringProtocol) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func flag(_ cell: String) -> Bool? {
        switch cell.lowercased() {
        case "true", "yes", "1", "vrai", "oui": true
        case "false", "no", "0", "faux", "non": false
        default: nil
        }
    }

    private static func parsed(_ json: String) -> FieldTree? {
        // The parser must outlive the value it made.
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        return parser.parse(Array(json.utf8).span).flatMap { try? FieldTree(from: $0) }
    }

    /// As it goes over the wire. Words such as `yesterday` are none: a file says the same on every day.
    private static func time(_ cell: String, isDay: Bool, _ dates: DateOrder) -> String? {
        guard let iso = dates.iso(cell), let moment = Moment(argument: iso) else { return nil }
        switch moment {
        case .day(let day): return day.description
        case .instant(let time): return isDay ? nil : time.description
        }
    }
}

/// In which order the numbers of a date stand: `2016-11-10`, `10/11/2016`, `11/10/2016`.
enum DateOrder: String, CaseIterable {
    case ymd, dmy, mdy

    /// The date with year, month and day in this order; `nil` where there are no such numbers. What follows a blank or
    /// a `T` stays as it is.
    func iso(_ text: String) -> String? {
        let end = text.firstIndex { $0 == " " || $0 == "T" } ?? text.endIndex
        let parts = text[..<end].split(omittingEmptySubsequences: false) { ["-", "/", "."].contains($0) }
        guard parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return nil
        }
        let (year, month, day) =
            switch self {
            case .ymd: (parts[0], parts[1], parts[2])
            case .dmy: (parts[2], parts[1], parts[0])
            case .mdy: (parts[2], parts[0], parts[1])
            }
        guard year.count == 4, (1...2).contains(month.count), (1...2).contains(day.count) else { return nil }
        func two(_ digits: Substring) -> String { digits.count == 1 ? "0" + digits : String(digits) }
        return "\(year)-\(two(month))-\(two(day))" + text[end...]
    }
}

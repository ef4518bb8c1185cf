import Glibc

/// What the reader's end of a stream can show.
struct Terminal {
    /// Columns; without a terminal $COLUMNS, 40 at least, or else 80.
    let width: Int
    /// Lines; 24 where there is no terminal.
    let height: Int
    let isTerminal: Bool
    /// The cursor can be moved: what was written can be written over.
    let isMovable: Bool
    let hasColours: Bool
    /// Beyond ASCII: bars, thin spaces, an ellipsis.
    let hasUnicode: Bool

    /// Colours: https://no-color.org; character set: POSIX's order of the locale variables.
    init(_ descriptor: Int32) {
        isTerminal = isatty(descriptor) == 1
        var size = winsize()
        let isKnown = unsafe isTerminal && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        width = isKnown ? Int(size.ws_col) : environment("COLUMNS").flatMap { Int($0) }.map { max(40, $0) } ?? 80
        height = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
        isMovable = isTerminal && environment("TERM") != "dumb"
        hasColours = isMovable && environment("NO_COLOR") == nil
        let locale = environment("LC_ALL") ?? environment("LC_CTYPE") ?? environment("LANG") ?? ""
        hasUnicode = locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
    }

    /// One that is described instead of asked.
    init(width: Int, height: Int, hasColours: Bool, hasUnicode: Bool) {
        (self.width, self.height, self.hasColours, self.hasUnicode) = (width, height, hasColours, hasUnicode)
        (isTerminal, isMovable) = (true, true)
    }

    var ellipsis: String { hasUnicode ? "…" : "~" }

    func styled(_ text: String, _ style: Style) -> String {
        hasColours && style != .plain ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// 12 345, with a space that does not break where there is one.
    func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += hasUnicode ? "\u{202F}" : " " }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// `part` of `whole` as a bar; more than the whole ends in a plus sign.
    func bar(_ part: Int, of whole: Int, width: Int = 10) -> String {
        let block = hasUnicode ? "▇" : "#"
        guard whole > 0 else { return part > 0 ? String(repeating: block, count: width) + "+" : "" }
        guard part <= whole else { return String(repeating: block, count: width) + "+" }
        // Something is never shown as nothing, and only the whole as everything.
        let length = part <= 0 ? 0 : max(1, part * width / whole)
        return String(repeating: block, count: length)
    }
}

/// ANSI's codes (ECMA-48, SGR).
enum Style: String {
    case plain = "0"
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
}

/// A variable of the environment; `nil` where it is empty.
func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// A text as it can be shown anywhere: control, formatting and direction characters are written out.
func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isUnsafeToShow) else { return text }
    return text.unicodeScalars.map { $0.isUnsafeToShow ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
}

extension Unicode.Scalar {
    var isUnsafeToShow: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }
}

import AccueilDomain

/// The language of a report.
public enum Language: String, CaseIterable, Sendable {
    case fr, en

    /// The words of this language.
    func callAsFunction(_ french: String, _ english: String) -> String {
        switch self {
        case .fr: french
        case .en: english
        }
    }
}

// Numbers, days and amounts as one writes them in each language.

/// No-break space, as wide as a space; between a number and its unit.
let noBreak = "\u{A0}"
/// Narrow no-break space; between the thousands in French.
let narrow = "\u{202F}"

extension Language {
    /// `7 567`, `7,567`
    func number(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += self(narrow, ",") }
            text.append(digit)
        }
        return text
    }

    /// `22,8`, `22.8`; no more decimals than it takes.
    func number(_ decimal: Decimal) -> String {
        let parts = decimal.description.split(separator: ".", maxSplits: 1)
        guard let whole = Int(parts[0]) else { preconditionFailure("a decimal begins with a whole number") }
        let sign = whole == 0 && decimal < Decimal(0) ? "−" : ""
        return sign + number(whole) + (parts.count == 2 ? self(",", ".") + parts[1] : "")
    }

    /// A number of tenths with its decimal, `9,2`.
    func tenths(_ tenths: Int) -> String {
        number(tenths / 10) + self(",", ".") + String(tenths.magnitude % 10)
    }

    /// `80 %`, `80%`
    func percent(_ percent: String) -> String { percent + self(noBreak + "%", "%") }
    func percent(_ percent: Int) -> String { self.percent(number(percent)) }

    /// `23 mars 2017`, `23 March 2017`
    func day(_ day: Day) -> String {
        let (year, month, date) = day.civil
        let ordinal = date == 1 ? self("1er", "1") : String(date)
        return [ordinal, self.month(month), String(year)].joined(separator: noBreak)
    }

    /// `mars 2017`, out of `2017-03`; anything else as it is.
    func month(_ key: String) -> String {
        let parts = key.split(separator: "-")
        guard parts.count == 2, let month = Int(parts[1]), (1...12).contains(month) else { return key }
        return self.month(month) + noBreak + parts[0]
    }

    /// `mars 17`, for an axis.
    func shortMonth(_ key: String) -> String {
        let parts = key.split(separator: "-")
        guard parts.count == 2, let month = Int(parts[1]), (1...12).contains(month) else { return key }
        let french = [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
        ]
        let english = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return self(french[month - 1], english[month - 1]) + noBreak + parts[0].suffix(2)
    }

    private func month(_ month: Int) -> String {
        let french = [
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
            "décembre",
        ]
        let english = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        return self(french[month - 1], english[month - 1])
    }

    /// An amount in minor units, `470 000 €`; minor units are shown only where there are any.
    func money(_ minorUnits: Int, _ currency: Currency) -> String {
        let unit = (0..<currency.minorDigits).reduce(1) { unit, _ in unit * 10 }
        let (whole, rest) = minorUnits.magnitude.quotientAndRemainder(dividingBy: UInt(unit))
        var text = (minorUnits < 0 ? "−" : "") + number(Int(whole))
        if rest > 0 {
            let digits = String(rest)
            text += self(",", ".") + String(repeating: "0", count: currency.minorDigits - digits.count) + digits
        }
        return money(text, currency.description)
    }

    /// A number that is already written, with the sign or code of its currency.
    func money(_ amount: String, _ code: String) -> String {
        switch (self, code) {
        case (.fr, "EUR"): amount + noBreak + "€"
        case (.en, "EUR"): "€" + amount
        case (.fr, _): amount + noBreak + code
        case (.en, _): code + noBreak + amount
        }
    }

    /// `heading : text` with the space that French sets before a colon.
    var colon: String { self(noBreak + ": ", ": ") }

    func quoted(_ text: String) -> String { self("«" + noBreak + text + noBreak + "»", "“" + text + "”") }

    /// One of two forms of a noun: French counts 0 and 1 alike, English does not.
    func plural(_ count: Int, _ french: (one: String, more: String), _ english: (one: String, more: String)) -> String {
        switch self {
        case .fr: count < 2 ? french.one : french.more
        case .en: count == 1 ? english.one : english.more
        }
    }
}

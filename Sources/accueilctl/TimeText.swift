import AccueilDomain
import Glibc

/// Times and days as people type them: the forms of systemd.time(7), and RFC 3339.
enum TimeText {
    /// Reads `text`; `nil` when it is no time.
    ///
    /// RFC 3339; a date or `today`, `yesterday`, `tomorrow`, a clock time (`14:00`, of today where there is no date), or
    /// both, behind them perhaps `UTC` or an offset, before them perhaps their day of the week; `now`; a span before or
    /// after now (`-2h`, `+1h 30min`, `2 days ago`); `@` and seconds since 1970. A date alone is a day. Days and clock times
    /// are those of the time zone that is `offsetMinutes` ahead of UTC at a time in microseconds since 1970.
    static func moment(_ text: String, now: Timestamp, _ offsetMinutes: (Int64) -> Int16) -> Moment? {
        if let time = Timestamp(text) { return .instant(time) }
        if let microseconds = sinceEpoch(text) ?? sinceNow(text).map({ now.microseconds + $0 }) {
            let then = Timestamp(microseconds: microseconds, offsetMinutes: offsetMinutes(microseconds))
            return Day.bounds.contains(day(of: then)) ? .instant(then) : nil
        }
        return Spoken(text, today: day(of: now))?.moment(offsetMinutes)
    }

    /// The civil day at the place where the time was written.
    static func day(of time: Timestamp) -> Day {
        let local = time.microseconds + Int64(time.offsetMinutes) * 60_000_000
        let days = local / 86_400_000_000
        return Day(rawValue: Int32(local % 86_400_000_000 < 0 ? days - 1 : days))
    }

    static func now() -> Timestamp {
        var clock = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &clock)
        let microseconds = Int64(clock.tv_sec) * 1_000_000 + Int64(clock.tv_nsec) / 1000
        return Timestamp(microseconds: microseconds, offsetMinutes: localOffsetMinutes(microseconds))
    }

    /// The offset from UTC of this machine's, or the user's (`TZ`), time zone.
    static func localOffsetMinutes(_ microseconds: Int64) -> Int16 {
        var seconds = time_t(microseconds / 1_000_000)
        var civil = unsafe tm()
        unsafe localtime_r(&seconds, &civil)
        return unsafe Int16(civil.tm_gmtoff / 60)
    }

    /// `@1478764800`, `@1478764800.5`, in microseconds since 1970.
    private static func sinceEpoch(_ text: String) -> Int64? {
        guard text.first == "@" else { return nil }
        return microseconds(text.dropFirst(), ofUnit: 1_000_000)
    }

    /// `now`, `-2h`, `+1h 30min`, `2 days ago`, in microseconds from now.
    private static func sinceNow(_ text: String) -> Int64? {
        if text == "now" { return 0 }
        if text.hasSuffix(" ago") { return span(text.dropLast(4)).map { -$0 } }
        switch text.first {
        case "-": return span(text.dropFirst()).map { -$0 }
        case "+": return span(text.dropFirst())
        default: return nil
        }
    }

    /// `1h 30min`: the sum of numbers with their units; at most 400 years.
    private static func span(_ text: Substring) -> Int64? {
        var rest = text.drop { $0 == " " }
        guard !rest.isEmpty else { return nil }
        var sum: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count).drop { $0 == " " }
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count).drop { $0 == " " }
            guard let unit = unit(name), let part = microseconds(number, ofUnit: unit), part <= 400 * year else {
                return nil
            }
            sum += part
            guard sum <= 400 * year else { return nil }
        }
        return sum
    }

    private static let year: Int64 = 31_557_600_000_000

    /// The units of systemd.time(7), in microseconds; a month is a twelfth of a year of 365.25 days.
    private static func unit(_ name: Substring) -> Int64? {
        switch name {
        case "us", "usec", "µs", "μs": 1
        case "ms", "msec": 1000
        case "s", "sec", "second", "seconds": 1_000_000
        case "m", "min", "minute", "minutes": 60_000_000
        case "h", "hr", "hour", "hours": 3_600_000_000
        case "d", "day", "days": 86_400_000_000
        case "w", "week", "weeks": 604_800_000_000
        case "M", "month", "months": year / 12
        case "y", "year", "years": year
        default: nil
        }
    }

    /// `1.5` of a unit; at most nine digits before the point, or twelve of a unit that is a second, and six behind it.
    private static func microseconds(_ number: Substring, ofUnit unit: Int64) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }),
            let whole = Int64(parts[0])
        else { return nil }
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
        guard !isTooLarge, product < 1 << 62 else { return nil }
        guard parts.count == 2 else { return product }
        guard parts[1].count <= 6, let fraction = Int64(parts[1]) else { return nil }
        let scale = (0..<parts[1].count).reduce(Int64(1)) { scale, _ in scale * 10 }
        return product + (unit / scale) * fraction + (unit % scale) * fraction / scale
    }

    fileprivate static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// A day, a clock time, or both, in words.
private struct Spoken {
    private let day: Day
    /// `08:00:05.5`
    private let clock: String?
    /// Minutes ahead of UTC; `nil` where nothing is said of it.
    private let offset: Int?

    init?(_ text: String, today: Day) {
        var words = text.split(separator: " ")
        // 2016-11-10T08:00, without an offset.
        if let first = words.first, first.dropFirst(10).first == "T" {
            words.replaceSubrange(0..<1, with: [first.prefix(10), first.dropFirst(11)])
        }
        let weekday = words.first.flatMap { Self.weekday($0) }
        if weekday != nil { words.removeFirst() }
        var said: Day?
        if let word = words.first, let day = Self.day(word, today: today) {
            said = day
            words.removeFirst()
        }
        day = said ?? today
        var clock: String?
        if let word = words.first, word.contains(":"), word.first != "+", word.first != "-" {
            // The seconds may be left out.
            clock = word.count == 5 ? word + ":00" : String(word)
            words.removeFirst()
        }
        self.clock = clock
        offset = words.first.flatMap { Self.offset($0) }
        if offset != nil { words.removeFirst() }
        guard words.isEmpty, said != nil || clock != nil else { return nil }
        // 1970-01-01 was a Thursday.
        if let weekday, (Int(day.rawValue) % 7 + 7 + 3) % 7 != weekday { return nil }
    }

    func moment(_ offsetMinutes: (Int64) -> Int16) -> Moment? {
        if clock == nil, offset == nil { return .day(day) }
        guard let civil = Timestamp("\(day)T\(clock ?? "00:00:00")Z")?.microseconds else { return nil }
        if let offset {
            return .instant(Timestamp(microseconds: civil - Int64(offset) * 60_000_000, offsetMinutes: Int16(offset)))
        }
        // The offset of the time itself; taken twice, for the first guess may lie across a change of the clocks.
        var local = offsetMinutes(civil)
        local = offsetMinutes(civil - Int64(local) * 60_000_000)
        return .instant(Timestamp(microseconds: civil - Int64(local) * 60_000_000, offsetMinutes: local))
    }

    private static func day(_ word: Substring, today: Day) -> Day? {
        switch word {
        case "today": today
        case "yesterday": today + -1
        case "tomorrow": today + 1
        default: Day(String(word))
        }
    }

    /// 0 for Monday; in full or in three letters, whatever their case.
    private static func weekday(_ word: Substring) -> Int? {
        let word = word.lowercased()
        return ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            .firstIndex { $0 == word || $0.prefix(3) == word }
    }

    /// `UTC`, `Z`, `+01:00`, `+0100`, `+01`.
    private static func offset(_ word: Substring) -> Int? {
        if word == "UTC" || word == "Z" { return 0 }
        let digits = word.dropFirst().filter { $0 != ":" }
        guard word.first == "+" || word.first == "-", digits.count == 2 || digits.count == 4,
            digits.utf8.allSatisfy(TimeText.isDigit), let hours = Int(digits.prefix(2)), hours < 24,
            let minutes = digits.count == 4 ? Int(digits.suffix(2)) : 0, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (word.first == "-" ? -1 : 1)
    }
}

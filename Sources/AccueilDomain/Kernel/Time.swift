/// A civil day of the register's time zone, counted from 1970-01-01; written `2017-03-23`.
public struct Day: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 1900-01-01 to 2199-12-31: outside it is a typing error, not a fact.
    public static let bounds = Day(rawValue: -25567)...Day(rawValue: 84005)

    public var rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// `nil` unless the date exists and lies within `bounds`.
    public init?(year: Int, month: Int, day: Int) {
        guard (1900...2199).contains(year), (1...12).contains(month),
            (1...Self.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        // Days from civil, after Howard Hinnant, «chrono-Compatible Low-Level Date Algorithms».
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        rawValue = Int32(era * 146097 + dayOfEra - 719468)
    }

    public var civil: (year: Int, month: Int, day: Int) {
        let shifted = Int(rawValue) + 719468
        let era = shifted / 146097
        let dayOfEra = shifted - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    public var description: String { written.string }

    fileprivate var written: ShortText {
        let (year, month, day) = civil
        var text = ShortText()
        text.append(year, digits: 4)
        text.append("-")
        text.append(month, digits: 2)
        text.append("-")
        text.append(day, digits: 2)
        return text
    }

    public static func < (left: Day, right: Day) -> Bool { left.rawValue < right.rawValue }
    public static func + (day: Day, days: Int) -> Day { Day(rawValue: day.rawValue + Int32(days)) }
    public static func - (left: Day, right: Day) -> Int { Int(left.rawValue) - Int(right.rawValue) }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}

extension Day: FieldValue {
    public static var shape: Shape { .text("a date such as 2016-11-10", pattern: "^" + pattern + "$") }

    /// Of the years from 1900 to 2199; what days a month has, only reading tells.
    fileprivate static let pattern = "(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"

    public init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = number(bytes, 0..<4), let month = number(bytes, 5..<7), let day = number(bytes, 8..<10)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let day = source.text({ Day($0) }) ?? nil else { throw Malformed(expected: Self.shape.expectation) }
        self = day
    }

    public func write(to sink: inout some ValueSink) { written.write(to: &sink) }
}

/// An instant to the microsecond, with the offset in which it was told: RFC 3339, `2016-11-10T08:00:00+01:00`.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64
    /// The offset from UTC in which the instant is written, in minutes; it does not change the instant.
    public var offsetMinutes: Int16

    public init(microseconds: Int64, offsetMinutes: Int16 = 0) {
        self.microseconds = microseconds
        self.offsetMinutes = offsetMinutes
    }

    /// Reads RFC 3339 §5.6; at most six digits of a second, no leap second; `nil` for an impossible date or time.
    public init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count >= 20, bytes[10] == 0x54 || bytes[10] == 0x74, bytes[13] == 0x3A, bytes[16] == 0x3A,
            let day = Day(bytes.extracting(0..<10)),
            let hour = number(bytes, 11..<13), let minute = number(bytes, 14..<16), let second = number(bytes, 17..<19),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == 0x2E {
            index += 1
            var unit: Int64 = 100_000
            while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
                guard unit > 0 else { return nil }
                fraction += Int64(bytes[index] - 0x30) * unit
                unit /= 10
                index += 1
            }
            guard bytes[index - 1] != 0x2E else { return nil }
        }
        guard index < bytes.count else { return nil }
        var offset = 0
        switch bytes[index] {
        case 0x5A, 0x7A: index += 1
        case 0x2B, 0x2D:
            guard bytes.count == index + 6, bytes[index + 3] == 0x3A,
                let hours = number(bytes, index + 1..<index + 3), let minutes = number(bytes, index + 4..<index + 6),
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[index] == 0x2D ? -1 : 1)
            index += 6
        default: return nil
        }
        guard index == bytes.count else { return nil }
        let seconds = Int64(day.rawValue) * 86400 + Int64(hour * 3600 + minute * 60 + second - offset * 60)
        microseconds = seconds * 1_000_000 + fraction
        offsetMinutes = Int16(offset)
    }

    public init?(_ text: String) { self.init(Array(text.utf8).span) }

    public var description: String { written.string }

    private var written: ShortText {
        let local = microseconds + Int64(offsetMinutes) * 60_000_000
        let seconds = local.floorDivided(by: 1_000_000)
        let day = seconds.floorDivided(by: 86400)
        let fraction = Int(local - seconds * 1_000_000)
        let second = Int(seconds - day * 86400)
        var text = Day(rawValue: Int32(day)).written
        text.append("T")
        text.append(second / 3600, digits: 2)
        text.append(":")
        text.append(second / 60 % 60, digits: 2)
        text.append(":")
        text.append(second % 60, digits: 2)
        if fraction > 0 {
            text.append(".")
            text.append(fraction, digits: 6)
        }
        let offset = Int(offsetMinutes.magnitude)
        if offset == 0 {
            text.append("Z")
        } else {
            text.append(offsetMinutes < 0 ? "-" : "+")
            text.append(offset / 60, digits: 2)
            text.append(":")
            text.append(offset % 60, digits: 2)
        }
        return text
    }

    /// The same instant, in whatever offset it is told.
    public static func == (left: Timestamp, right: Timestamp) -> Bool { left.microseconds == right.microseconds }
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
    public func hash(into hasher: inout Hasher) { hasher.combine(microseconds) }
}

extension Timestamp: FieldValue {
    public static var shape: Shape {
        let hours = "([01][0-9]|2[0-3]):[0-5][0-9]"
        return .text(
            "an RFC 3339 time such as 2016-11-10T08:00:00+01:00",
            pattern: "^" + Day.pattern + "[Tt]" + hours + ":[0-5][0-9](\\.[0-9]{1,6})?([Zz]|[+-]" + hours + ")$")
    }

    public init(from source: some ValueSource) throws(Malformed) {
        guard let time = source.text({ Timestamp($0) }) ?? nil else {
            throw Malformed(expected: Self.shape.expectation)
        }
        self = time
    }

    public func write(to sink: inout some ValueSink) { written.write(to: &sink) }
}

/// When something happened, as people tell it: to the second, or only the day (its first instant then stands for it).
public enum Moment: Sendable, Hashable {
    case instant(Timestamp)
    case day(Day)
}

extension Moment: FieldValue {
    public static var shape: Shape {
        .either("an RFC 3339 time such as 2016-11-10T08:00:00+01:00, or a date", [Timestamp.self, Day.self])
    }

    public init(from source: some ValueSource) throws(Malformed) {
        let read = source.text { bytes -> Moment? in
            bytes.count == 10 ? Day(bytes).map(Moment.day) : Timestamp(bytes).map(Moment.instant)
        }
        guard let moment = read ?? nil else { throw Malformed(expected: Self.shape.expectation) }
        self = moment
    }

    public func write(to sink: inout some ValueSink) {
        switch self {
        case .instant(let time): time.write(to: &sink)
        case .day(let day): day.write(to: &sink)
        }
    }
}

/// The civil days of one time zone: its offsets from UTC, as a table that somebody who knows time zones made.
public struct CivilCalendar: Sendable, Equatable {
    /// The name in the IANA time zone database, `Europe/Paris`.
    public let name: String
    /// From `from` seconds since 1970 on, civil time is `offsetMinutes` ahead of UTC; ascending, the first from the beginning of time.
    public struct Period: Sendable, Equatable {
        public let from: Int64
        public let offsetMinutes: Int16

        public init(from: Int64, offsetMinutes: Int16) {
            self.from = from
            self.offsetMinutes = offsetMinutes
        }
    }
    private let periods: [Period]

    public init(name: String, periods: [Period]) {
        precondition(!periods.isEmpty, "a calendar has at least one offset")
        self.name = name
        self.periods = periods
    }

    public static let utc = CivilCalendar(name: "UTC", periods: [Period(from: .min, offsetMinutes: 0)])

    public func offsetMinutes(at microseconds: Int64) -> Int16 {
        let seconds = microseconds.floorDivided(by: 1_000_000)
        var low = 0
        var high = periods.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if periods[middle].from <= seconds { low = middle } else { high = middle }
        }
        return periods[low].offsetMinutes
    }

    public func day(of time: Timestamp) -> Day {
        let local = time.microseconds + Int64(offsetMinutes(at: time.microseconds)) * 60_000_000
        return Day(rawValue: Int32(local.floorDivided(by: 86_400_000_000)))
    }

    /// The first instant of a civil day, written in the offset then in force.
    public func start(of day: Day) -> Timestamp {
        let length: Int64 = 86_400_000_000
        let midnight = Int64(day.rawValue) * length
        // The clocks may change during the day before, at midnight or later: of the instants that the offsets around it
        // call midnight, the earliest that belongs to the day begins it.
        let offsets = [offsetMinutes(at: midnight - length), offsetMinutes(at: midnight + length)]
        let starts = offsets.map { midnight - Int64($0) * 60_000_000 }.sorted()
        // A zone that crossed the date line skipped a day: it then stands for the instant of the crossing.
        let start = starts.first { self.day(of: Timestamp(microseconds: $0)) >= day } ?? starts[1]
        return Timestamp(microseconds: start, offsetMinutes: offsetMinutes(at: start))
    }

    /// The instant a moment stands for.
    public func timestamp(of moment: Moment) -> Timestamp {
        switch moment {
        case .instant(let time): time
        case .day(let day): start(of: day)
        }
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

private func number(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
    var value = 0
    for index in range {
        guard (0x30...0x39).contains(bytes[index]) else { return nil }
        value = value * 10 + Int(bytes[index] - 0x30)
    }
    return value
}

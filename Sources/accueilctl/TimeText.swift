import AccueilDomain
import Glibc

/// Times and days as people type them.
enum TimeText {
    /// Reads `text`; `nil` when it is no time.
    ///
    /// RFC 3339; a date; a date and a clock time, with a space between; `today`, `yesterday`, `tomorrow`, each with or
    /// without a clock time; `now`; `-2h` before now, in s, m, h, d or w. Days and clock times are those of the time zone
    /// that is `offsetMinutes` ahead of UTC at a time in microseconds since 1970.
    static func moment(_ text: String, now: Timestamp, _ offsetMinutes: (Int64) -> Int16) -> Moment? {
        if text == "now" { return .instant(now) }
        if let time = Timestamp(text) { return .instant(time) }
        if let microseconds = ago(text) {
            let then = now.microseconds - microseconds
            return .instant(Timestamp(microseconds: then, offsetMinutes: offsetMinutes(then)))
        }
        let words = text.split(separator: " ")
        guard let first = words.first, let day = day(String(first), today: day(of: now)) else { return nil }
        switch words.count {
        case 1: return .day(day)
        case 2: return time(of: String(words[1]), on: day, offsetMinutes).map { .instant($0) }
        default: return nil
        }
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

    private static func day(_ word: String, today: Day) -> Day? {
        switch word {
        case "today": today
        case "yesterday": today + -1
        case "tomorrow": today + 1
        default: Day(Array(word.utf8).span)
        }
    }

    private static func time(of clock: String, on day: Day, _ offsetMinutes: (Int64) -> Int16) -> Timestamp? {
        let full = clock.count == 5 ? clock + ":00" : clock
        guard let civil = Timestamp("\(day)T\(full)Z")?.microseconds else { return nil }
        // The offset of the time itself; taken twice, for the first guess may lie across a change of the clocks.
        var offset = offsetMinutes(civil)
        offset = offsetMinutes(civil - Int64(offset) * 60_000_000)
        return Timestamp(microseconds: civil - Int64(offset) * 60_000_000, offsetMinutes: offset)
    }

    private static func ago(_ text: String) -> Int64? {
        guard text.first == "-", let unit = text.last, let count = Int64(text.dropFirst().dropLast()), count >= 0,
            count < 1_000_000
        else { return nil }
        let seconds: Int64? =
            switch unit {
            case "s": 1
            case "m": 60
            case "h": 3600
            case "d": 86400
            case "w": 604_800
            default: nil
            }
        return seconds.map { $0 * count * 1_000_000 }
    }
}

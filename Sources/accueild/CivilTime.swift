import AccueilDomain
import Glibc

/// Makes the calendar of a time zone from the system's time zone database.
enum CivilTime {
    struct UnknownZone: Error, CustomStringConvertible {
        let name: String
        var description: String {
            "time zone \(name): no such zone in /usr/share/zoneinfo (Debian: tzdata); an example is Europe/Paris"
        }
    }

    /// The C library knows the zones; it is asked day by day from 1970 to 2200 when the offset changes.
    static func calendar(of name: String) throws(UnknownZone) -> CivilCalendar {
        let plausible = !name.isEmpty && !name.hasPrefix("/") && !name.contains("..")
        guard plausible, unsafe access("/usr/share/zoneinfo/\(name)", R_OK) == 0 else { throw UnknownZone(name: name) }
        let before = unsafe getenv("TZ").map { unsafe String(cString: $0) }
        unsafe setenv("TZ", ":\(name)", 1)
        tzset()
        defer {
            if let before { unsafe setenv("TZ", before, 1) } else { unsafe unsetenv("TZ") }
            tzset()
        }
        var periods = [CivilCalendar.Period(from: .min, offsetMinutes: offsetMinutes(at: 0))]
        let day: Int64 = 86400
        let end = Int64(Day.bounds.upperBound.rawValue) * day
        var instant: Int64 = 0
        while instant < end {
            let offset = offsetMinutes(at: instant + day)
            if offset != periods[periods.count - 1].offsetMinutes {
                var (low, high) = (instant, instant + day)
                while high - low > 1 {
                    let middle = (low + high) / 2
                    if offsetMinutes(at: middle) == offset { high = middle } else { low = middle }
                }
                periods.append(CivilCalendar.Period(from: high, offsetMinutes: offset))
            }
            instant += day
        }
        return CivilCalendar(name: name, periods: periods)
    }

    private static func offsetMinutes(at seconds: Int64) -> Int16 {
        var seconds = time_t(seconds)
        var civil = unsafe tm()
        unsafe localtime_r(&seconds, &civil)
        return unsafe Int16(civil.tm_gmtoff / 60)
    }
}

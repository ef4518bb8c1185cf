import AccueilDomain
import AccueilTesting
import Testing

/// A step of a long comparison that does not agree with its model.
struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Day {
    /// The first instant of the day in UTC, some seconds later.
    func stamp(second: Int = 0) -> Stamp {
        let time = Timestamp(microseconds: (Int64(rawValue) * 86_400 + Int64(second)) * 1_000_000)
        return Stamp(sequence: 0, time: time, day: self, recorded: time)
    }
}

/// Paris in 2016 and 2017: summer time from the last Sunday of March to the last of October, at 01:00 UTC.
let paris = CivilCalendar(
    name: "Europe/Paris",
    periods: [
        ("2015-10-25T01:00:00Z", 60), ("2016-03-27T01:00:00Z", 120), ("2016-10-30T01:00:00Z", 60),
        ("2017-03-26T01:00:00Z", 120), ("2017-10-29T01:00:00Z", 60),
    ].enumerated().map { index, change in
        let seconds = Timestamp(change.0)!.microseconds / 1_000_000
        return CivilCalendar.Period(from: index == 0 ? .min : seconds, offsetMinutes: Int16(change.1))
    })

@Suite struct IdentifierTests {
    @Test(arguments: [
        "a", "Z", "0", "p-8812", "urn:x:y", "A.b_c:d-e", "01JD8QZ4T5M8W6K2V9X3Y7B1CD",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479abc", String(repeating: "x", count: 39),
    ])
    func `an id reads back as it was written`(text: String) throws {
        let id = try #require(Identifier(text))
        #expect(id.description == text)
        #expect(id == Identifier(text))
        #expect(id.withBytes { $0.count } == text.utf8.count)
        #expect(!id.isBlank)
    }

    @Test(arguments: [
        "", "-a", ".a", "_a", ":a", " a", "a ", "a b", "a/b", "é", "aé", "a\u{0}", "a\n", "a\"", "a\\", "a+b", "a@b",
        "a{",
        String(repeating: "x", count: 40),
    ])
    func `what is not an id is none`(text: String) {
        #expect(Identifier(text) == nil)
    }

    @Test func `ids differ by every byte and by their length`() {
        #expect(Identifier("ab") != Identifier("ac"))
        #expect(Identifier("ab") != Identifier("ab0"))
        #expect(Identifier("Ab") != Identifier("ab"))
        #expect(Identifier().isBlank)
        #expect(Identifier() != Identifier("a"))
        #expect(Set(["a", "b", "a"] as [Identifier]).count == 2)
    }

    @Test func `a subject is its kind, a slash and its id`() throws {
        let subject = try #require(Subject("placement/p-8812"))
        #expect(subject.kind == .placement)
        #expect(subject.id == "p-8812")
        #expect(subject.description == "placement/p-8812")
        for kind in SubjectKind.allCases { #expect(Subject("\(kind.rawValue)/x") == Subject(kind, "x")) }
        for text in ["", "placement", "placement/", "/p", "house/p", "placement/p/q", "Placement/p", "placement /p"] {
            #expect(Subject(text) == nil, "\(text)")
        }
    }
}

@Suite struct RegistryTests {
    static func randomID(_ random: inout SplitMix) -> Identifier {
        let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz".utf8)
        let count = Int.random(in: 1...Identifier.lengthMax, using: &random)
        let bytes = (0..<count).map { _ in letters.randomElement(using: &random)! }
        return Identifier(bytes.span)!
    }

    @Test(arguments: [1, 2017] as [UInt64])
    func `a hundred thousand random ids get the numbers that a dictionary gives them`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var registry = Registry()
        var model: [Identifier: Int] = [:]
        var order: [Identifier] = []
        for step in 0..<100_000 {
            // One in eight was there before.
            let known = step % 8 == 7 ? order.randomElement(using: &random) : nil
            let id = known ?? Self.randomID(&random)
            let expected = model[id] ?? model.count
            if model[id] == nil {
                guard registry.find(id) == nil else { throw Mismatch("\(id) is not new, seed \(seed)") }
                model[id] = expected
                order.append(id)
            }
            guard registry.enter(id) == expected, registry.count == model.count else {
                throw Mismatch("\(id) at step \(step), seed \(seed)")
            }
        }
        for (number, id) in order.enumerated() {
            guard registry.find(id) == number, registry[number] == id else {
                throw Mismatch("\(id), number \(number), seed \(seed)")
            }
        }
        for _ in 0..<1000 {
            let id = Self.randomID(&random)
            #expect(registry.find(id) == model[id], "seed \(seed)")
        }
    }

    @Test func `growing moves every id and loses none`() throws {
        var registry = Registry()
        for number in 0..<200 {
            #expect(registry.enter(Identifier("p-\(number)")!) == number)
            for earlier in 0...number {
                guard registry.find(Identifier("p-\(earlier)")!) == earlier else {
                    throw Mismatch("p-\(earlier) after \(number)")
                }
            }
            #expect(registry.find(Identifier("p-\(number + 1)")!) == nil)
        }
    }

    @Test func `a copy keeps its own ids`() {
        var registry = Registry()
        for number in 0..<2000 { #expect(registry.enter(Identifier("p-\(number)")!) == number) }
        let copy = registry
        // Buckets are divided and the directory doubles meanwhile.
        for number in 2000..<20_000 { #expect(registry.enter(Identifier("p-\(number)")!) == number) }
        #expect(copy.count == 2000)
        for number in 0..<20_000 {
            let id = Identifier("p-\(number)")!
            #expect(copy.find(id) == (number < 2000 ? number : nil))
            #expect(registry.find(id) == number)
        }
    }
}

@Suite struct DayTests {
    @Test func `every day from 1900 to 2199 is the day after the one before, and reads back`() throws {
        var (year, month, day) = (1900, 1, 1)
        var count = 0
        var number = Day.bounds.lowerBound
        while number <= Day.bounds.upperBound {
            let civil = number.civil
            guard civil == (year, month, day) else {
                throw Mismatch("\(number.rawValue) is \(civil), not \((year, month, day))")
            }
            guard Day(year: year, month: month, day: day) == number, Day(number.description) == number else {
                throw Mismatch("\(number) does not read back")
            }
            guard number.description.utf8.count == 10 else { throw Mismatch("\(number) is not ten bytes long") }
            let leap = year % 400 == 0 || year % 4 == 0 && year % 100 != 0
            let days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            day += 1
            if day > days { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
            number = number + 1
            count += 1
        }
        #expect((year, month, day) == (2200, 1, 1))
        // 300 years with 73 leap days: 1900, 2100 have none, 2000 has.
        #expect(count == 300 * 365 + 73)
        #expect(Day("1970-01-01").rawValue == 0)
        #expect(Day("2017-03-23") - Day("2016-11-10") == 133)
    }

    @Test(arguments: [
        "2017-02-29", "1900-02-29", "2100-02-29", "2017-04-31", "2017-00-10", "2017-13-01", "2017-01-00", "2017-01-32",
        "1899-12-31", "2200-01-01", "0000-01-01", "2017-1-01", "17-01-01", "2017/01/01", "20170101", "2017-01-01 ",
        "2017-01-1a",
        "+017-01-01", "2017-01--1", "", "2017-01-01T00:00:00Z",
    ])
    func `a date that does not exist is none`(text: String) {
        #expect(Day(text) == nil)
    }

    @Test func `days compare and count like numbers`() {
        #expect(Day("2016-02-28") + 2 == Day("2016-03-01"))
        #expect(Day("2016-03-01") + -1 == Day("2016-02-29"))
        #expect(Day("2016-02-29") < Day("2016-03-01"))
    }
}

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("2016-11-10T08:00:00+01:00", "2016-11-10T08:00:00+01:00", 1_478_761_200_000_000),
            ("2016-11-10T07:00:00Z", "2016-11-10T07:00:00Z", 1_478_761_200_000_000),
            ("2016-11-10t07:00:00z", "2016-11-10T07:00:00Z", 1_478_761_200_000_000),
            ("2016-11-10T07:00:00.5Z", "2016-11-10T07:00:00.500000Z", 1_478_761_200_500_000),
            ("2016-11-10T07:00:00.000001Z", "2016-11-10T07:00:00.000001Z", 1_478_761_200_000_001),
            ("2016-11-10T07:00:00.000000Z", "2016-11-10T07:00:00Z", 1_478_761_200_000_000),
            ("2016-11-10T07:00:00+00:00", "2016-11-10T07:00:00Z", 1_478_761_200_000_000),
            ("2016-11-09T21:30:00-09:30", "2016-11-09T21:30:00-09:30", 1_478_761_200_000_000),
            ("2016-11-11T06:59:00+23:59", "2016-11-11T06:59:00+23:59", 1_478_761_200_000_000),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", -1),
            ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z", -2_208_988_800_000_000),
            ("2199-12-31T23:59:59.999999Z", "2199-12-31T23:59:59.999999Z", 7_258_118_399_999_999),
        ] as [(String, String, Int64)])
    func `a time of RFC 3339 is read to the microsecond and written with its offset`(
        text: String, canonical: String, microseconds: Int64
    ) throws {
        let time = try #require(Timestamp(text))
        #expect(time.microseconds == microseconds)
        #expect(time.description == canonical)
        #expect(Timestamp(canonical)?.description == canonical)
    }

    @Test(arguments: [
        "2016-11-10", "2016-11-10T08:00:00", "2016-11-10T08:00Z", "2016-11-10 08:00:00Z", "2016-11-10T24:00:00Z",
        "2016-11-10T23:60:00Z", "2016-11-10T23:59:60Z", "2016-02-30T00:00:00Z", "2016-11-10T08:00:00.Z",
        "2016-11-10T08:00:00.1234567Z", "2016-11-10T08:00:00,5Z", "2016-11-10T08:00:00+0100", "2016-11-10T08:00:00+01",
        "2016-11-10T08:00:00+24:00", "2016-11-10T08:00:00+01:60", "2016-11-10T08:00:00Z ", "2016-11-10T08:00:00ZZ",
        "2016-11-10T08:00:00+01:000", "2016-11-10T8:00:00Z", "2016-11-10T08:00:00.5", "2016-11-10T08-00-00Z", "",
        "2016-11-10T08:00:00−01:00", "2200-01-01T00:00:00Z", "2016-11-10T08:00:0xZ",
    ])
    func `what is not a time of RFC 3339 is none`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `every day from 1900 to 2199 reads back in three offsets`() throws {
        for raw in Day.bounds.lowerBound.rawValue...Day.bounds.upperBound.rawValue {
            let day = Day(rawValue: raw)
            for (offset, minutes) in [("Z", 0), ("+14:00", 840), ("-11:30", -690)] as [(String, Int64)] {
                let text = "\(day)T23:59:58\(offset)"
                guard let time = Timestamp(text), time.description == text,
                    time.microseconds == (Int64(raw) * 86_400 + 86_398 - minutes * 60) * 1_000_000
                else { throw Mismatch("\(text)") }
            }
        }
    }

    @Test func `times compare by their instant, whatever their offset`() {
        let early = Timestamp("2016-11-10T08:00:00+02:00")!
        let late = Timestamp("2016-11-10T07:00:00Z")!
        #expect(early < late)
        #expect(!(late < early))
    }

    @Test func `one instant told in two offsets is one time`() {
        let paris = Timestamp("2016-11-10T08:00:00+01:00")!
        let utc = Timestamp("2016-11-10T07:00:00Z")!
        #expect(!(paris < utc) && !(utc < paris))
        #expect(paris == utc && paris.hashValue == utc.hashValue)
    }

    @Test func `a fact is late when the register learns of it after more than thirty days`() {
        var stamp = Day("2016-11-10").stamp()
        stamp.recorded = Timestamp("2016-12-10T00:00:00Z")!
        #expect(!stamp.isLate)
        stamp.recorded.microseconds += 1
        #expect(stamp.isLate)
    }
}

@Suite struct CivilCalendarTests {
    @Test(arguments: [
        ("2016-11-10", "2016-11-10T00:00:00+01:00"), ("2016-07-14", "2016-07-14T00:00:00+02:00"),
        // The clocks change at two or three in the morning: the day begins in the offset of the evening before.
        ("2016-03-27", "2016-03-27T00:00:00+01:00"), ("2016-03-28", "2016-03-28T00:00:00+02:00"),
        ("2016-10-30", "2016-10-30T00:00:00+02:00"), ("2016-10-31", "2016-10-31T00:00:00+01:00"),
    ])
    func `a day begins at midnight in the offset then in force`(date: String, start: String) {
        #expect(paris.start(of: Day(date)!).description == start)
    }

    @Test(arguments: [
        ("2016-11-09T22:59:59.999999Z", "2016-11-09"), ("2016-11-09T23:00:00Z", "2016-11-10"),
        ("2016-07-13T21:59:59Z", "2016-07-13"), ("2016-07-13T22:00:00Z", "2016-07-14"),
        ("2016-03-27T00:30:00Z", "2016-03-27"), ("2016-03-27T22:30:00Z", "2016-03-28"),
        ("2016-10-29T22:30:00Z", "2016-10-30"), ("2016-10-30T22:30:00Z", "2016-10-30"),
        ("2016-10-30T23:00:00Z", "2016-10-31"),
    ])
    func `an instant belongs to its civil day, in the nights when the clocks change too`(time: String, date: String) {
        #expect(paris.day(of: Timestamp(time)!) == Day(date))
    }

    @Test func `every civil day of two years begins where the one before ends`() throws {
        var day = Day("2016-01-01")
        while day < Day("2018-01-01") {
            let start = paris.start(of: day)
            var justBefore = start
            justBefore.microseconds -= 1
            guard paris.day(of: start) == day, paris.day(of: justBefore) == day + -1,
                start.description.hasPrefix("\(day)T00:00:00+")
            else { throw Mismatch("\(day) begins at \(start)") }
            day = day + 1
        }
        let hours = { (date: Day) in
            (paris.start(of: date + 1).microseconds - paris.start(of: date).microseconds) / 3_600_000_000
        }
        #expect(hours("2016-03-27") == 23)
        #expect(hours("2016-10-30") == 25)
        #expect(hours("2016-11-10") == 24)
    }

    @Test func `where the clocks change at midnight a day begins with its first instant`() {
        // 2016-03-26 in Jordan's manner: at 00:00 the clocks go to 01:00; there is no midnight.
        let change = Timestamp("2016-03-25T22:00:00Z")!.microseconds / 1_000_000
        let calendar = CivilCalendar(
            name: "Test/Forward",
            periods: [.init(from: .min, offsetMinutes: 120), .init(from: change, offsetMinutes: 180)])
        let start = calendar.start(of: "2016-03-26")
        #expect(calendar.day(of: start) == "2016-03-26")
        #expect(start.microseconds == change * 1_000_000)
    }

    @Test func `a day that was skipped at the date line stands for the instant of the crossing`() {
        // Samoa went from 2011-12-29 to 2011-12-31.
        let crossing = Timestamp("2011-12-30T10:00:00Z")!
        let samoa = CivilCalendar(
            name: "Pacific/Apia",
            periods: [
                .init(from: .min, offsetMinutes: -600),
                .init(from: crossing.microseconds / 1_000_000, offsetMinutes: 840),
            ])
        #expect(samoa.start(of: "2011-12-29").description == "2011-12-29T00:00:00-10:00")
        #expect(samoa.start(of: "2011-12-30") == crossing)
        #expect(samoa.start(of: "2011-12-31") == crossing)
    }

    @Test func `a moment is an instant, or the first one of its day`() {
        let time = Timestamp("2016-11-10T08:00:00+01:00")!
        #expect(paris.timestamp(of: .instant(time)) == time)
        #expect(paris.timestamp(of: .day("2016-11-10")).description == "2016-11-10T00:00:00+01:00")
    }
}

@Suite struct ChronicleTests {
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `a daily count is the sum of the changes up to the day, in whatever order they come`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var count = DailyCount()
        var changes: [(day: Day, amount: Int)] = []
        let start = Day("2016-11-10")
        func model(_ day: Day) -> Int { changes.reduce(0) { $0 + ($1.day <= day ? $1.amount : 0) } }
        #expect(count.value(on: start) == 0)
        #expect(count.last == nil)
        for _ in 0..<120 {
            let day = start + Int.random(in: -200...200, using: &random)
            let amount = Int.random(in: -50...80, using: &random)
            count.add(amount, on: day)
            changes.append((day, amount))
            for _ in 0..<5 {
                let asked = start + Int.random(in: -230...230, using: &random)
                guard count.value(on: asked) == model(asked) else {
                    throw Mismatch("\(asked): \(count.value(on: asked)), not \(model(asked)); seed \(seed)")
                }
            }
        }
        #expect(count.total == changes.reduce(0) { $0 + $1.amount })
        #expect(count.last == changes.map(\.day).max())
        for _ in 0..<40 {
            let day = start + Int.random(in: -230...230, using: &random)
            let length = Int.random(in: 0...300, using: &random)
            guard count.values(from: day, count: length) == (0..<length).map({ model(day + $0) }) else {
                throw Mismatch("\(length) values from \(day), seed \(seed)")
            }
        }
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `a dated value is the last one set for the latest day up to the day asked for`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var value = DatedValue<Int>()
        var set: [Day: Int] = [:]
        for number in 0..<60 {
            let day = Day("2016-11-10") + Int.random(in: -30...30, using: &random)
            value.set(number, from: day)
            set[day] = number
            for offset in -35...35 {
                let asked = Day("2016-11-10") + offset
                let expected = set.keys.filter { $0 <= asked }.max().flatMap { set[$0] }
                guard value.value(on: asked) == expected, value.value(setFrom: asked) == set[asked] else {
                    throw Mismatch("\(asked), seed \(seed)")
                }
            }
            #expect(value.entries.map(\.from) == set.keys.sorted(), "seed \(seed)")
        }
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `an account gives the balances that adding up from the beginning gives`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var account = Account()
        // In order of recording; a stable sort by time puts what was recorded later behind.
        var told: [(stamp: Stamp, change: Account.Change)] = []
        func sorted() -> [(stamp: Stamp, change: Account.Change)] {
            told.enumerated().sorted { ($0.element.stamp.time, $0.offset) < ($1.element.stamp.time, $1.offset) }
                .map(\.element)
        }
        func total(_ entries: [(stamp: Stamp, change: Account.Change)]) -> Int {
            entries.reduce(0) { sum, entry in
                switch entry.change {
                case .by(let amount): sum + amount
                case .counted(let count): count
                }
            }
        }
        for step in 0..<80 {
            let stamp = (Day("2016-11-10") + Int.random(in: 0...20, using: &random))
                .stamp(second: Int.random(in: 0...3, using: &random))
            let change: Account.Change =
                Int.random(in: 0..<8, using: &random) == 0
                ? .counted(Int.random(in: 0...100, using: &random)) : .by(Int.random(in: -40...60, using: &random))
            account.enter(change, stamp)
            told.append((stamp, change))

            let all = sorted()
            let asked = (Day("2016-11-10") + Int.random(in: -1...21, using: &random))
                .stamp(second: Int.random(in: 0...3, using: &random))
            let before = all.filter { $0.stamp.time <= asked.time }
            let after = all.filter { $0.stamp.time > asked.time }.prefix { entry in
                if case .counted = entry.change { false } else { true }
            }
            let amount = Int.random(in: -60...60, using: &random)
            var least: (balance: Int, day: Day?) = (total(before) + amount, nil)
            for count in after.indices {
                let sum = total(before + after[...count]) + amount
                if sum < least.balance { least = (sum, after[count].stamp.day) }
            }
            guard account.balance == total(all), account.balance(at: asked.time) == total(before),
                account.balance(on: asked.day) == total(all.filter { $0.stamp.day <= asked.day }),
                account.leastBalance(adding: amount, at: asked.time) == least,
                account.entries.map(\.change) == all.map(\.change)
            else { throw Mismatch("step \(step), seed \(seed)") }
        }
    }

    @Test func `a count states the balance outright, whatever is told later about the time before`() {
        var account = Account()
        account.enter(.by(10), Day("2016-11-10").stamp())
        account.enter(.counted(7), Day("2016-11-12").stamp())
        account.enter(.by(-10), Day("2016-11-11").stamp())
        #expect(account.balance == 7)
        #expect(account.balance(on: "2016-11-11") == 0)
        #expect(account.leastBalance(adding: -5, at: Day("2016-11-11").stamp().time) == (-5, nil))
        #expect(account.leastBalance(adding: -5, at: Day("2016-11-12").stamp().time) == (2, nil))
    }

    @Test func `chunks hold every element, and a copy keeps its own`() {
        var chunked = Chunked<Int>()
        // Leaves of 128, branches of 65 536: two branches and a half.
        let count = 163_840
        for number in 0..<count { chunked.append(number * 3) }
        #expect(chunked.count == count)
        for number in [0, 1, 15, 16, 127, 128, 65_535, 65_536, count - 1] { #expect(chunked[number] == number * 3) }
        let copy = chunked
        chunked[65_535] = -1
        chunked[65_536] += 1
        chunked.append(7)
        #expect(copy[65_535] == 65_535 * 3)
        #expect(copy[65_536] == 65_536 * 3)
        #expect(copy.count == count)
        #expect((chunked[65_535], chunked[65_536], chunked[count]) == (-1, 65_536 * 3 + 1, 7))
        var seen: [Int] = []
        copy.visit { index, element in if element == index * 3 { seen.append(index) } }
        #expect(seen == Array(0..<count))
    }
}

@Suite struct CodeTests {
    @Test func `a nationality is a known code and is kept in two bytes`() throws {
        for code in ["AFG", "SDN", "ERI", "FRA", "ZWE", "AAA", "XXA", "UNK"] {
            let nationality = Nationality(code)
            #expect((nationality != nil) == (code != "AAA"))
            #expect(nationality.map(\.description) == (code == "AAA" ? nil : code))
        }
        for text in ["", "AF", "AFGH", "afg", "XXX", "ZZZ", "A G", "ÀFG", "AF1"] {
            #expect(Nationality(text) == nil, "\(text)")
        }
        #expect(Nationality.unknown == Nationality("UNK"))
        #expect(Nationality("AFG")! < Nationality("SDN")!)
        #expect(MemoryLayout<Nationality>.size == 2)
    }

    @Test func `the lists of codes are those of the register`() {
        #expect(
            Audience.allCases.map(\.rawValue) == [
                "single_men", "single_women", "women_with_children", "families", "couples", "unaccompanied_minors",
                "young_adults", "any",
            ])
        #expect(
            Destination.allCases.map(\.rawValue) == [
                "CADA", "HUDA", "CAO", "CHU", "CPH", "hotel", "own_housing", "third_party", "hospital",
                "child_protection", "other_region", "street", "unknown_departure", "deceased", "other",
            ])
        #expect(
            SiteKind.allCases.map(\.rawValue) == [
                "CPA", "CHU", "CAO", "CAES", "HUDA", "CADA", "CPH", "PRAHDA", "HOTEL", "MNA_SHELTER", "MNA_TEMPORARY",
                "CITIZEN_HOST", "INTERCALARY", "OTHER",
            ])
    }

    @Test func `a commune is an INSEE code, Corsica's included`() {
        for code in ["75056", "94041", "01001", "2A004", "2B033", "97411"] {
            #expect(Commune(Identifier(code)!)?.description == code)
        }
        for code in ["7505", "750560", "2C004", "A2004", "2a004", "75-56", "7505A"] {
            #expect(Commune(Identifier(code)!) == nil, "\(code)")
        }
    }

    @Test func `a currency is three capital letters`() {
        #expect(Currency().description == "EUR")
        #expect(Currency("CHF").description == "CHF")
        for code in ["eur", "EU", "EURO", "E1R", "E-R"] { #expect(Currency(Identifier(code)!) == nil, "\(code)") }
    }

    @Test func `a text has 1 to 200 bytes and no control characters`() {
        #expect(Text(String("Centre humanitaire, boulevard Ney « la bulle » 🏠")) != nil)
        #expect(Text(String(repeating: "é", count: 100)) != nil)
        #expect(Text(String(repeating: "é", count: 101)) == nil)
        for text in ["", "a\nb", "\t", "a\u{0}", "\u{7F}", "\u{85}"] { #expect(Text(text) == nil) }
    }
}

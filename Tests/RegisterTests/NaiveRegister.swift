import Foundation

/// What the events of a log come to, by the plainest means: lines of JSON, dictionaries, and looking at all of them for
/// each question. It shares no code with the register, so that a mistake would have to be made twice.
struct NaiveRegister {
    private typealias Fields = [String: Any]

    private var events: [(type: String, time: Date, day: String, order: Int, data: Fields)] = []

    /// The events up to position `known`, as those up to it have put them right; times are in UTC.
    init(_ lines: [String], known: Int) {
        var told: [(type: String, time: String, data: Fields)?] = []
        for line in lines.prefix(known) {
            guard let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? Fields,
                let type = event["type"] as? String, let time = event["time"] as? String,
                let data = event["data"] as? Fields
            else { preconditionFailure("not an event: \(line)") }
            told.append(nil)
            switch type {
            case "event.voided": told[(data["sequence"] as? Int ?? 0) - 1] = nil
            case "event.corrected":
                told[(data["sequence"] as? Int ?? 0) - 1] = (
                    data["type"] as? String ?? "", data["happened"] as? String ?? "", data["data"] as? Fields ?? [:]
                )
            default: told[told.count - 1] = (type, time, data)
            }
        }
        for (order, event) in told.enumerated() {
            guard let event else { continue }
            let time = Self.date(event.time)
            events.append((event.type, time, Self.day(time), order, event.data))
        }
    }

    /// The fields of an event that hold whole numbers, each as JSON with `NUMBER` for the number.
    static func numbers(in line: String) -> [(field: String, value: String)] {
        let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? Fields
        return (event?["data"] as? Fields ?? [:]).sorted { $0.key < $1.key }.compactMap { name, value in
            if value is Int { return (name, "NUMBER") }
            return name == "headcount" ? (name, #"[{"audience":"any","people":NUMBER}]"#) : nil
        }
    }

    private static func date(_ text: String) -> Date {
        let plain = ISO8601DateFormatter()
        guard let date = plain.date(from: text) else { preconditionFailure("not a time in whole seconds: \(text)") }
        return date
    }

    private static func day(_ date: Date) -> String {
        let days = Int((date.timeIntervalSince1970 / 86400).rounded(.down))
        let start = Date(timeIntervalSince1970: Double(days) * 86400)
        return String(ISO8601DateFormatter().string(from: start).prefix(10))
    }

    private struct Way {
        let people: Int
        var stays: [(site: String, from: String, to: String?)]
        var destination: String?
    }

    /// One placement's way through the sites: where it was from which day on, and where it went.
    private func ways() -> [String: Way] {
        var ways: [String: Way] = [:]
        for event in events {
            let id = event.data["placement"] as? String ?? ""
            let site = event.data["site"] as? String ?? ""
            switch event.type {
            case "placement.started":
                let people = (event.data["adults"] as? Int ?? 1) + (event.data["children"] as? Int ?? 0)
                ways[id] = Way(people: people, stays: [(site, event.day, nil)])
            case "placement.transferred":
                let last = ways[id]!.stays.count - 1
                ways[id]!.stays[last].to = event.day
                ways[id]!.stays.append((site, event.day, nil))
            case "placement.ended":
                let last = ways[id]!.stays.count - 1
                ways[id]!.stays[last].to = event.day
                ways[id]!.destination = event.data["destination"] as? String
            default: break
            }
        }
        return ways
    }

    func occupied(_ site: String, on day: String) -> Int {
        ways().values.reduce(0) { sum, way in
            sum + way.people * way.stays.count { $0.site == site && $0.from <= day && $0.to.map { day < $0 } ?? true }
        }
    }

    func places(_ site: String, on day: String) -> Int {
        let opened = events.filter { $0.type == "site.opened" && $0.data["site"] as? String == site }
        guard opened.contains(where: { $0.day <= day }) else { return 0 }
        var latest: [String: (from: String, places: Int)] = [:]
        for event in events where event.type == "site.capacity_set" && event.data["site"] as? String == site {
            let from = event.data["effective"] as? String ?? event.day
            let audience = event.data["audience"] as? String ?? ""
            guard from <= day, latest[audience].map({ $0.from <= from }) ?? true else { continue }
            latest[audience] = (from, event.data["places"] as? Int ?? 0)
        }
        return latest.values.reduce(0) { $0 + $1.places }
    }

    /// People who came and who left up to a day, and those who left, by destination.
    func flows(upTo day: String) -> (arrivals: Int, departures: Int, byDestination: [String: Int]) {
        var (arrivals, departures, byDestination) = (0, 0, [String: Int]())
        for way in ways().values {
            if way.stays[0].from <= day { arrivals += way.people }
            if let destination = way.destination, let left = way.stays.last?.to, left <= day {
                departures += way.people
                byDestination[destination, default: 0] += way.people
            }
        }
        return (arrivals, departures, byDestination)
    }

    /// What a fund holds at the end of a day.
    func balance(of fund: String, on day: String) -> Int {
        var funds: [String: String] = [:]
        var balance = 0
        for event in events {
            let amount = event.data["amount"] as? Int ?? 0
            let donation = event.data["donation"] as? String ?? ""
            switch event.type {
            case "donation.received":
                funds[donation] = event.data["fund"] as? String
                if event.day <= day, funds[donation] == fund { balance += amount }
            case "donation.allocated":
                if event.day <= day, event.data["fund"] as? String == fund { balance -= amount }
            case "donation.refunded":
                if event.day <= day, funds[donation] == fund { balance -= amount }
            default: break
            }
        }
        return balance
    }

    /// The book stock of shoes at a point at the end of a day: in order of time, a count states it anew.
    func shoes(at point: String, on day: String) -> Int {
        let moves = events.filter { $0.type.hasPrefix("collection.") && $0.day <= day && $0.data["quantity"] is Int }
            .sorted { ($0.time, $0.order) < ($1.time, $1.order) }
        var stock = 0
        for move in moves {
            let quantity = move.data["quantity"] as? Int ?? 0
            if move.data["to_point"] as? String == point { stock += quantity }
            guard move.data["point"] as? String == point else { continue }
            switch move.type {
            case "collection.received": stock += quantity
            case "collection.counted": stock = quantity
            default: stock -= quantity
            }
        }
        return stock
    }

    /// People met in operations up to a day.
    func met(upTo day: String) -> (operations: Int, people: Int) {
        let done = events.filter { $0.type == "operation.carried_out" && $0.day <= day }
        let people = done.flatMap { $0.data["headcount"] as? [Fields] ?? [] }
        return (done.count, people.reduce(0) { $0 + ($1["people"] as? Int ?? 0) })
    }

    /// People in the acts of services up to a day.
    func acts(upTo day: String) -> Int {
        events.filter { $0.type == "service.act_recorded" && $0.day <= day }
            .reduce(0) { $0 + ($1.data["headcount"] as? Int ?? 0) }
    }

    /// Young people whose evaluation was requested, and concluded, up to a day.
    func evaluations(upTo day: String) -> (requested: Int, concluded: Int) {
        var people: [String: Int] = [:]
        var (requested, concluded) = (0, 0)
        for event in events {
            let id = event.data["evaluation"] as? String ?? ""
            if event.type == "evaluation.requested" {
                people[id] = event.data["headcount"] as? Int ?? 1
                if event.day <= day { requested += people[id] ?? 0 }
            }
            if event.type == "evaluation.concluded", event.day <= day { concluded += people[id] ?? 0 }
        }
        return (requested, concluded)
    }

    /// Volunteers registered, and the minutes that each of them gave, up to a day.
    func volunteers(upTo day: String) -> (registered: Int, minutes: Int) {
        var people: [String: Int] = [:]
        var (registered, minutes) = (0, 0)
        for event in events {
            let id = event.data["volunteer"] as? String ?? ""
            if event.type == "volunteer.registered" {
                people[id] = event.data["headcount"] as? Int ?? 1
                if event.day <= day { registered += people[id] ?? 0 }
            }
            if event.type == "volunteer.attended", event.day <= day {
                minutes += (people[id] ?? 0) * (event.data["minutes"] as? Int ?? 0)
            }
        }
        return (registered, minutes)
    }

    /// What is stated of the latest day up to one; of the same day, what was recorded last. Nothing before the
    /// indicator was defined.
    func stated(upTo day: String) -> String? {
        guard events.contains(where: { $0.type == "plan.indicator_defined" && $0.day <= day }) else { return nil }
        let statements = events.filter { $0.type == "plan.indicator_measured" }
            .map { (day: $0.data["day"] as? String ?? $0.day, order: $0.order, value: $0.data["value"] as? String) }
            .filter { $0.day <= day }
        return statements.max { ($0.day, $0.order) < ($1.day, $1.order) }?.value
    }
}

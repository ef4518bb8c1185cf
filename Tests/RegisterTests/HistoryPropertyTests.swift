import AccueilTesting
import EventLog
import Testing

/// Random histories: facts told late and out of order, voided, corrected. Whatever is asked as of any day and as known
/// at any position must be what a fresh replay tells, and what the naive register tells.
@Suite struct HistoryPropertyTests {
    @Test(arguments: 1...24 as ClosedRange<UInt64>)
    func `projections kept up event by event are those of a fresh replay and of a naive register`(seed: UInt64) throws {
        var story = try RandomStory(seed: seed)
        for _ in 0..<200 { story.step() }
        let lines = story.desk.log.text
        #expect(lines.count > 60, "seed \(seed): too much was refused to tell anything")
        #expect(lines.contains { look("type", in: $0) == "event.voided" }, "seed \(seed)")
        #expect(lines.contains { look("type", in: $0) == "event.corrected" }, "seed \(seed)")
        for _ in 0..<12 {
            let known = Int.random(in: 0...lines.count, using: &story.random)
            let day = story.day(from: 0, to: 90)
            try compare(story.desk, lines, known: known, day, "seed \(seed), known at \(known), as of \(day)")
        }
        try compare(story.desk, lines, known: lines.count, story.day(from: 80, to: 90), "seed \(seed), all known")
    }

    @Test(arguments: 25...32 as ClosedRange<UInt64>)
    func `voiding everything, the last first, leaves nothing`(seed: UInt64) throws {
        var story = try RandomStory(seed: seed)
        for _ in 0..<60 { story.step() }
        let told = story.desk.log.text
        for (index, line) in told.enumerated().reversed() {
            guard look("type", in: line)?.hasPrefix("event.") == false else { continue }
            let answer = ask(story.desk, "event.void", #"{"sequence":\#(index + 1),"reason":"error"}"#)
            #expect(look("result.replayed", in: answer) == "false", "seed \(seed), event \(index + 1): \(answer)")
        }
        let empty = try Desk()
        for method in [
            "query.occupancy", "query.flows", "query.operations", "query.donations", "query.stock", "query.services",
            "query.evaluations", "query.volunteers", "query.milestones", "query.indicators", "query.requests",
        ] {
            let params = #"{"as_of":"2016-04-01"}"#
            #expect(ask(story.desk, method, params) == ask(empty, method, params), "seed \(seed)")
        }
        // And what was known before is still known.
        try compare(story.desk, told, known: told.count, "2016-03-20", "seed \(seed), before all was voided")
    }

    @Test(arguments: [33, 34] as [UInt64])
    func `no correction ends the register, whatever its numbers`(seed: UInt64) throws {
        var story = try RandomStory(seed: seed)
        for _ in 0..<80 { story.step() }
        let extremes = [0, -1, 1 << 16, 1_000_000_000, (1 << 53) - 1, -(1 << 53) + 1]
        for (index, line) in story.desk.log.text.enumerated() {
            for (field, value) in NaiveRegister.numbers(in: line) {
                for extreme in extremes {
                    let set = value.replacing("NUMBER", with: "\(extreme)")
                    let answer = ask(
                        story.desk, "event.correct",
                        #"{"sequence":\#(index + 1),"reason":"error","set":{"\#(field)":\#(set)}}"#)
                    #expect(answer != "no answer", "seed \(seed), event \(index + 1), \(field) = \(set)")
                }
            }
        }
        let lines = story.desk.log.text
        try compare(story.desk, lines, known: lines.count, "2016-03-20", "seed \(seed), after absurd corrections")
    }

    private func compare(_ desk: Desk, _ lines: [String], known: Int, _ day: String, _ place: Comment) throws {
        let fresh = try Desk(MemoryLog(Array(lines.prefix(known))))
        let naive = NaiveRegister(lines, known: known)
        // A register that has read all of the log keeps worlds that know more than was known then.
        let reopened = try Desk(MemoryLog(lines), checkpointEvents: 7)
        let questions = [
            ("query.occupancy", ""), ("query.occupancy", #","by":"audience""#),
            ("query.flows", #","by":"destination""#),
            ("query.stays", ""), ("query.placements", #","state":"all","limit":1000"#), ("query.operations", ""),
            ("query.donations", #","by":"purpose""#), ("query.stock", ""), ("query.anomalies", #","limit":1000"#),
            ("query.occupancy_series", #","from":"2016-01-01""#), ("query.services", ""),
            ("query.evaluations", #","by":"outcome""#), ("query.volunteers", #","by":"kind""#),
            ("query.milestones", #","state":"all""#), ("query.indicators", ""), ("query.requests", #","state":"all""#),
        ]
        var answers: [String] = []
        for (method, more) in questions {
            // Now, if all is known; then, in any case.
            let isAll = known == desk.log.lines.count
            let kept = isAll ? ask(desk, method, #"{"as_of":"\#(day)"\#(more)}"#) : nil
            let then = ask(desk, method, #"{"as_of":"\#(day)","known_at":\#(known)\#(more)}"#)
            let again = ask(fresh, method, #"{"as_of":"\#(day)"\#(more)}"#)
            #expect(then == again, place)
            let later = ask(reopened, method, #"{"as_of":"\#(day)","known_at":\#(known)\#(more)}"#)
            #expect(later == again, place)
            if let kept { #expect(kept == again, place) }
            answers.append(again)
        }
        for site in ["a", "b", "c"] {
            let row = (0..<3).first { look("result.rows.\($0).site", in: answers[0]) == site }
            let occupied = row.flatMap { look("result.rows.\($0).occupied", in: answers[0]) } ?? "0"
            let places = row.flatMap { look("result.rows.\($0).places", in: answers[0]) } ?? "0"
            #expect(occupied == "\(naive.occupied(site, on: day))", place)
            #expect(places == "\(naive.places(site, on: day))", place)
        }
        let flows = naive.flows(upTo: day)
        #expect(look("result.arrivals", in: answers[2]) == "\(flows.arrivals)", place)
        #expect(look("result.departures", in: answers[2]) == "\(flows.departures)", place)
        var byDestination: [String: Int] = [:]
        for row in 0..<(Int(look("result.rows.count", in: answers[2]) ?? "") ?? 0) {
            let key = look("result.rows.\(row).key", in: answers[2]) ?? ""
            byDestination[key] = look("result.rows.\(row).departures", in: answers[2]).flatMap { Int($0) }
        }
        #expect(byDestination == flows.byDestination, place)
        #expect(look("result.acts.0.headcount", in: answers[10]) ?? "0" == "\(naive.acts(upTo: day))", place)
        let evaluations = naive.evaluations(upTo: day)
        #expect(look("result.requested", in: answers[11]) == "\(evaluations.requested)", place)
        #expect(look("result.concluded", in: answers[11]) == "\(evaluations.concluded)", place)
        let volunteers = naive.volunteers(upTo: day)
        #expect(look("result.registered", in: answers[12]) == "\(volunteers.registered)", place)
        #expect(look("result.minutes", in: answers[12]) == "\(volunteers.minutes)", place)
        // The indicator computes the people met, and somebody states a number of them now and then.
        if let computed = look("result.figures.0.computed", in: answers[14]) {
            #expect(computed == "\(naive.met(upTo: day).people)", place)
        }
        #expect(look("result.figures.0.stated.0.value", in: answers[14]) == naive.stated(upTo: day), place)
        let met = naive.met(upTo: day)
        #expect(look("result.carried_out", in: answers[5]) == "\(met.operations)", place)
        #expect(look("result.people", in: answers[5]) == "\(met.people)", place)
        if look("result.funds.count", in: answers[6]) == "1" {
            #expect(look("result.funds.0.balance", in: answers[6]) == "\(naive.balance(of: "f", on: day))", place)
        }
        for point in ["x", "y"] {
            let count = Int(look("result.rows.count", in: answers[7]) ?? "") ?? 0
            let row = (0..<count).first { look("result.rows.\($0).point", in: answers[7]) == point }
            let quantity = row.flatMap { look("result.rows.\($0).quantity", in: answers[7]) } ?? "0"
            #expect(quantity == "\(naive.shoes(at: point, on: day))", place)
        }
    }

    private func ask(_ desk: Desk, _ method: String, _ params: String) -> String {
        let client = desk.connect()
        client.call(1, method, params)
        desk.settle()
        return client.answer(1) ?? "no answer"
    }
}

/// Commands drawn by a seed; many are refused, as it goes.
struct RandomStory {
    let desk: Desk
    var random: SplitMix
    private let client: Client
    private var count = 0

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        // Worlds are kept so often that looks at the past and corrections begin at one of them.
        desk = try Desk(seed: seed, checkpointEvents: 7)
        client = desk.connect()
        for (number, site) in ["a", "b", "c"].enumerated() {
            send("site.open", #""site":"\#(site)","kind":"CHU","time":"2016-01-0\#(number + 1)""#)
            send(
                "site.set_capacity", #""site":"\#(site)","audience":"any","places":6,"time":"2016-01-0\#(number + 1)""#)
        }
        send("donation.open_fund", #""fund":"f","time":"2016-01-01""#)
        send("service.open", #""service":"h","kind":"health","time":"2016-01-01""#)
        send("volunteer.open_mission", #""mission":"m","time":"2016-01-01""#)
        send("plan.adopt", #""plan":"plan","name":"A plan","time":"2016-01-01""#)
        send("plan.declare_commitment", #""commitment":"c","plan":"plan","title":"A promise","time":"2016-01-01""#)
        send(
            "plan.define_indicator",
            #""indicator":"i","commitment":"c","title":"People met","unit":"people","time":"2016-01-01","#
                + #""calculation":{"sum":[{"method":"query.operations","path":"people"}]}"#)
        for point in ["x", "y"] { send("collection.open_point", #""point":"\#(point)","time":"2016-01-01""#) }
    }

    mutating func day(from first: Int, to last: Int) -> String {
        // 2016-01-01 is day 16 801.
        let day = 16_801 + Int.random(in: first...last, using: &random)
        let civil = civilDay(day)
        return civil
    }

    private func civilDay(_ day: Int) -> String {
        let lengths = [31, 29, 31, 30]
        var (month, rest) = (0, day - 16_801)
        while rest >= lengths[month] { (month, rest) = (month + 1, rest - lengths[month]) }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "2016-\(two(month + 1))-\(two(rest + 1))"
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random)! }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func time() -> String {
        let hour = number(0...23)
        return day(from: 3, to: 80) + "T" + (hour < 10 ? "0\(hour)" : "\(hour)") + ":00:00Z"
    }

    private mutating func send(_ method: String, _ params: String) {
        count += 1
        client.call(count, method, "{\(params)}")
        desk.settle()
        client.forget()
        desk.now += 3_600_000_000
    }

    mutating func step() {
        let when = #""time":"\#(time())""#
        let (site, placement) = (pick(["a", "b", "c"]), "p-\(number(1...14))")
        let goods = #""point":"\#(pick(["x", "y"]))","category":"shoes","unit":"pair","quantity":\#(number(1...9))"#
        switch number(0...24) {
        case 0...3:
            let person = number(0...1) == 0 ? #","person":"s-\#(number(1...8))""# : ""
            let audience = pick(["any", "families", "single_men"])
            send(
                "placement.start",
                #""placement":"\#(placement)","site":"\#(site)","audience":"\#(audience)","adults":\#(number(1...3)),"children":\#(number(0...2))\#(person),\#(when)"#
            )
        case 4, 5:
            send(
                "placement.end",
                #""placement":"\#(placement)","destination":"\#(pick(["CAO", "CHU", "street"]))",\#(when)"#)
        case 6: send("placement.transfer", #""placement":"\#(placement)","site":"\#(site)",\#(when)"#)
        case 7:
            send(
                "site.set_capacity",
                #""site":"\#(site)","audience":"\#(pick(["any", "families"]))","places":\#(number(0...9)),"effective":"\#(day(from: 0, to: 80))",\#(when)"#
            )
        case 8:
            let operation = "o-\(number(1...20))"
            send("operation.plan", #""operation":"\#(operation)","kind":"shelter",\#(when)"#)
            send(
                "operation.carry_out",
                #""operation":"\#(operation)","headcount":[{"audience":"any","people":\#(number(1...50))}],"time":"\#(day(from: 40, to: 80))""#
            )
        case 9:
            send(
                "donation.receive",
                #""donation":"d-\#(number(1...30))","fund":"f","donor_kind":"individual","amount":\#(number(1...900)),\#(when)"#
            )
        case 10: send("donation.allocate", #""fund":"f","amount":\#(number(1...500)),"purpose":"beds",\#(when)"#)
        case 11: send("donation.refund", #""donation":"d-\#(number(1...30))","amount":\#(number(1...300)),\#(when)"#)
        case 12: send("collection.receive", goods + #","donor_kind":"individual",\#(when)"#)
        case 13: send("collection.distribute", goods + #",\#(when)"#)
        case 14: send("collection.dispatch", goods + #","to_point":"\#(pick(["x", "y"]))",\#(when)"#)
        case 15: send("collection.count", goods + #",\#(when)"#)
        case 16:
            send("service.record_act", #""service":"h","kind":"screening","headcount":\#(number(1...40)),\#(when)"#)
        case 17:
            send("evaluation.request", #""evaluation":"e-\#(number(1...12))","headcount":\#(number(1...5)),\#(when)"#)
        case 18:
            let outcome = pick(["minor", "adult", "withdrawn"])
            send("evaluation.conclude", #""evaluation":"e-\#(number(1...12))","outcome":"\#(outcome)",\#(when)"#)
        case 19:
            let volunteer = #""volunteer":"v-\#(number(1...9))""#
            send("volunteer.register", volunteer + #","headcount":\#(number(1...3)),\#(when)"#)
            send("volunteer.sign_up", volunteer + #","mission":"m","time":"\#(day(from: 20, to: 80))""#)
            send("volunteer.attend", volunteer + #","mission":"m","minutes":60,"time":"\#(day(from: 30, to: 85))""#)
        case 20:
            let speaks = #""day":"\#(day(from: 0, to: 80))""#
            send(
                "plan.measure_indicator",
                #""indicator":"i","value":"\#(number(1...900))","source":"s",\#(speaks),\#(when)"#)
        case 21:
            send("placement.request", #""request":"r-\#(number(1...20))","audience":"any","site":"\#(site)",\#(when)"#)
        case 22: send("event.void", #""sequence":\#(number(1...max(1, desk.log.lines.count))),"reason":"error""#)
        default: correct()
        }
    }

    private mutating func correct() {
        let sequence = number(1...max(1, desk.log.lines.count))
        let type = look("type", in: desk.log.text[sequence - 1]) ?? ""
        let set: String =
            switch type {
            case "placement.started": #""adults":\#(number(1...4))"#
            case "placement.ended": #""destination":"\#(pick(["CAO", "hotel"]))""#
            case "placement.transferred": #""site":"\#(pick(["a", "b", "c"]))""#
            case "site.capacity_set": #""places":\#(number(0...9))"#
            case "operation.carried_out": #""headcount":[{"audience":"any","people":\#(number(1...50))}]"#
            case "service.act_recorded", "evaluation.requested", "volunteer.registered":
                #""headcount":\#(number(1...9))"#
            case "plan.indicator_measured": #""value":"\#(number(1...900))""#
            case "evaluation.concluded": #""outcome":"no_show""#
            case "donation.received", "donation.allocated", "donation.refunded": #""amount":\#(number(1...900))"#
            case let type where type.hasPrefix("collection.") && type != "collection.point_opened":
                #""quantity":\#(number(1...9))"#
            default: ""
            }
        let happened = number(0...2) == 0 ? #","happened":"\#(time())""# : ""
        send("event.correct", #""sequence":\#(sequence),"reason":"error","set":{\#(set)}\#(happened)"#)
    }
}

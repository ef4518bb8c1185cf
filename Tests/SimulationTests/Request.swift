import AccueilDomain
import AccueilTesting

/// A command as a client asks it: what of it counts when it is asked again.
struct Command: Equatable {
    let method: String
    /// Its parameters, without the braces and without what may stand beside them.
    let params: String
}

/// Draws commands in a world so small that they get in each other's way.
struct Commands {
    var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// What a world begins with.
    static let first: [Command] =
        ["a", "b"].flatMap {
            [
                Command(method: "site.open", params: #""site":"\#($0)","kind":"CHU","time":"2016-11-01""#),
                Command(
                    method: "site.set_capacity",
                    params: #""site":"\#($0)","audience":"any","places":6,"time":"2016-11-01""#),
            ]
        }
        + ["x", "y"].map {
            Command(method: "collection.open_point", params: #""point":"\#($0)","time":"2016-11-01""#)
        } + [Command(method: "donation.open_fund", params: #""fund":"f","time":"2016-11-01""#)]

    private mutating func pick(_ values: String...) -> String { values.randomElement(using: &random)! }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// When it happened: mostly now, sometimes earlier, rarely before anything was.
    private mutating func time(_ today: Day) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch number(0...9) {
        case 0...5: return ""
        case 6...8: return #","time":"\#(today + -number(0...9))T\#(two(number(0...23))):00:00Z""#
        default: return #","time":"\#(today + -number(0...40))""#
        }
    }

    /// A command, or several in one transaction; `head` events are known to be there.
    mutating func next(_ today: Day, head: Int) -> Command {
        guard number(0...9) == 0 else { return single(today, head: head) }
        let steps = (0...number(1...3)).map { _ in
            let command = single(today, head: head)
            return #"{"method":"\#(command.method)","params":{\#(command.params)}}"#
        }
        return Command(method: "transaction", params: #""commands":[\#(steps.joined(separator: ","))]"#)
    }

    private mutating func single(_ today: Day, head: Int) -> Command {
        let time = time(today)
        let site = pick("a", "a", "b", "c")
        let placement = #""placement":"p-\#(number(1...12))""#
        let bed = #""bed":"\#(pick("1", "2"))""#
        let goods =
            #""point":"\#(pick("x", "y"))","category":"shoes","unit":"pair","quantity":\#(number(1...9))"#
        let amount = #""amount":\#(number(1...900))"#
        func command(_ method: String, _ params: String) -> Command { Command(method: method, params: params + time) }
        switch number(0...29) {
        case 0...5:
            let person = number(0...1) == 0 ? #","person":"s-\#(number(1...5))""# : ""
            let bed = number(0...1) == 0 ? "," + bed : ""
            let audience = pick("any", "families", "single_men")
            return command(
                "placement.start",
                placement + #","site":"\#(site)","audience":"\#(audience)","adults":\#(number(1...3))"# + person + bed)
        case 6, 7: return command("placement.move", placement + "," + bed)
        case 8: return command("placement.transfer", placement + #","site":"\#(site)","# + bed)
        case 9, 10: return command("placement.end", placement + #","destination":"\#(pick("CAO", "street"))""#)
        case 11...13: return command("collection.receive", goods + #","donor_kind":"individual""#)
        case 14, 15: return command("collection.distribute", goods)
        case 16: return command("collection.dispatch", goods + #","to_point":"\#(pick("x", "y"))""#)
        case 17: return command("collection.count", goods)
        case 18: return command("collection.discard", goods + #","reason":"expired""#)
        case 19: return command(pick("collection.open_point", "collection.close_point"), #""point":"y""#)
        case 20, 21:
            let donation = #""donation":"d-\#(number(1...12))","fund":"f","donor_kind":"individual","#
            return command("donation.receive", donation + amount)
        case 22: return command("donation.allocate", #""fund":"f","purpose":"beds","# + amount)
        case 23: return command("donation.refund", #""donation":"d-\#(number(1...12))","# + amount)
        case 24:
            guard number(0...2) == 0 else { return command("site.open", #""site":"c","kind":"CHU""#) }
            return command("site.close", #""site":"c""#)
        case 25:
            let effective = #","effective":"\#(today + number(-20...5))""#
            return command(
                "site.set_capacity",
                #""site":"\#(site)","audience":"\#(pick("any", "families"))","places":\#(number(0...9))"# + effective)
        case 26: return command("operation.plan", #""operation":"o-\#(number(1...6))","kind":"shelter""#)
        case 27:
            let people = #","headcount":[{"audience":"any","people":\#(number(1...50))}]"#
            return command("operation.carry_out", #""operation":"o-\#(number(1...6))""# + people)
        default:
            let event = #""sequence":\#(number(1...max(1, head))),"reason":"error""#
            guard number(0...1) == 0 else { return Command(method: "event.void", params: event) }
            let set = pick(
                #""adults":\#(number(1...4))"#, #""quantity":\#(number(1...9))"#, amount, #""site":"\#(site)""#, bed)
            return Command(method: "event.correct", params: event + #","set":{\#(set)}"#)
        }
    }
}

/// What a client waits to be answered.
struct Request {
    enum Kind {
        case command(Command, id: String?, expecting: (subject: String, position: Int)?, isDryRun: Bool)
        case status
        case page(from: Int, limit: Int)
        case event(Int)
        case subscribe(from: Int?, consumer: String?, types: String?)
        case unsubscribe
        case acknowledge(consumer: String, Int)
        /// Of what is, or of what was known at a position.
        case query(String, asOf: Day, knownAt: Int?)
    }

    let kind: Kind
    /// What every client had been told is durable when it was asked: the answer tells at least of so much.
    let told: Int
    /// How far the register had decided by then: a refusal may rest on all of it.
    let decided: Int
    /// The events its command id stood for by then.
    let receipt: Range<Int>?
    /// How often the disk had failed by then: a failure since may be why there is no better answer.
    let faults: Int
}

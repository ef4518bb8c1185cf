import AccueilTesting
import EventLog
import Testing

/// An event is voided or corrected; the world is then as if it had never been, or had been right from the start.
@Suite struct CorrectionTests {
    let desk: Desk
    let amel: Client
    private let numbers = Numbers()

    private final class Numbers {
        var last = 0
    }

    init() throws {
        desk = try Desk()
        amel = desk.connect()
    }

    /// Asks and waits for the answer.
    @discardableResult
    private func ask(_ method: String, _ params: String = "{}") -> String {
        numbers.last += 1
        amel.call(numbers.last, method, params)
        desk.settle()
        return amel.answer(numbers.last) ?? "no answer"
    }

    private func told(_ answer: String, _ path: String) -> String? { look(path, in: answer) }

    private func occupied(_ day: String, knownAt: String? = nil) -> String? {
        let known = knownAt.map { #","known_at":\#($0)"# } ?? ""
        return told(ask("query.occupancy", #"{"as_of":"\#(day)"\#(known)}"#), "result.occupied")
    }

    /// A site with ten places (1, 2), p-1 with two adults from 1 to 10 December (3, 4).
    private func begin() {
        ask("site.open", #"{"site":"ney","kind":"CPA","time":"2016-11-10"}"#)
        ask("site.set_capacity", #"{"site":"ney","audience":"any","places":10,"time":"2016-11-10"}"#)
        ask(
            "placement.start",
            #"{"placement":"p-1","site":"ney","audience":"couples","adults":2,"person":"s-1","time":"2016-12-01"}"#)
        ask("placement.end", #"{"placement":"p-1","destination":"CAO","time":"2016-12-10"}"#)
        #expect(desk.log.lines.count == 4)
    }

    @Test func `a voided event never happened, and history keeps both`() {
        begin()
        #expect(told(ask("event.void", #"{"sequence":4,"reason":"not_happened"}"#), "result.events.0.sequence") == "5")
        #expect(occupied("2016-12-15") == "2")
        let line = desk.log.text[4]
        #expect(look("type", in: line) == "event.voided")
        #expect(look("subject", in: line) == "placement/p-1")
        #expect(look("data.sequence", in: line) == "4")
        #expect(look("data.type", in: line) == "placement.ended")
        #expect(look("actor", in: line) == "uid:1000")
        let history = ask("query.history", #"{"subject":"placement/p-1"}"#)
        #expect(
            (0..<3).map { told(history, "result.events.\($0).type") }
                == ["event.voided", "placement.ended", "placement.started"])
        let person = ask("query.history", #"{"subject":"person/s-1"}"#)
        #expect(told(person, "result.events.count") == "3")
        // The stay is open once more, and can end as it did.
        #expect(
            told(ask("placement.end", #"{"placement":"p-1","destination":"hotel","time":"2016-12-12"}"#), "result")
                == nil)
        #expect(occupied("2016-12-11") == "2")
        #expect(occupied("2016-12-12") == "0")
    }

    @Test func `what was voided can be recorded anew under the same id`() {
        begin()
        ask(
            "transaction",
            #"{"commands":[{"method":"event.void","params":{"sequence":3,"reason":"error"}},"#
                + #"{"method":"event.void","params":{"sequence":4,"reason":"error"}}]}"#)
        #expect(occupied("2016-12-05") == "0")
        #expect(told(ask("query.history", #"{"subject":"person/s-1"}"#), "result.events.count") == "4")
        let again = ask(
            "placement.start",
            #"{"placement":"p-1","site":"ney","audience":"single_men","person":"s-1","time":"2016-12-02"}"#)
        #expect(told(again, "result.events.0.sequence") == "7")
        #expect(occupied("2016-12-05") == "1")
    }

    @Test func `a void is refused by what could not have followed, and says what that is`() {
        begin()
        let refused = ask("event.void", #"{"sequence":3,"reason":"error"}"#)
        #expect(told(refused, "error.data.rule") == "stands_in_the_way")
        #expect(told(refused, "error.data.facts.events") == "1")
        #expect(told(refused, "error.data.facts.#4") == "unknown_placement")
        #expect(told(refused, "error.message")?.contains("#4 placement.ended of placement/p-1") == true)
        #expect(desk.log.lines.count == 4)
        #expect(occupied("2016-12-05") == "2")
    }

    @Test func `stock, money and receipts stand in the way of what they rest on`() {
        ask("donation.open_fund", #"{"fund":"f","time":"2016-01-01"}"#)
        ask(
            "donation.receive",
            #"{"donation":"d","fund":"f","donor_kind":"individual","amount":5000,"time":"2016-01-02"}"#)
        ask("donation.issue_receipt", #"{"receipt":"r","donation":"d","time":"2016-01-03"}"#)
        ask("donation.allocate", #"{"fund":"f","amount":3000,"purpose":"beds","time":"2016-01-04"}"#)
        let void = ask("event.void", #"{"sequence":2,"reason":"error"}"#)
        #expect(told(void, "error.data.facts.#3") == "unknown_donation")
        #expect(told(void, "error.data.facts.#4") == "allocated_above_received")
        let less = ask("event.correct", #"{"sequence":2,"reason":"amount","set":{"amount":2999}}"#)
        #expect(told(less, "error.data.facts.#4") == "allocated_above_received")
        #expect(told(less, "error.data.facts.#3") == nil)
        let enough = ask("event.correct", #"{"sequence":2,"reason":"amount","set":{"amount":3000}}"#)
        #expect(told(enough, "result.events.0.type") == "event.corrected")
        #expect(told(ask("query.donations"), "result.funds.0.balance") == "0")

        ask("collection.open_point", #"{"point":"c","time":"2016-01-01"}"#)
        ask(
            "collection.receive",
            #"{"point":"c","category":"shoes","unit":"pair","quantity":5,"donor_kind":"individual","time":"2016-01-02"}"#
        )
        ask(
            "collection.distribute",
            #"{"point":"c","category":"shoes","unit":"pair","quantity":4,"time":"2016-01-03"}"#)
        let goods = ask("event.void", #"{"sequence":7,"reason":"duplicate"}"#)
        #expect(told(goods, "error.data.rule") == "stands_in_the_way")
        #expect(told(goods, "error.data.facts.#8") != nil)
    }

    @Test func `a corrected event counts as if it had been right from the start, the later ones after it`() {
        begin()
        ask("event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":3,"children":1},"unset":["person"]}"#)
        #expect(occupied("2016-12-05") == "4")
        #expect(occupied("2016-12-10") == "0")
        ask("event.correct", #"{"sequence":4,"reason":"date","happened":"2016-12-20","set":{"destination":"CHU"}}"#)
        #expect(occupied("2016-12-15") == "4")
        let flows = ask("query.flows", #"{"as_of":"2016-12-31","by":"destination"}"#)
        #expect(told(flows, "result.rows.0.key") == "CHU")
        #expect(look("data.data.adults", in: desk.log.text[4]) == "3")
        #expect(look("data.data.person", in: desk.log.text[4]) == nil)
        #expect(look("data.happened", in: desk.log.text[5]) == "2016-12-20T00:00:00Z")
    }

    @Test func `a correction that the rules refuse is told by the rule, and changes nothing`() {
        begin()
        let sequence = ask("event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":0}}"#)
        #expect(told(sequence, "error.data.rule") == "headcount_out_of_bounds")
        #expect(told(sequence, "error.data.facts.sequence") == "3")
        let time = ask("event.correct", #"{"sequence":3,"reason":"date","happened":"2016-12-24"}"#)
        #expect(told(time, "error.data.rule") == "stands_in_the_way")
        #expect(told(time, "error.data.facts.#4") == "ends_before_it_starts")
        let future = ask("event.correct", #"{"sequence":4,"reason":"date","happened":"2017-03-24"}"#)
        #expect(told(future, "error.data.rule") == "in_the_future")
        #expect(desk.log.lines.count == 4)
        #expect(occupied("2016-12-05") == "2")
    }

    @Test(arguments: [
        (#"{"sequence":3,"reason":"error","set":{"beds":1}}"#, "set.beds"),
        (#"{"sequence":3,"reason":"error","set":{"adults":"two"}}"#, "set.adults"),
        (#"{"sequence":3,"reason":"error","set":{"placement":"p-2"}}"#, "set"),
        (#"{"sequence":3,"reason":"error","set":[]}"#, "set"),
        (#"{"sequence":3,"reason":"error","unset":["bed"]}"#, "unset"),
        (#"{"sequence":3,"reason":"error","unset":["site"]}"#, "set.site"),
        (#"{"sequence":3,"reason":"mood"}"#, "reason"),
    ])
    func `a correction that makes no event is told by its field`(params: String, path: String) {
        begin()
        let answer = ask("event.correct", params)
        #expect(told(answer, "error.code") == "-32602")
        #expect(told(answer, "error.data.rule") == path)
    }

    @Test func `what is not there, or puts another event right, cannot be put right`() {
        begin()
        for sequence in [0, -1, 5, 1 << 40] {
            let answer = ask("event.void", #"{"sequence":\#(sequence),"reason":"error"}"#)
            #expect(told(answer, "error.data.rule") == "beyond_the_log", "\(sequence)")
        }
        ask("event.void", #"{"sequence":4,"reason":"error"}"#)
        #expect(told(ask("event.void", #"{"sequence":5,"reason":"error"}"#), "error.data.rule") == "not_correctable")
        let voided = ask("event.correct", #"{"sequence":4,"reason":"date","happened":"2016-12-09"}"#)
        #expect(told(voided, "error.data.rule") == "event_voided")
    }

    @Test func `said twice, it changes nothing the second time`() {
        begin()
        let correct = #"{"sequence":3,"reason":"headcount","set":{"adults":3}}"#
        ask("event.correct", correct)
        #expect(told(ask("event.correct", correct), "result.events.count") == "0")
        ask("event.void", #"{"sequence":4,"reason":"error"}"#)
        #expect(told(ask("event.void", #"{"sequence":4,"reason":"other"}"#), "result.events.count") == "0")
        #expect(desk.log.lines.count == 6)
        let once = #"{"sequence":2,"reason":"error","command_id":"c-1"}"#
        #expect(told(ask("event.void", once), "result.replayed") == "false")
        let again = ask("event.void", once)
        #expect(told(again, "result.replayed") == "true")
        #expect(told(again, "result.events.0.sequence") == "7")
    }

    @Test func `the same command sent twice at once is carried out once`() {
        begin()
        let void = #"{"sequence":4,"reason":"error","command_id":"c-1"}"#
        amel.call(100, "event.void", void)
        amel.call(101, "event.void", void)
        desk.settle()
        #expect(amel.answer(100, "result.events.0.sequence") == "5")
        #expect(amel.answer(101, "result.events.0.sequence") == "5")
        #expect(amel.answer(101, "result.replayed") == "true")
    }

    @Test func `a mistake and what was built on it go together, and the right thing comes with them`() {
        begin()
        let moved = ask(
            "transaction",
            #"{"commands":["#
                + #"{"method":"placement.start","params":{"placement":"p-2","site":"ney","audience":"any","person":"s-1","time":"2016-12-03"}},"#
                + #"{"method":"event.void","params":{"sequence":4,"reason":"wrong_subject"}},"#
                + #"{"method":"event.void","params":{"sequence":3,"reason":"wrong_subject"}}]}"#)
        #expect((0..<3).map { told(moved, "result.events.\($0).sequence") } == ["5", "6", "7"])
        #expect(told(moved, "result.events.2.type") == "placement.started")
        #expect(desk.log.commits.last?.count == 3)
        #expect(occupied("2016-12-05") == "1")
        // All or nothing: the third command is refused, so nothing is voided.
        let refused = ask(
            "transaction",
            #"{"commands":[{"method":"event.void","params":{"sequence":7,"reason":"error"}},"#
                + #"{"method":"placement.end","params":{"placement":"p-2","destination":"CAO","time":"2016-12-09"}}]}"#)
        #expect(told(refused, "error.data.rule") == "unknown_placement")
        #expect(told(refused, "error.data.facts.command_index") == "1")
        #expect(desk.log.lines.count == 7)
        #expect(occupied("2016-12-05") == "1")
    }

    @Test func `commands go on while a correction is looked at, and may stand in its way`() {
        begin()
        let bruno = desk.connect("uid:1001")
        // Looked at, but not yet concluded: the other thread has not run.
        amel.call(100, "event.void", #"{"sequence":4,"reason":"error"}"#)
        desk.home.all()
        bruno.call(1, "placement.start", stay("p-2", more: #","person":"s-1","time":"2016-12-11""#))
        desk.home.all()
        #expect(desk.log.isSyncing)
        desk.log.sync()
        desk.home.all()
        #expect(bruno.answer(1, "result.events.0.sequence") == "5")
        #expect(amel.answer(100) == nil)
        desk.settle()
        #expect(amel.answer(100, "error.data.facts.#5") == "second_open_stay")
        #expect(occupied("2016-12-12") == "1")
        // What does not stand in the way comes first in the log, and both hold.
        amel.call(101, "event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":5}}"#)
        desk.home.all()
        bruno.call(2, "placement.start", stay("p-3", more: #","time":"2016-12-02""#))
        desk.settle()
        #expect(bruno.answer(2, "result.events.0.sequence") == "6")
        #expect(amel.answer(101, "result.events.0.sequence") == "7")
        #expect(occupied("2016-12-05") == "6")
    }

    @Test func `a query tells of a correction only once it is durable`() {
        begin()
        let bruno = desk.connect("uid:1001")
        amel.call(100, "event.void", #"{"sequence":4,"reason":"error"}"#)
        desk.turn()
        #expect(desk.log.isSyncing)
        bruno.call(1, "query.occupancy", #"{"as_of":"2016-12-15"}"#)
        #expect(bruno.answer(1, "result.occupied") == "0")
        // A command is decided on it all the same.
        bruno.call(2, "placement.end", #"{"placement":"p-1","destination":"hotel","time":"2016-12-20"}"#)
        desk.settle()
        #expect(bruno.answer(2, "result.events.0.sequence") == "6")
        bruno.call(3, "query.occupancy", #"{"as_of":"2016-12-15"}"#)
        #expect(bruno.answer(3, "result.occupied") == "2")
    }

    @Test func `a correction that the disk loses is lost as a whole`() {
        begin()
        amel.call(100, "event.void", #"{"sequence":4,"reason":"error"}"#)
        desk.turn()
        desk.log.fail()
        desk.turn()
        #expect(amel.answer(100, "error.data.type") == "outcome_unknown")
        amel.call(101, "query.occupancy", #"{"as_of":"2016-12-15"}"#)
        #expect(amel.answer(101, "result.occupied") == "0")
    }

    @Test func `after a restart the world is the same, and so is what was known before`() throws {
        begin()
        ask("event.void", #"{"sequence":4,"reason":"error"}"#)
        ask("event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":4}}"#)
        let again = try Desk(desk.log)
        let client = again.connect()
        for (id, known, expected) in [(1, 3, "2"), (2, 4, "0"), (3, 5, "2"), (4, 6, "4"), (5, 0, "0")] {
            client.call(id, "query.occupancy", #"{"as_of":"2016-12-15","known_at":\#(known)}"#)
            again.settle()
            #expect(client.answer(id, "result.occupied") == expected, "known at \(known)")
        }
        client.call(9, "query.occupancy", #"{"as_of":"2016-12-15"}"#)
        #expect(client.answer(9, "result.occupied") == "4")
    }

    @Test func `what was known is told by position, by time and by day`() {
        begin()
        // 2017-03-23T12:00:00Z; the next day:
        desk.now += 86_400_000_000
        ask("event.void", #"{"sequence":4,"reason":"error"}"#)
        #expect(occupied("2016-12-15") == "2")
        #expect(occupied("2016-12-15", knownAt: "4") == "0")
        #expect(occupied("2016-12-15", knownAt: #""2017-03-23""#) == "0")
        #expect(occupied("2016-12-15", knownAt: #""2017-03-24T11:59:59Z""#) == "0")
        #expect(occupied("2016-12-15", knownAt: #""2017-03-24T12:00:00Z""#) == "2")
        #expect(occupied("2016-12-15", knownAt: #""2017-03-24""#) == "2")
        #expect(occupied("2016-12-15", knownAt: #""2017-03-22""#) == "0")
        #expect(told(ask("query.occupancy", #"{"known_at":6}"#), "error.data.rule") == "beyond_the_log")
        #expect(told(ask("query.occupancy", #"{"known_at":true}"#), "error.data.rule") == "known_at")
        // Without as_of, the day is that of what was known.
        #expect(told(ask("query.occupancy", #"{"known_at":4}"#), "result.as_of") == "2017-03-23")
        let history = ask("query.history", #"{"subject":"placement/p-1","known_at":4}"#)
        #expect(told(history, "result.events.0.type") == "placement.ended")
    }

    @Test(arguments: ["100000", "-1", "9007199254740991", "-9007199254740991"])
    func `a corrected event that the rules refuse is taken into no world`(number: String) {
        begin()
        for field in ["adults", "children"] {
            let answer = ask("event.correct", #"{"sequence":3,"reason":"error","set":{"\#(field)":\#(number)}}"#)
            #expect(told(answer, "error.data.rule") == "headcount_out_of_bounds")
        }
        #expect(occupied("2016-12-05") == "2")
    }

    @Test func `a corrected event must say something`() {
        begin()
        ask("site.set_capacity", #"{"site":"ney","audience":"any","places":20,"time":"2016-12-01"}"#)
        let same = ask("event.correct", #"{"sequence":5,"reason":"date","happened":"2016-11-10","set":{"places":10}}"#)
        #expect(told(same, "error.data.rule") == "says_nothing_new")
        #expect(told(ask("event.void", #"{"sequence":1,"reason":"error"}"#), "error.data.facts.#2") == "unknown_site")
    }

    @Test func `a site that was never closed is open once, not twice`() {
        ask("site.open", #"{"site":"a","kind":"CHU","time":"2016-01-01"}"#)
        ask("site.close", #"{"site":"a","time":"2016-01-01"}"#)
        ask("site.open", #"{"site":"a","kind":"CHU","time":"2016-01-01"}"#)
        ask("site.set_capacity", #"{"site":"a","audience":"any","places":10,"time":"2016-01-01"}"#)
        #expect(told(ask("event.void", #"{"sequence":2,"reason":"error"}"#), "result.events.count") == "1")
        ask("site.close", #"{"site":"a","time":"2016-02-01"}"#)
        #expect(told(ask("query.occupancy", #"{"as_of":"2016-03-01"}"#), "result.places") == "0")
    }

    @Test func `after a restart no kept world knows what was put right only later`() throws {
        begin()
        for number in 0..<20 {
            ask(
                "placement.start",
                #"{"placement":"q-\#(number)","site":"ney","audience":"any","time":"2017-01-01"}"#)
        }
        ask("event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":7}}"#)
        let again = try Desk(desk.log, checkpointEvents: 5)
        let client = again.connect()
        client.call(1, "query.occupancy", #"{"as_of":"2016-12-05","known_at":24}"#)
        client.call(2, "query.occupancy", #"{"as_of":"2016-12-05","known_at":25}"#)
        again.settle()
        #expect(client.answer(1, "result.occupied") == "2")
        #expect(client.answer(2, "result.occupied") == "7")
    }

    @Test func `what a connection sends behind a correction sees it, and others do not wait`() {
        begin()
        let bruno = desk.connect("uid:1001")
        let start = #"{"placement":"p-1","site":"ney","audience":"any","time":"2016-12-02"}"#
        amel.call(100, "event.void", #"{"sequence":4,"reason":"error"}"#)
        amel.call(101, "event.void", #"{"sequence":3,"reason":"error"}"#)
        amel.call(102, "query.occupancy", #"{"as_of":"2016-12-05"}"#)
        amel.call(103, "placement.start", start)
        amel.call(104, "query.occupancy", #"{"as_of":"2016-12-05"}"#)
        bruno.call(1, "query.occupancy", #"{"as_of":"2016-12-05"}"#)
        #expect(bruno.answer(1, "result.occupied") == "2")
        desk.settle()
        #expect(amel.answer(100, "result.events.0.sequence") == "5")
        #expect(amel.answer(101, "result.events.0.sequence") == "6")
        #expect(amel.answer(102, "result.occupied") == "0")
        #expect(amel.answer(103, "result.events.0.sequence") == "7")
        #expect(amel.answer(104, "result.occupied") == "1")
    }

    @Test func `a command id used around a correction is one command's`() {
        begin()
        let bruno = desk.connect("uid:1001")
        amel.call(100, "event.void", #"{"sequence":4,"reason":"error","command_id":"c-1"}"#)
        amel.call(101, "event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":1},"command_id":"c-1"}"#)
        desk.settle()
        #expect(amel.answer(100, "result.events.0.type") == "event.voided")
        #expect(amel.answer(101, "error.data.rule") == "command_id_reused")
        // Another connection takes the id while the correction is being looked at.
        amel.call(102, "event.correct", #"{"sequence":3,"reason":"headcount","set":{"adults":1},"command_id":"c-2"}"#)
        desk.home.all()
        bruno.call(1, "site.open", #"{"site":"b","kind":"CHU","time":"2016-11-10","command_id":"c-2"}"#)
        desk.settle()
        #expect(bruno.answer(1, "result.events.0.type") == "site.opened")
        #expect(amel.answer(102, "error.data.rule") == "command_id_reused")
        #expect(desk.log.lines.count == 6)
    }

    @Test func `a person's history keeps what was once told of them`() {
        begin()
        ask("event.correct", #"{"sequence":3,"reason":"wrong_subject","set":{"person":"s-2"}}"#)
        ask("event.correct", #"{"sequence":3,"reason":"wrong_subject","set":{"person":"s-3"}}"#)
        for person in ["s-1", "s-2", "s-3"] {
            let history = ask("query.history", #"{"subject":"person/\#(person)"}"#)
            #expect(told(history, "result.events.count") == "4", "\(person)")
        }
        // As of a day that is past, the corrections of what had happened by then show as well.
        let past = ask("query.history", #"{"subject":"placement/p-1","as_of":"2016-12-05"}"#)
        #expect(
            (0..<3).map { told(past, "result.events.\($0).type") }
                == ["event.corrected", "event.corrected", "placement.started"])
    }

    @Test func `an empty log has nothing to put right, and what was known at any time is nothing`() {
        #expect(told(ask("event.void", #"{"sequence":1,"reason":"error"}"#), "error.data.rule") == "beyond_the_log")
        #expect(told(ask("query.occupancy", #"{"known_at":0}"#), "result.occupied") == "0")
        #expect(told(ask("query.occupancy", #"{"known_at":"2017-03-22"}"#), "result.as_of") == "2017-03-22")
        #expect(told(ask("query.occupancy", #"{"known_at":"2199-12-31"}"#), "result.as_of") == "2017-03-23")
    }
}

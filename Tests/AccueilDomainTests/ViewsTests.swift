import AccueilDomain
import AccueilTesting
import Testing

/// A random history of four sites, told out of order, and the same kept as plain lists to answer every question by
/// going through all of them.
private struct Chronicle {
    struct Stay {
        var placement: Identifier
        var site: Int
        var party: Party
        var start: Day
        var end: Day?
        var destination: Destination?
        var continues = false
        var transferred = false
        var late = false
        var mismatch = false

        var people: Int { party.adults + party.children }
        var nationality: String { party.nationality?.description ?? "UNK" }
        func isPresent(_ day: Day) -> Bool { start <= day && (end.map { day < $0 } ?? true) }
    }

    struct Asked {
        var request: Identifier
        var party: Party
        var site: Int?
        var day: Day
        var oriented: (day: Day, destination: Destination)?
    }

    static let base: Day = "2016-06-01"
    static let sites: [(id: Identifier, kind: SiteKind, opens: Day)] = [
        ("ney", .cpa, base), ("ivry", .cpa, base + 40), ("bulle", .chu, base), ("foyer", .cao, base + 10),
    ]

    var story = Scenario()
    private(set) var stays: [Stay] = []
    private(set) var asked: [Asked] = []
    private var capacities: [(site: Int, audience: Audience, places: Int, from: Day)] = []
    private var blocks: [(site: Int, places: Int, day: Day)] = []
    private var targets: [(site: Int, min: Int?, max: Int, from: Day)] = []
    var random: SplitMix

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        for site in Self.sites {
            try story.given(
                "\(site.opens)",
                SiteOpened.with {
                    $0.site = site.id
                    $0.kind = site.kind
                })
        }
        for _ in 0..<14 { tellOfASite() }
        var plots = (0..<160).map { plot($0) }
        while let index = plots.indices.randomElement(using: &random) {
            tell(plots[index].removeFirst())
            if plots[index].isEmpty { plots.remove(at: index) }
        }
    }

    func day(_ offset: Int) -> Day { Self.base + offset }
    mutating func anyDay() -> Day { day(Int.random(in: -5...260, using: &random)) }

    // MARK: What happens

    private enum Step {
        case start(Stay, recorded: Day)
        case transfer(Identifier, Int, Day)
        case end(Identifier, Destination, Day)
        case ask(Asked)
        case orient(Identifier, Destination, Day)
    }

    private mutating func tellOfASite() {
        let site = Int.random(in: 0..<Self.sites.count, using: &random)
        let from = max(anyDay(), Self.sites[site].opens)
        let id = Self.sites[site].id
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
            let audience = [Audience.singleMen, .families, .any].randomElement(using: &random)!
            let places = Int.random(in: 0...60, using: &random)
            let verdict = story.when(
                "\(Self.base + 300)",
                SiteCapacitySet.with {
                    $0.site = id
                    $0.audience = audience
                    $0.places = places
                    $0.effective = from
                })
            if verdict.events != [] { capacities.append((site, audience, places, from)) }
        case 2:
            let places = Int.random(in: 1...9, using: &random)
            let verdict = story.when(
                "\(from)",
                SitePlacesBlocked.with {
                    $0.site = id
                    $0.places = places
                })
            if verdict.accepted { blocks.append((site, places, from)) }
        default:
            let most = Int.random(in: 5...60, using: &random)
            let verdict = story.when(
                "\(from)",
                SiteStayTargetSet.with {
                    $0.site = id
                    $0.daysMin = 5
                    $0.daysMax = most
                })
            if verdict.events != [] { targets.append((site, 5, most, from)) }
        }
    }

    private mutating func plot(_ number: Int) -> [Step] {
        let placement = Identifier("p-\(number)")!
        var party = PlacementStarted().party
        party.person = Int.random(in: 0..<3, using: &random) == 0 ? Identifier("x-\(number % 50)") : nil
        party.audience = [Audience.singleMen, .families, .any].randomElement(using: &random)!
        party.adults = Int.random(in: 1...3, using: &random)
        party.children = Int.random(in: 0...2, using: &random)
        party.nationality = ["AFG", "SDN", "ERI", "XXX"].randomElement(using: &random).flatMap { Nationality($0) }
        var site = Int.random(in: 0..<Self.sites.count, using: &random)
        var day = anyDay()
        if number % 5 == 4 {
            let asked = Asked(
                request: placement, party: party, site: Bool.random(using: &random) ? site : nil, day: day)
            let orient = Step.orient(placement, .cao, day + Int.random(in: 0...40, using: &random))
            return [.ask(asked)] + (Bool.random(using: &random) ? [orient] : [])
        }
        let late = Int.random(in: 0..<6, using: &random) == 0
        var steps = [
            Step.start(
                Stay(placement: placement, site: site, party: party, start: day, late: late),
                recorded: day + (late ? 31 : 30))
        ]
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            day = day + Int.random(in: 1...50, using: &random)
            site = (site + Int.random(in: 1..<Self.sites.count, using: &random)) % Self.sites.count
            steps.append(.transfer(placement, site, day))
        }
        if Int.random(in: 0..<4, using: &random) > 0 {
            let destination = [Destination.cao, .cada, .street, .hotel].randomElement(using: &random)!
            steps.append(.end(placement, destination, day + Int.random(in: 1...80, using: &random)))
        }
        return steps
    }

    private mutating func tell(_ step: Step) {
        switch step {
        case .start(var stay, let recorded):
            let verdict = story.when(
                "\(stay.start)",
                PlacementStarted.with {
                    ($0.placement, $0.site, $0.party) = (stay.placement, Self.sites[stay.site].id, stay.party)
                }, recorded: "\(recorded)")
            stay.mismatch = !accepts(stay.site, stay.party.audience, stay.start)
            if verdict.accepted { stays.append(stay) }
        case .transfer(let placement, let site, let day):
            guard let index = stays.lastIndex(where: { $0.placement == placement }) else { return }
            let verdict = story.when(
                "\(day)",
                PlacementTransferred.with {
                    $0.placement = placement
                    $0.site = Self.sites[site].id
                })
            guard verdict.events != [] else { return }
            var stay = stays[index]
            (stays[index].end, stays[index].transferred) = (day, true)
            (stay.site, stay.start, stay.continues, stay.late) = (site, day, true, false)
            stay.mismatch = !accepts(site, stay.party.audience, day)
            stays.append(stay)
        case .end(let placement, let destination, let day):
            guard let index = stays.lastIndex(where: { $0.placement == placement }) else { return }
            let verdict = story.when(
                "\(day)",
                PlacementEnded.with {
                    $0.placement = placement
                    $0.destination = destination
                })
            if verdict.accepted { (stays[index].end, stays[index].destination) = (day, destination) }
        case .ask(let ask):
            let verdict = story.when(
                "\(ask.day)",
                PlacementRequested.with {
                    ($0.request, $0.party, $0.site) = (ask.request, ask.party, ask.site.map { Self.sites[$0].id })
                })
            if verdict.accepted { asked.append(ask) }
        case .orient(let request, let destination, let day):
            let verdict = story.when(
                "\(day)",
                PlacementRequestClosed.with {
                    ($0.request, $0.outcome, $0.destination) = (request, .oriented, destination)
                })
            guard verdict.accepted, let index = asked.firstIndex(where: { $0.request == request }) else { return }
            asked[index].oriented = (day, destination)
        }
    }

    // MARK: What is

    private func accepts(_ site: Int, _ audience: Audience, _ day: Day) -> Bool {
        let offered = Audience.allCases.filter { capacity(site, $0, day) > 0 }
        return audience == .any || offered.isEmpty || offered.contains(.any) || offered.contains(audience)
    }

    private func capacity(_ site: Int, _ audience: Audience, _ day: Day) -> Int {
        let set = capacities.enumerated().filter {
            $0.element.site == site && $0.element.audience == audience && $0.element.from <= day
        }
        return set.max { ($0.element.from, $0.offset) < ($1.element.from, $1.offset) }?.element.places ?? 0
    }

    func places(_ site: Int, _ day: Day) -> Int {
        Self.sites[site].opens <= day ? Audience.allCases.reduce(0) { $0 + capacity(site, $1, day) } : 0
    }

    func blocked(_ site: Int, _ day: Day) -> Int {
        blocks.reduce(0) { $0 + ($1.site == site && $1.day <= day ? $1.places : 0) }
    }

    func present(_ site: Int, _ day: Day) -> [Stay] { stays.filter { $0.site == site && $0.isPresent(day) } }

    func target(_ site: Int, _ day: Day) -> (min: Int?, max: Int)? {
        let set = targets.enumerated().filter { $0.element.site == site && $0.element.from <= day }
        return set.max { ($0.element.from, $0.offset) < ($1.element.from, $1.offset) }.map {
            ($0.element.min, $0.element.max)
        }
    }
}

/// Four figures that can be compared at once.
private typealias Figures = [Int]

extension OccupancyQuery.Places {
    fileprivate var figures: Figures { [places, unavailable, occupied, unoccupied] }
}

extension FlowsQuery.Counts {
    fileprivate var figures: Figures {
        [arrivals, departures, transfersIn, transfersOut, present ?? 0, requests, oriented]
    }
}

@Suite struct RandomHistoryTests {
    private func shares(_ stays: [Chronicle.Stay], _ key: (Chronicle.Stay) -> String) -> [String] {
        var people: [String: Int] = [:]
        for stay in stays { people[key(stay), default: 0] += stay.people }
        let all = people.values.reduce(0, +)
        return people.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.map { key, count in
            let percent = (Double(count) * 100 / Double(all)).rounded(.toNearestOrAwayFromZero)
            return "\(key) \(count) \(Int(percent))"
        }
    }

    private func told(_ shares: [Share]) -> [String] { shares.map { "\($0.key.string) \($0.people) \($0.percent)" } }

    private func chosen(_ site: Int?, _ kind: SiteKind?) -> [Int] {
        Chronicle.sites.indices.filter { index in
            site.map { $0 == index } ?? kind.map { $0 == Chronicle.sites[index].kind } ?? true
        }
    }

    private func figures(_ chronicle: Chronicle, _ site: Int, _ day: Day) -> Figures {
        let places = chronicle.places(site, day)
        let blocked = Chronicle.sites[site].opens <= day ? chronicle.blocked(site, day) : 0
        let people = chronicle.present(site, day).reduce(0) { $0 + $1.people }
        return [places, blocked, people, places - blocked - people]
    }

    private func sum(_ figures: [Figures]) -> Figures {
        figures.reduce(into: [0, 0, 0, 0]) { sum, next in for index in 0..<4 { sum[index] += next[index] } }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `occupancy on any day is what counting everybody gives`(seed: UInt64) throws {
        var chronicle = try Chronicle(seed: seed)
        for _ in 0..<25 {
            let day = chronicle.anyDay()
            let site = Int.random(in: 0..<8, using: &chronicle.random)
            let kind = Bool.random(using: &chronicle.random) ? SiteKind.cpa : nil
            let key = [OccupancyKey.audience, .nationality, nil].randomElement(using: &chronicle.random)!
            var query = OccupancyQuery()
            (query.asOf, query.by) = (day, key)
            if site < 4 { query.site = Chronicle.sites[site].id } else { query.kind = kind }
            let answer = try chronicle.story.ask(query, today: "2020-01-01")
            let sites = chosen(site < 4 ? site : nil, kind).filter { Chronicle.sites[$0].opens <= day }
            #expect(answer.rows.map(\.site) == sites.map { Chronicle.sites[$0].id }, "seed \(seed), \(day)")
            #expect(
                answer.rows.map(\.counts.figures) == sites.map { figures(chronicle, $0, day) }, "seed \(seed), \(day)")
            #expect(answer.total.figures == sum(sites.map { figures(chronicle, $0, day) }), "seed \(seed), \(day)")
            guard let key else {
                #expect(answer.breakdown.isEmpty && answer.rows.allSatisfy(\.breakdown.isEmpty))
                continue
            }
            let name = { (stay: Chronicle.Stay) in key == .audience ? stay.party.audience.rawValue : stay.nationality }
            for (row, site) in zip(answer.rows, sites) {
                #expect(told(row.breakdown) == shares(chronicle.present(site, day), name), "seed \(seed), \(day)")
            }
            #expect(
                told(answer.breakdown) == shares(sites.flatMap { chronicle.present($0, day) }, name),
                "seed \(seed), \(day)")
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `the series is the occupancy of each night`(seed: UInt64) throws {
        var chronicle = try Chronicle(seed: seed)
        for _ in 0..<6 {
            let from = chronicle.anyDay()
            let to = from + Int.random(in: 0...70, using: &chronicle.random)
            let site = Int.random(in: 0..<6, using: &chronicle.random)
            var query = OccupancySeriesQuery()
            (query.from, query.to) = (from, to)
            if site < 4 { query.site = Chronicle.sites[site].id }
            let answer = try chronicle.story.ask(query, today: "2020-01-01")
            #expect(answer.days.map(\.day) == (0...(to - from)).map { from + $0 })
            for night in answer.days {
                let expected = chosen(site < 4 ? site : nil, nil).map { figures(chronicle, $0, night.day) }
                guard night.counts.figures == sum(expected) else { throw Mismatch("\(night.day), seed \(seed)") }
            }
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `flows are the comings and goings of the period, whatever they are told apart by`(seed: UInt64) throws {
        var chronicle = try Chronicle(seed: seed)
        for _ in 0..<30 {
            let asOf = chronicle.anyDay()
            let from = Bool.random(using: &chronicle.random) ? min(asOf, chronicle.anyDay()) : nil
            let to = Bool.random(using: &chronicle.random) ? from.map { $0 + 20 } : nil
            let end = min(to ?? asOf, asOf)
            let site = Int.random(in: 0..<10, using: &chronicle.random)
            let kind = Bool.random(using: &chronicle.random) ? SiteKind.cpa : nil
            let audience = Bool.random(using: &chronicle.random) ? Audience.families : nil
            let by = (FlowKey.allCases + [nil]).randomElement(using: &chronicle.random)!
            var query = FlowsQuery()
            (query.asOf, query.from, query.to, query.audience, query.by) = (asOf, from, to, audience, by)
            if site < 4 { query.site = Chronicle.sites[site].id } else { query.kind = kind }
            let answer = try chronicle.story.ask(query, today: "2020-01-01")

            let sites = chosen(site < 4 ? site : nil, kind)
            let everywhere = site >= 4 && kind == nil
            var (total, rows) = ([0, 0, 0, 0, 0, 0, 0], [String: Figures]())
            func count(_ figure: Int, _ people: Int, _ key: String?, inTotal: Bool = true) {
                if inTotal { total[figure] += people }
                if by != nil, let key { rows[key, default: [0, 0, 0, 0, 0, 0, 0]][figure] += people }
            }
            func key(_ day: Day?, _ site: Int?, _ party: Party, _ destination: Destination?) -> String? {
                switch by {
                case .day: day?.description
                case .month: (day?.description.prefix(7)).map(String.init)
                case .site: site.map { Chronicle.sites[$0].id.description }
                case .audience: party.audience.rawValue
                case .nationality: party.nationality?.description ?? "UNK"
                case .destination: destination?.rawValue
                case nil: nil
                }
            }
            func isInside(_ day: Day) -> Bool { from.map { $0 <= day } ?? true && day <= end }
            var persons = Set<Identifier>()
            var (adults, children, placements) = (0, 0, 0)
            for stay in chronicle.stays
            where sites.contains(stay.site) && audience.map({ $0 == stay.party.audience }) ?? true {
                let here = { (day: Day?, destination: Destination?) in key(day, stay.site, stay.party, destination) }
                if isInside(stay.start) {
                    if stay.continues {
                        if !everywhere || by == .site {
                            count(2, stay.people, here(stay.start, nil), inTotal: !everywhere)
                        }
                    } else {
                        count(0, stay.people, here(stay.start, nil))
                        adults += stay.party.adults
                        children += stay.party.children
                        placements += 1
                        if let person = stay.party.person { persons.insert(person) }
                    }
                }
                if let left = stay.end, isInside(left) {
                    if stay.transferred {
                        if !everywhere || by == .site { count(3, stay.people, here(left, nil), inTotal: !everywhere) }
                    } else {
                        count(1, stay.people, here(left, stay.destination))
                    }
                }
                if stay.isPresent(end) { count(4, stay.people, here(nil, nil)) }
            }
            for ask in chronicle.asked where everywhere || ask.site.map(sites.contains) ?? false {
                guard audience.map({ $0 == ask.party.audience }) ?? true else { continue }
                if isInside(ask.day) {
                    count(5, ask.party.adults + ask.party.children, key(ask.day, ask.site, ask.party, nil))
                }
                if let (day, destination) = ask.oriented, isInside(day) {
                    count(6, ask.party.adults + ask.party.children, key(day, ask.site, ask.party, destination))
                }
            }
            let what = "by \(by?.rawValue ?? "nothing") from \(from?.description ?? "") to \(end), seed \(seed)"
            #expect(answer.counts.figures == total, "\(what)")
            #expect(
                [answer.adults, answer.children, answer.placements, answer.persons] == [
                    adults, children, placements, persons.count,
                ], "\(what)")
            let found = Dictionary(uniqueKeysWithValues: answer.rows.map { ($0.key.string, $0.counts.figures) })
            #expect(found == rows, "\(what)")
            #expect((answer.asOf, answer.from, answer.to) == (asOf, from, end))
            if by == .day || by == .month || by == .nationality || by == .audience {
                #expect(answer.rows.map(\.key.string) == rows.keys.sorted())
            }
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `stays are measured as counting their nights gives`(seed: UInt64) throws {
        var chronicle = try Chronicle(seed: seed)
        for _ in 0..<20 {
            let asOf = chronicle.anyDay()
            let from = Bool.random(using: &chronicle.random) ? min(asOf, chronicle.anyDay()) : nil
            var query = StaysQuery()
            (query.asOf, query.from) = (asOf, from)
            let answer = try chronicle.story.ask(query, today: "2020-01-01")
            var expected: [Identifier] = []
            for (index, site) in Chronicle.sites.enumerated() {
                let stays = chronicle.stays.filter { stay in
                    stay.site == index && stay.start <= asOf && (from.map { stay.end ?? asOf >= $0 } ?? true)
                }
                guard !stays.isEmpty else { continue }
                expected.append(site.id)
                let row = try #require(answer.rows.first { $0.site == site.id })
                let nights = stays.map { min($0.end ?? asOf, asOf) - $0.start }
                let people = stays.reduce(0) { $0 + $1.people }
                let sum = zip(nights, stays).reduce(0) { $0 + $1.0 * $1.1.people }
                let mean = (Double(sum) * 10 / Double(people)).rounded(.toNearestOrAwayFromZero)
                #expect(row.stays == stays.count && row.people == people, "seed \(seed), \(asOf)")
                #expect(row.open == stays.count { $0.end.map { $0 > asOf } ?? true }, "seed \(seed), \(asOf)")
                #expect(row.daysMeanTenths == Int(mean), "seed \(seed), \(asOf)")
                #expect(row.daysMedian == nights.sorted()[(nights.count - 1) / 2], "seed \(seed), \(asOf)")
                #expect(row.daysMax == nights.max(), "seed \(seed), \(asOf)")
                let target = chronicle.target(index, asOf)
                #expect(row.targetMin == target?.min && row.targetMax == target?.max, "seed \(seed), \(asOf)")
                #expect(row.withinTarget == target.map { target in nights.count { $0 <= target.max } })
                #expect(row.beyondTarget == target.map { target in nights.count { $0 > target.max } })
                let bands = [0...4, 5...10, 11...30, 31...91, 92...182, 183...365, 366...730, 731...Int.max]
                #expect(row.bands.map(\.stays) == bands.map { band in nights.count(where: band.contains) })
                #expect(
                    row.bands.map(\.people)
                        == bands.map { band in
                            zip(nights, stays).reduce(0) { $0 + (band.contains($1.0) ? $1.1.people : 0) }
                        })
                #expect(row.bands.map(\.daysMin) == bands.map(\.lowerBound))
            }
            #expect(answer.rows.map(\.site) == expected, "seed \(seed), \(asOf)")
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `the pages of placements together are all of them, each once`(seed: UInt64) throws {
        var chronicle = try Chronicle(seed: seed)
        for _ in 0..<15 {
            let asOf = chronicle.anyDay()
            var query = PlacementsQuery()
            query.asOf = asOf
            query.state = OpenState.allCases.randomElement(using: &chronicle.random)!
            let site = Int.random(in: 0..<8, using: &chronicle.random)
            if site < 4 { query.site = Chronicle.sites[site].id }
            query.audience = Bool.random(using: &chronicle.random) ? .singleMen : nil
            let expected = chronicle.stays.filter { stay in
                let ended = stay.end.map { $0 <= asOf } ?? false
                return stay.start <= asOf && (site >= 4 || stay.site == site)
                    && query.audience.map { $0 == stay.party.audience } ?? true
                    && (query.state == .all || (query.state == .ended) == ended)
            }
            query.limit = Int.random(in: 1...40, using: &chronicle.random)
            var rows: [PlacementsQuery.Row] = []
            var pages = 0
            repeat {
                let answer = try chronicle.story.ask(query, today: "2020-01-01")
                #expect(answer.total == expected.count, "seed \(seed), \(asOf)")
                #expect(answer.people == expected.reduce(0) { $0 + $1.people }, "seed \(seed), \(asOf)")
                #expect(answer.rows.count <= query.limit)
                rows += answer.rows
                query.after = answer.next
                pages += 1
            } while query.after != nil && pages <= expected.count
            #expect(pages == max(1, (expected.count + query.limit - 1) / query.limit), "seed \(seed), \(asOf)")
            #expect(rows.map(\.placement) == expected.map(\.placement), "seed \(seed), \(asOf)")
            for (row, stay) in zip(rows, expected) {
                let ended = stay.end.map { $0 <= asOf } ?? false
                #expect(row.site == Chronicle.sites[stay.site].id && row.started == stay.start)
                #expect(row.ended == (ended ? stay.end : nil), "\(row.placement), seed \(seed), \(asOf)")
                #expect(row.destination == (ended ? stay.destination : nil), "\(row.placement), seed \(seed), \(asOf)")
                #expect(row.transferred == (ended && stay.transferred), "\(row.placement), seed \(seed), \(asOf)")
                #expect(row.party.person == stay.party.person && row.party.adults == stay.party.adults)
                #expect(row.party.children == stay.party.children && row.party.audience == stay.party.audience)
                #expect(row.party.nationality?.description == stay.nationality)
            }
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `the anomalies of a day are what looking at everything gives`(seed: UInt64) throws {
        var chronicle = try Chronicle(seed: seed)
        for _ in 0..<15 {
            let day = chronicle.anyDay()
            var expected: [String] = []
            for index in Chronicle.sites.indices where Chronicle.sites[index].opens <= day {
                let figures = figures(chronicle, index, day)
                let subject = "site/\(Chronicle.sites[index].id)"
                if figures[2] > figures[0] {
                    expected.append("occupancy_above_capacity \(subject) \(figures[2]) \(figures[0])")
                }
                if figures[1] > figures[0] {
                    expected.append("blocked_above_capacity \(subject) \(figures[1]) \(figures[0])")
                }
            }
            for stay in chronicle.stays where stay.start <= day {
                let subject = "placement/\(stay.placement)"
                if stay.late { expected.append("entered_late \(subject) 1 30") }
                if stay.mismatch { expected.append("audience_mismatch \(subject) \(stay.people) 0") }
                let last = min(day, stay.end ?? day)
                if let most = chronicle.target(stay.site, last)?.max, last - stay.start > most {
                    expected.append("stay_beyond_target \(subject) \(last - stay.start) \(most)")
                }
            }
            let found = chronicle.story.world.anomalies(asOf: day)
            #expect(
                found.map { "\($0.rule.rawValue) \($0.subject) \($0.value) \($0.limit)" }.sorted() == expected.sorted(),
                "seed \(seed), \(day)")
            for anomaly in found where anomaly.rule == .occupancyAboveCapacity {
                let site = try #require(Chronicle.sites.firstIndex { $0.id == anomaly.subject.id })
                var since = day
                while since + -1 >= Chronicle.sites[site].opens {
                    let before = figures(chronicle, site, since + -1)
                    guard before[2] > before[0] else { break }
                    since = since + -1
                }
                #expect(anomaly.since == since, "\(anomaly.subject), seed \(seed), \(day)")
            }
        }
    }
}

@Suite struct ViewsTests {
    // Given: ney, a CPA, and ivry, a CHU, open since 2016-11-10.
    var story = Scenario()

    init() throws {
        try story.given(
            "2016-11-10",
            SiteOpened.with {
                $0.site = "ney"
                $0.kind = .cpa
                $0.commune = "75056"
            },
            SiteOpened.with {
                $0.site = "ivry"
                $0.kind = .chu
                $0.commune = "94041"
            },
            SiteCapacitySet.with {
                $0.site = "ney"
                $0.places = 10
            })
    }

    @Test mutating func `percentages are whole and rounded half up`() throws {
        for (placement, adults, audience) in [("a", 1, Audience.families), ("b", 7, .singleMen)] {
            try story.given(
                "2016-11-20",
                PlacementStarted.with {
                    $0.placement = Identifier(placement)!
                    $0.site = "ney"
                    $0.party.adults = adults
                    $0.party.audience = audience
                })
        }
        let answer = try story.ask(OccupancyQuery.with { $0.by = .audience }, today: "2016-11-20")
        // 12.5 and 87.5 percent.
        #expect(answer.breakdown.map(\.percent) == [88, 13])
        #expect(answer.rows[0].breakdown.map(\.key) == ["single_men", "families"])
        #expect(answer.rows[1].breakdown.isEmpty)
    }

    @Test mutating func `more people than places are shown as less than nothing unoccupied`() throws {
        try story.given("2016-11-20", PlacementsTests.stay("p-1") { $0.party.adults = 12 })
        try story.given("2016-11-20", SitesTests.block(3))
        let answer = try story.ask(OccupancyQuery(), today: "2016-11-20")
        #expect(answer.total.figures == [10, 3, 12, -5])
    }

    @Test mutating func `a query without a day is about today`() throws {
        try story.given("2016-11-20", PlacementsTests.stay("p-1"))
        #expect(try story.ask(OccupancyQuery(), today: "2016-11-19").total.occupied == 0)
        #expect(try story.ask(OccupancyQuery(), today: "2016-11-20").total.occupied == 1)
        #expect(try story.ask(FlowsQuery(), today: "2016-11-19").counts.arrivals == 0)
        #expect(try story.ask(PlacementsQuery(), today: "2016-11-20").total == 1)
    }

    @Test mutating func `a site is shown with its period, and by its commune`() throws {
        try story.given("2016-12-01", SiteClosed.with { $0.site = "ivry" })
        let told = story
        let row = { (day: String) in
            try told.ask(OccupancyQuery.with { $0.commune = "94041" }, today: day).rows
        }
        #expect(try row("2016-11-09").isEmpty)
        #expect(try row("2016-11-30").map(\.open) == [true])
        #expect(try row("2016-11-30").map(\.closed) == [nil])
        #expect(try row("2016-12-02").map(\.open) == [false])
        #expect(try row("2016-12-02").map(\.closed) == ["2016-12-01"])
        #expect(try row("2016-12-02").map(\.opened) == ["2016-11-10"])
    }

    @Test func `a period without a day, a series too long, a limit out of bounds are refused`() {
        func rule<Query: QueryRecord>(_ query: Query) -> String? {
            do throws(Rejection) {
                _ = try story.ask(query, today: "2017-01-01")
                return nil
            } catch { return error.rule }
        }
        #expect(rule(FlowsQuery.with { $0.from = "2017-01-02" }) == "empty_period")
        #expect(rule(FlowsQuery.with { $0.from = "2017-01-01" }) == nil)
        #expect(
            rule(
                StaysQuery.with {
                    $0.from = "2016-12-02"
                    $0.to = "2016-12-01"
                }) == "empty_period")
        #expect(rule(OccupancySeriesQuery.with { $0.from = "2017-01-02" }) == "empty_period")
        #expect(rule(OccupancySeriesQuery.with { $0.from = "2006-12-26" }) == nil)
        #expect(rule(OccupancySeriesQuery.with { $0.from = "2006-12-25" }) == "series_too_long")
        for limit in [0, -1, 1001] {
            #expect(rule(PlacementsQuery.with { $0.limit = limit }) == "limit_out_of_bounds")
            #expect(rule(AnomaliesQuery.with { $0.limit = limit }) == "limit_out_of_bounds")
        }
        #expect(rule(OccupancyQuery.with { $0.site = "x" }) == "unknown_site")
        #expect(
            rule(
                OccupancySeriesQuery.with {
                    $0.from = "2017-01-01"
                    $0.site = "x"
                }) == "unknown_site")
        #expect(rule(FlowsQuery.with { $0.site = "x" }) == "unknown_site")
        #expect(rule(StaysQuery.with { $0.site = "x" }) == "unknown_site")
        #expect(rule(PlacementsQuery.with { $0.site = "x" }) == "unknown_site")
        #expect(rule(PlacementsQuery.with { $0.person = "x" }) == "unknown_person")
    }

    @Test mutating func `the placements of a person are found`() throws {
        try story.given("2016-11-20", PlacementsTests.first, PlacementsTests.stay("p-2"))
        let answer = try story.ask(PlacementsQuery.with { $0.person = "amin" }, today: "2016-11-20")
        #expect(answer.rows.map(\.placement) == ["p-1"])
        #expect(answer.rows.map(\.bed) == ["b-1"])
    }

    @Test mutating func `the past does not show the bed of another site`() throws {
        try story.given("2016-11-20", PlacementsTests.first)
        try story.given("2016-11-25", PlacementsTests.transfer("p-1", "ivry", "c-1"))
        let answer = try story.ask(PlacementsQuery.with { $0.asOf = "2016-11-22" }, today: "2016-11-30")
        #expect(answer.rows.map(\.site) == ["ney"])
        do {
            #expect(answer.rows.map(\.bed) != ["c-1"])
        }
    }

    @Test mutating func `who comes and leaves on one day arrives nowhere else than where they came`() throws {
        try story.given("2016-11-20", PlacementsTests.stay("p-1"), PlacementsTests.end("p-1", .cada))
        let answer = try story.ask(FlowsQuery.with { $0.by = .destination }, today: "2016-11-20")
        #expect(answer.rows.map(\.key) == ["CADA"])
        #expect(answer.rows.map(\.counts.departures) == [1])
        do {
            #expect(answer.rows.map(\.counts.arrivals) == [0])
        }
    }

    @Test mutating func `a transfer is neither an arrival nor a departure of the whole, however it is cut`() throws {
        try story.given("2016-11-20", PlacementsTests.stay("p-1"))
        try story.given("2016-11-25", PlacementsTests.transfer("p-1", "ivry"))
        let whole = try story.ask(FlowsQuery(), today: "2016-11-30")
        #expect(whole.counts.figures == [1, 0, 0, 0, 1, 0, 0])
        let bySite = try story.ask(FlowsQuery.with { $0.by = .site }, today: "2016-11-30")
        #expect(bySite.rows.map(\.counts.figures) == [[1, 0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 1, 0, 0]])
        do {
            #expect(bySite.counts.figures == whole.counts.figures)
        }
    }
}

/// The goods: collection points and what lies there, and the needs that points and sites declare.
public struct Collections: Sendable {
    public struct Point: Sendable {
        public internal(set) var opening: CollectionPointOpened
        /// Goods can be there from `time` on: the beginning of the day on which it first opened, or when it reopened.
        public internal(set) var opened: (time: Timestamp, day: Day)
        public internal(set) var closed: (time: Timestamp, day: Day)?
        /// Numbers of its stocks.
        var stocks: [UInt32] = []

        public var id: Identifier { opening.point }
    }

    /// Goods of one category, counted in one unit, at one point.
    public struct Stock: Sendable {
        let point: UInt32
        public let category: GoodsCategory
        public let unit: GoodsUnit
        public internal(set) var book = Account()

        /// The latest count up to a day, if it found other than the book said then; the later of two counts counts.
        func difference(asOf day: Day) -> (since: Day, counted: Int, book: Int)? {
            var running = 0
            var latest: (since: Day, counted: Int, book: Int)?
            for entry in book.entries where entry.day <= day {
                switch entry.change {
                case .by(let quantity): running += quantity
                case .counted(let counted):
                    latest = (entry.day, counted, running)
                    running = counted
                }
            }
            return latest.flatMap { $0.counted == $0.book ? nil : $0 }
        }
    }

    /// Why goods came or went, where reports tell it.
    enum Flow: UInt8 {
        case received, sortedIn, dispatched, distributed, discarded
    }

    struct Movement {
        let stock: UInt32
        let day: Int32
        /// At most `countMax`.
        let quantity: Int32
        let flow: Flow
        /// Who gave what was received.
        let donorKind: DonorKind?
    }

    /// Goods wanted at a point or on a site, and each time that somebody said so.
    public struct Need: Sendable {
        /// How long a declaration is good for, in hours.
        public static let freshHours = 48

        struct Declaration {
            let time: Timestamp
            let day: Day
            let quantity: Int?
            let priority: NeedPriority
        }

        let id: Identifier
        let point: Identifier?
        let site: Identifier?
        let category: GoodsCategory
        let unit: GoodsUnit
        /// In order of time, at least one.
        var declarations: [Declaration] = []
        var closed: (time: Timestamp, day: Day, outcome: NeedOutcome)?

        func isOpen(asOf day: Day) -> Bool {
            declarations[0].day <= day && (closed.map { $0.day > day } ?? true)
        }

        /// Since when the need has been stale, if it is on `day`: more than 48 hours have passed at the end of that day
        /// since it was last declared. So the first stale day is the one in which its 48 hours run out.
        func staleSince(asOf day: Day, _ calendar: CivilCalendar) -> Day? {
            guard isOpen(asOf: day), let last = declarations.last(where: { $0.day <= day }) else { return nil }
            let microseconds = last.time.microseconds + Int64(Self.freshHours) * 3_600_000_000
            let since = calendar.day(of: Timestamp(microseconds: microseconds))
            return since <= day ? since : nil
        }
    }

    private struct Key: Hashable {
        let point: UInt32
        let category: GoodsCategory
        let unit: GoodsUnit
    }

    private var pointNumbers = Registry()
    public private(set) var points: [Point] = []
    private var stockNumbers: [Key: UInt32] = [:]
    public private(set) var stocks: [Stock] = []
    private(set) var movements = Chunked<Movement>()
    private var needNumbers = Registry()
    private(set) var needs = Chunked<Need>()

    public subscript(point id: Identifier) -> Point? { pointNumbers.find(id).map { points[$0] } }
    public subscript(need id: Identifier) -> Need? { needNumbers.find(id).map { needs[$0] } }

    /// The book stock of some goods, empty where there never were any.
    func book(of goods: Goods) -> Account {
        guard let point = pointNumbers.find(goods.point),
            let stock = stockNumbers[Key(point: UInt32(point), category: goods.category, unit: goods.unit)]
        else { return Account() }
        return stocks[Int(stock)].book
    }

    mutating func open(_ opening: CollectionPointOpened, at time: Timestamp, on day: Day) {
        let number = pointNumbers.enter(opening.point)
        if number == points.count {
            points.append(Point(opening: opening, opened: (time, day)))
        } else {
            points[number].opening = opening
            points[number].opened = (time, day)
            points[number].closed = nil
        }
    }

    mutating func close(point id: Identifier, _ stamp: Stamp) {
        guard let point = pointNumbers.find(id) else { return }
        points[point].closed = (stamp.time, stamp.day)
    }

    mutating func enter(_ change: Account.Change, _ goods: Goods, _ stamp: Stamp) {
        guard let stock = stockNumber(of: goods) else { return }
        stocks[Int(stock)].book.enter(change, stamp)
    }

    mutating func note(
        _ flow: Flow, _ quantity: Int, _ goods: Goods, from donorKind: DonorKind? = nil, _ stamp: Stamp
    ) {
        guard let stock = stockNumber(of: goods) else { return }
        movements.append(
            Movement(
                stock: stock, day: stamp.day.rawValue, quantity: Int32(clamping: quantity), flow: flow,
                donorKind: donorKind))
    }

    private mutating func stockNumber(of goods: Goods) -> UInt32? {
        guard let point = pointNumbers.find(goods.point) else { return nil }
        let key = Key(point: UInt32(point), category: goods.category, unit: goods.unit)
        if let number = stockNumbers[key] { return number }
        let number = UInt32(stocks.count)
        stockNumbers[key] = number
        points[point].stocks.append(number)
        stocks.append(Stock(point: UInt32(point), category: goods.category, unit: goods.unit))
        return number
    }

    mutating func declare(_ declared: CollectionNeedDeclared, _ stamp: Stamp) {
        let number = needNumbers.enter(declared.need)
        if number == needs.count {
            needs.append(
                Need(
                    id: declared.need, point: declared.point, site: declared.site, category: declared.category,
                    unit: declared.unit))
        }
        let declaration = Need.Declaration(
            time: stamp.time, day: stamp.day, quantity: declared.quantity, priority: declared.priority)
        var index = needs[number].declarations.count
        while index > 0, needs[number].declarations[index - 1].time > stamp.time { index -= 1 }
        needs[number].declarations.insert(declaration, at: index)
    }

    mutating func close(need id: Identifier, _ outcome: NeedOutcome, _ stamp: Stamp) {
        guard let need = needNumbers.find(id) else { return }
        needs[need].closed = (stamp.time, stamp.day, outcome)
    }

    func anomalies(_ world: World, asOf day: Day) -> [Anomaly] {
        var found: [Anomaly] = []
        for stock in stocks {
            guard let (since, counted, book) = stock.difference(asOf: day) else { continue }
            let subject = Subject(.point, points[Int(stock.point)].id)
            found.append(Anomaly(.countDiffers, subject, since: since, value: counted, limit: book))
        }
        needs.visit { _, need in
            guard let since = need.staleSince(asOf: day, world.calendar) else { return }
            found.append(
                Anomaly(
                    .needStale, Subject(.need, need.id), since: since,
                    value: need.hoursOld(asOf: day, world.calendar), limit: Need.freshHours))
        }
        return found
    }
}

extension Collections.Need {
    /// Hours begun since the last declaration, at the end of the day.
    fileprivate func hoursOld(asOf day: Day, _ calendar: CivilCalendar) -> Int {
        guard let last = declarations.last(where: { $0.day <= day }) else { return 0 }
        let microseconds = calendar.start(of: day + 1).microseconds - last.time.microseconds
        return Int((microseconds + 3_599_999_999) / 3_600_000_000)
    }
}

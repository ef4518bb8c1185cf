/// `query.stock`: what lies at the collection points at the end of a day, and what came and went up to then.
public struct StockQuery: QueryRecord {
    public static let method = "query.stock"

    public enum Grouping: String, CodeList {
        /// One row per category and unit, over all points.
        case category
    }

    public var asOf: Day?
    public var point: Identifier?
    public var category: GoodsCategory?
    public var by: Grouping?

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("point", &point)
        try visitor.field("category", &category)
        try visitor.field("by", &by)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        /// By point in the order in which they were recorded, then by category and unit.
        public var rows: [Row] = []
        /// What donors of each kind gave, by unit; only of the points and categories that were asked for.
        public var receivedFrom: [Giving] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("rows", &rows)
            try visitor.field("received_from", &receivedFrom)
        }
    }

    public struct Giving: Record, Equatable {
        public var donorKind = DonorKind.anonymous
        public var unit = GoodsUnit.item
        public var deliveries = 0
        public var quantity = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("donor_kind", &donorKind)
            try visitor.field("unit", &unit)
            try visitor.field("deliveries", &deliveries)
            try visitor.field("quantity", &quantity)
        }
    }

    public struct Row: Record, Equatable {
        /// Absent where rows are over all points.
        public var point: Identifier?
        public var name: Text?
        public var category = GoodsCategory.other
        public var unit = GoodsUnit.item
        /// The book stock, as the latest count left it and entries since have changed it.
        public var quantity = 0
        /// From donors; what other points sent grows the quantity only.
        public var received = 0
        /// What sorting brought into the category; what it took out lowers the quantity only.
        public var sortedIn = 0
        public var dispatched = 0
        public var distributed = 0
        public var discarded = 0
        public var lastCounted: Day?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("point", &point)
            try visitor.field("name", &name)
            try visitor.field("category", &category)
            try visitor.field("unit", &unit)
            try visitor.field("quantity", &quantity)
            try visitor.field("received", &received)
            try visitor.field("sorted_in", &sortedIn)
            try visitor.field("dispatched", &dispatched)
            try visitor.field("distributed", &distributed)
            try visitor.field("discarded", &discarded)
            try visitor.field("last_counted", &lastCounted)
        }

        /// The same goods at several points together; counted as long ago as where that is longest.
        mutating func add(_ other: Row) {
            (point, name) = (nil, nil)
            quantity += other.quantity
            received += other.received
            sortedIn += other.sortedIn
            dispatched += other.dispatched
            distributed += other.distributed
            discarded += other.discarded
            lastCounted = lastCounted.flatMap { mine in other.lastCounted.map { min(mine, $0) } }
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        let collections = world.collections
        if let point, collections[point: point] == nil { throw .unknownPoint(point) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        var rows = collections.stocks.map { row($0, collections, on: answer.asOf) }
        collections.movements.visit { _, movement in
            guard movement.day <= answer.asOf.rawValue else { return }
            let quantity = Int(movement.quantity)
            let number = Int(movement.stock)
            switch movement.flow {
            case .received:
                rows[number].received += quantity
                if let donorKind = movement.donorKind, isAsked(stock: number, collections) {
                    answer.add(quantity, from: donorKind, collections.stocks[number].unit)
                }
            case .sortedIn: rows[number].sortedIn += quantity
            case .dispatched: rows[number].dispatched += quantity
            case .distributed: rows[number].distributed += quantity
            case .discarded: rows[number].discarded += quantity
            }
        }
        for collectionPoint in collections.points where point == nil || collectionPoint.id == point {
            let chosen = collectionPoint.stocks.map { Int($0) }.filter { number in
                let stock = collections.stocks[number]
                let begun = stock.book.entries.first.map { $0.day <= answer.asOf } ?? false
                return begun && (category == nil || category == stock.category)
            }
            answer.rows += chosen.map { rows[$0] }.sorted {
                ($0.category.rawValue, $0.unit.rawValue) < ($1.category.rawValue, $1.unit.rawValue)
            }
        }
        if by == .category { answer.rows = Self.byCategory(answer.rows) }
        answer.receivedFrom.sort {
            ($0.donorKind.rawValue, $0.unit.rawValue) < ($1.donorKind.rawValue, $1.unit.rawValue)
        }
        return answer
    }

    private func isAsked(stock number: Int, _ collections: Collections) -> Bool {
        let stock = collections.stocks[number]
        return category ?? stock.category == stock.category
            && point ?? collections.points[Int(stock.point)].id == collections.points[Int(stock.point)].id
    }

    private static func byCategory(_ rows: [Row]) -> [Row] {
        var sums: [Row] = []
        for row in rows {
            if let index = sums.firstIndex(where: { $0.category == row.category && $0.unit == row.unit }) {
                sums[index].add(row)
            } else {
                var sum = row
                (sum.point, sum.name) = (nil, nil)
                sums.append(sum)
            }
        }
        return sums.sorted { ($0.category.rawValue, $0.unit.rawValue) < ($1.category.rawValue, $1.unit.rawValue) }
    }

    private func row(_ stock: Collections.Stock, _ collections: Collections, on day: Day) -> Row {
        var row = Row()
        let point = collections.points[Int(stock.point)]
        row.point = point.id
        row.name = point.opening.name
        row.category = stock.category
        row.unit = stock.unit
        row.quantity = stock.book.balance(on: day)
        row.lastCounted =
            stock.book.entries.last { entry in
                guard case .counted = entry.change else { return false }
                return entry.day <= day
            }?.day
        return row
    }
}

extension StockQuery.Answer {
    fileprivate mutating func add(_ quantity: Int, from donorKind: DonorKind, _ unit: GoodsUnit) {
        let known = receivedFrom.firstIndex { $0.donorKind == donorKind && $0.unit == unit }
        let index = known ?? receivedFrom.count
        if known == nil {
            var giving = StockQuery.Giving()
            (giving.donorKind, giving.unit) = (donorKind, unit)
            receivedFrom.append(giving)
        }
        receivedFrom[index].deliveries += 1
        receivedFrom[index].quantity += quantity
    }
}

/// Which needs a list shows.
public enum NeedState: String, CodeList {
    case open, closed, all
}

/// `query.needs`: what is wanted where, as it was at the end of a day.
public struct NeedsQuery: QueryRecord {
    public static let method = "query.needs"

    public var asOf: Day?
    public var point: Identifier?
    public var site: Identifier?
    public var category: GoodsCategory?
    public var state = NeedState.open

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("point", &point)
        try visitor.field("site", &site)
        try visitor.field("category", &category)
        try visitor.preset("state", &state)
    }

    public struct Answer: Record, Equatable {
        public var asOf = Day(rawValue: 0)
        /// The most pressing first, then in the order in which they were first declared.
        public var rows: [Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("rows", &rows)
        }
    }

    public struct Row: Record, Equatable {
        public var need = Identifier()
        public var point: Identifier?
        public var site: Identifier?
        public var category = GoodsCategory.other
        public var unit = GoodsUnit.item
        public var quantity: Int?
        public var priority = NeedPriority.normal
        /// When it was first declared.
        public var declared = Day(rawValue: 0)
        /// When it was last confirmed or changed.
        public var updated = Day(rawValue: 0)
        /// Open, and at the end of the day more than 48 hours have passed since it was last declared.
        public var stale = false
        public var closed: Day?
        public var outcome: NeedOutcome?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("need", &need)
            try visitor.field("point", &point)
            try visitor.field("site", &site)
            try visitor.field("category", &category)
            try visitor.field("unit", &unit)
            try visitor.field("quantity", &quantity)
            try visitor.field("priority", &priority)
            try visitor.field("declared", &declared)
            try visitor.field("updated", &updated)
            try visitor.field("stale", &stale)
            try visitor.field("closed", &closed)
            try visitor.field("outcome", &outcome)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        if let point, world.collections[point: point] == nil { throw .unknownPoint(point) }
        if let site { _ = try world.sites.known(site) }
        var answer = Answer()
        answer.asOf = asOf ?? today
        world.collections.needs.visit { _, need in
            guard point == nil || point == need.point, site == nil || site == need.site,
                category == nil || category == need.category, let row = row(need, world, answer.asOf)
            else { return }
            switch state {
            case .open where row.closed != nil, .closed where row.closed == nil: return
            case .open, .closed, .all: answer.rows.append(row)
            }
        }
        answer.rows.sort {
            ($1.priority.rank, $0.declared, $0.need.description) < ($0.priority.rank, $1.declared, $1.need.description)
        }
        return answer
    }

    private func row(_ need: Collections.Need, _ world: World, _ day: Day) -> Row? {
        guard let first = need.declarations.first, first.day <= day,
            let last = need.declarations.last(where: { $0.day <= day })
        else { return nil }
        var row = Row()
        row.need = need.id
        row.point = need.point
        row.site = need.site
        row.category = need.category
        row.unit = need.unit
        row.quantity = last.quantity
        row.priority = last.priority
        row.declared = first.day
        row.updated = last.day
        row.stale = need.staleSince(asOf: day, world.calendar) != nil
        if let closed = need.closed, closed.day <= day {
            row.closed = closed.day
            row.outcome = closed.outcome
        }
        return row
    }
}

extension NeedPriority {
    fileprivate var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        case .urgent: 3
        }
    }
}

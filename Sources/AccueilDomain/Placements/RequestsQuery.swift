/// Which requests for a place a list shows.
public enum RequestState: String, CodeList {
    case waiting, closed, all
}

/// `query.requests`: the waiting list, who asked for a place and how it went on, in the order in which it was recorded.
public struct RequestsQuery: QueryRecord {
    public static let method = "query.requests"
    public static let isPaged = true
    public static let limitMax = 1000

    public var asOf: Day?
    /// Requests made on this site.
    public var site: Identifier?
    public var audience: Audience?
    public var state = RequestState.waiting
    /// The `next` of the page before.
    public var after: Int?
    public var limit = 100

    public init() {}

    public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as_of", &asOf)
        try visitor.field("site", &site)
        try visitor.field("audience", &audience)
        try visitor.preset("state", &state)
        try visitor.field("after", &after)
        try visitor.preset("limit", &limit)
    }

    public struct Answer: Record {
        public var asOf = Day(rawValue: 0)
        /// Requests that match, on all pages, and their people.
        public var total = 0
        public var people = 0
        public var rows: [Row] = []
        /// What to give as `after` for the next page; absent on the last.
        public var next: Int?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("total", &total)
            try visitor.field("people", &people)
            try visitor.field("rows", &rows)
            try visitor.field("next", &next)
        }
    }

    public struct Row: Record {
        public var request = Identifier()
        public var site: Identifier?
        public var party = Party()
        public var asked = Day(rawValue: 0)
        /// Days from the request to `as_of`, or to the day on which it was closed.
        public var waitingDays = 0
        public var closed: Day?
        public var outcome: RequestOutcome?
        public var destination: Destination?
        public var placement: Identifier?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("request", &request)
            try visitor.field("site", &site)
            try party.fields(&visitor)
            try visitor.field("asked", &asked)
            try visitor.field("waiting_days", &waitingDays)
            try visitor.field("closed", &closed)
            try visitor.field("outcome", &outcome)
            try visitor.field("destination", &destination)
            try visitor.field("placement", &placement)
        }
    }

    public func answer(_ world: World, today: Day) throws(Rejection) -> Answer {
        guard (1...Self.limitMax).contains(limit) else { throw .limitOutOfBounds(limit, Self.limitMax) }
        if let site { _ = try world.sites.known(site) }
        let day = asOf ?? today
        var answer = Answer()
        answer.asOf = day
        var lastIndex = 0
        world.placements.requests.visit { index, request in
            guard request.day <= day, site == nil || site == request.site,
                audience == nil || audience == request.party.audience
            else { return }
            switch state {
            case .waiting where !request.isWaiting(on: day), .closed where request.isWaiting(on: day): return
            case .waiting, .closed, .all: break
            }
            answer.total += 1
            answer.people += request.party.headcount
            guard index > after ?? -1 else { return }
            guard answer.rows.count < limit else {
                answer.next = answer.next ?? lastIndex
                return
            }
            answer.rows.append(row(world.placements.id(ofRequest: index), request, on: day))
            lastIndex = index
        }
        return answer
    }

    private func row(_ id: Identifier, _ request: Placements.Request, on day: Day) -> Row {
        var row = Row()
        row.request = id
        row.site = request.site
        row.party = request.party
        row.asked = request.day
        let closed = request.closed.flatMap { $0.day <= day ? $0 : nil }
        row.waitingDays = (closed?.day ?? day) - request.day
        row.closed = closed?.day
        row.outcome = closed?.closing.outcome
        row.destination = closed?.closing.destination
        row.placement = closed?.closing.placement
        return row
    }
}

// What a bilan says, section by section. A count of people that a published form keeps back is absent, and `masked`
// beside it names it.

extension BilanQuery {
    public struct Answer: Traced {
        public var asOf = Day(rawValue: 0)
        public var audience = Readership.internal
        /// The plan asked for; all plans where absent.
        public var plan: Identifier?
        public var plans: [PlanRow] = []
        /// By plan and number.
        public var commitments: [Commitment] = []
        /// Figures that follow from the events.
        public var computed = 0
        /// Figures that are only stated.
        public var recorded = 0
        public var flows = Flows()
        public var occupancy = Occupancy()
        public var series: [Series] = []
        public var stays: [Stays] = []
        public var operations = OperationsPart()
        public var money = Money()
        public var goods = Goods()
        public var services = ServicesPart()
        public var evaluations = EvaluationsPart()
        public var volunteers = VolunteersPart()
        public var anomalies = Anomalies()
        /// Figures whose sources, the events among them, cannot all be right.
        public var contradictions: [Figure] = []
        /// Which log the answer comes from, and how far it went; the register says it, the world does not know.
        public var provenance: Provenance?

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("as_of", &asOf)
            try visitor.field("audience", &audience)
            try visitor.field("plan", &plan)
            try visitor.field("plans", &plans)
            try visitor.field("commitments", &commitments)
            try visitor.field("computed", &computed)
            try visitor.field("recorded", &recorded)
            try visitor.field("flows", &flows)
            try visitor.field("occupancy", &occupancy)
            try visitor.field("series", &series)
            try visitor.field("stays", &stays)
            try visitor.field("operations", &operations)
            try visitor.field("money", &money)
            try visitor.field("goods", &goods)
            try visitor.field("services", &services)
            try visitor.field("evaluations", &evaluations)
            try visitor.field("volunteers", &volunteers)
            try visitor.field("anomalies", &anomalies)
            try visitor.field("contradictions", &contradictions)
            try visitor.field("provenance", &provenance)
        }
    }

    public struct PlanRow: Record {
        public var plan = Identifier()
        public var name: Text = "-"
        public var adopted = Day(rawValue: 0)
        /// How many commitments it announces, where it says so.
        public var announced: Int?
        /// How many of them were declared.
        public var commitments = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("plan", &plan)
            try visitor.field("name", &name)
            try visitor.field("adopted", &adopted)
            try visitor.field("announced", &announced)
            try visitor.field("commitments", &commitments)
        }
    }

    /// One commitment, the figures that tell how far it is, and the milestones reached and planned.
    public struct Commitment: Record {
        public var row = CommitmentsQuery.Row()
        public var figures: [Figure] = []
        /// In order of day; those still to come last.
        public var milestones: [MilestonesQuery.Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try row.fields(&visitor)
            try visitor.field("figures", &figures)
            try visitor.field("milestones", &milestones)
        }
    }

    /// All sites together, from the first event to `as_of`: whoever came has left or is there.
    public struct Flows: Record {
        public var arrivals: Int?
        public var departures: Int?
        /// People there on the night of `as_of`.
        public var present: Int?
        /// People who asked for a place and were directed elsewhere.
        public var oriented: Int?
        public var masked: [Identifier] = []
        /// In order of time; months in which nothing happened are left out.
        public var months: [Month] = []
        /// Those who left, by where they went; the most people first.
        public var exits: [Exit] = []
        /// Those who are there; the most people first.
        public var nationalities: [NationalityRow] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("arrivals", &arrivals)
            try visitor.field("departures", &departures)
            try visitor.field("present", &present)
            try visitor.field("oriented", &oriented)
            try visitor.list("masked", &masked)
            try visitor.field("months", &months)
            try visitor.field("exits", &exits)
            try visitor.field("nationalities", &nationalities)
        }
    }

    public struct Month: Record {
        /// `2016-11`
        public var month: Text = "-"
        public var arrivals: Int?
        public var departures: Int?
        public var oriented: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("month", &month)
            try visitor.field("arrivals", &arrivals)
            try visitor.field("departures", &departures)
            try visitor.field("oriented", &oriented)
            try visitor.list("masked", &masked)
        }
    }

    public struct Exit: Record {
        public var destination = Destination.other
        public var people: Int?
        /// The share of all departures, in whole per cent, halves rounded up.
        public var percent: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("destination", &destination)
            try visitor.field("people", &people)
            try visitor.field("percent", &percent)
            try visitor.list("masked", &masked)
        }
    }

    public struct NationalityRow: Record {
        public var nationality = Nationality.unknown
        public var people: Int?
        public var percent: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("nationality", &nationality)
            try visitor.field("people", &people)
            try visitor.field("percent", &percent)
            try visitor.list("masked", &masked)
        }
    }

    public struct Occupancy: Record {
        /// Of all sites; its people are the `present` of the flows.
        public var total = Places()
        /// In the order in which they opened.
        public var sites: [Site] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try total.fields(&visitor)
            try visitor.field("sites", &sites)
        }
    }

    /// The four figures of `query.occupancy`.
    public struct Places: Sendable {
        public var places = 0
        public var unavailable = 0
        public var occupied: Int?
        public var unoccupied: Int?
        public var masked: [Identifier] = []

        public init() {}

        init(_ places: OccupancyQuery.Places) {
            self.places = places.places
            unavailable = places.unavailable
            occupied = places.occupied
            unoccupied = places.unoccupied
        }

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("places", &places)
            try visitor.field("unavailable", &unavailable)
            try visitor.field("occupied", &occupied)
            try visitor.field("unoccupied", &unoccupied)
            try visitor.list("masked", &masked)
        }
    }

    public struct Site: Record {
        public var site = Identifier()
        public var name: Text?
        public var kind = SiteKind.other
        public var commune: Commune?
        public var arrondissement: Int?
        public var open = true
        public var opened: Day?
        public var closed: Day?
        public var counts = Places()

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("site", &site)
            try visitor.field("name", &name)
            try visitor.field("kind", &kind)
            try visitor.field("commune", &commune)
            try visitor.field("arrondissement", &arrondissement)
            try visitor.field("open", &open)
            try visitor.field("opened", &opened)
            try visitor.field("closed", &closed)
            try counts.fields(&visitor)
        }
    }

    /// Places and people of one site over time; of sites that ever had places or people.
    public struct Series: Record {
        /// The most points of one series: a chart shows no more.
        public static let pointsMax = 120
        /// In a published form people are rounded to multiples of this, so that months cannot be worked out of nights.
        public static let publicStep = 5

        public var site = Identifier()
        public var name: Text?
        /// Evenly spaced from the opening to `as_of` or the closing; the first and the last day included.
        public var points: [Point] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("site", &site)
            try visitor.field("name", &name)
            try visitor.field("points", &points)
        }
    }

    public struct Point: Record {
        public var day = Day(rawValue: 0)
        public var places = 0
        public var occupied = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("day", &day)
            try visitor.field("places", &places)
            try visitor.field("occupied", &occupied)
        }
    }

    /// How long people stay on one site, as `query.stays` tells.
    public struct Stays: Record {
        public var site = Identifier()
        public var name: Text?
        public var stays: Int?
        public var people: Int?
        /// Tenths of a day, over people.
        public var daysMeanTenths: Int?
        public var targetMin: Int?
        public var targetMax: Int?
        /// Stays no longer than the target; absent without one.
        public var withinTarget: Int?
        public var beyondTarget: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("site", &site)
            try visitor.field("name", &name)
            try visitor.field("stays", &stays)
            try visitor.field("people", &people)
            try visitor.field("days_mean_tenths", &daysMeanTenths)
            try visitor.field("target_min", &targetMin)
            try visitor.field("target_max", &targetMax)
            try visitor.field("within_target", &withinTarget)
            try visitor.field("beyond_target", &beyondTarget)
            try visitor.list("masked", &masked)
        }
    }

    /// The operations that were carried out up to `as_of`.
    public struct OperationsPart: Record {
        public var carriedOut = 0
        public var people: Int?
        public var placed: Int?
        public var notPlaced: Int?
        public var masked: [Identifier] = []
        public var kinds: [OperationGroup] = []
        /// `75056-18`, or `unknown`; the most people first.
        public var arrondissements: [OperationGroup] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("carried_out", &carriedOut)
            try visitor.field("people", &people)
            try visitor.field("placed", &placed)
            try visitor.field("not_placed", &notPlaced)
            try visitor.list("masked", &masked)
            try visitor.field("kinds", &kinds)
            try visitor.field("arrondissements", &arrondissements)
        }
    }

    public struct OperationGroup: Record {
        public var key: Text = "-"
        public var operations = 0
        public var people: Int?
        public var percent: Int?
        public var masked: [Identifier] = []

        public init() {}

        init(_ row: OperationsQuery.Row) {
            key = row.key
            operations = row.operations
            people = row.people
            percent = row.percent
        }

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("key", &key)
            try visitor.field("operations", &operations)
            try visitor.field("people", &people)
            try visitor.field("percent", &percent)
            try visitor.list("masked", &masked)
        }
    }

    /// Money is not masked: funds and grants are accounts, and a gift is the giver's to tell.
    public struct Money: Record {
        public var funds: [DonationsQuery.FundRow] = []
        /// What money of funds was allocated to.
        public var purposes: [DonationsQuery.Row] = []
        public var grants: [DonationsQuery.GrantsRow] = []
        /// Grants awarded, by theme.
        public var themes: [DonationsQuery.Row] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("funds", &funds)
            try visitor.field("purposes", &purposes)
            try visitor.field("grants", &grants)
            try visitor.field("themes", &themes)
        }
    }

    public struct Goods: Record {
        /// By category, over all points.
        public var stock: [StockQuery.Row] = []
        public var needsOpen = 0
        /// Those that nobody has confirmed for 48 hours.
        public var needsStale = 0

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("stock", &stock)
            try visitor.field("needs_open", &needsOpen)
            try visitor.field("needs_stale", &needsStale)
        }
    }

    public struct Anomalies: Record {
        public var open: Int?
        public var justified: Int?
        public var masked: [Identifier] = []
        public var rules: [AnomalyCount] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("open", &open)
            try visitor.field("justified", &justified)
            try visitor.list("masked", &masked)
            try visitor.field("rules", &rules)
        }
    }

    public struct AnomalyCount: Record {
        public var rule = AnomalyRule.enteredLate
        public var open: Int?
        public var justified: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("rule", &rule)
            try visitor.field("open", &open)
            try visitor.field("justified", &justified)
            try visitor.list("masked", &masked)
        }
    }

    /// The services that are open, and what was done in all services up to `as_of`.
    public struct ServicesPart: Record {
        public var count = 0
        /// Full-time equivalents, as far as known.
        public var fte = Decimal()
        public var places = 0
        /// People served, each once per act.
        public var headcount: Int?
        public var masked: [Identifier] = []
        /// The most people first.
        public var acts: [ActRow] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("count", &count)
            try visitor.field("fte", &fte)
            try visitor.field("places", &places)
            try visitor.field("headcount", &headcount)
            try visitor.list("masked", &masked)
            try visitor.field("acts", &acts)
        }
    }

    public struct ActRow: Record {
        public var kind = ActKind.other
        public var headcount: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("kind", &kind)
            try visitor.field("headcount", &headcount)
            try visitor.list("masked", &masked)
        }
    }

    /// The evaluations of young people up to `as_of`, in people.
    public struct EvaluationsPart: Record {
        public var requested: Int?
        public var sheltered: Int?
        public var concluded: Int?
        public var waiting: Int?
        public var waitingBeyondNorm: Int?
        public var referred: Int?
        /// From request to conclusion, in tenths of a day.
        public var daysMeanTenths: Int?
        public var masked: [Identifier] = []
        public var outcomes: [OutcomeRow] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("requested", &requested)
            try visitor.field("sheltered", &sheltered)
            try visitor.field("concluded", &concluded)
            try visitor.field("waiting", &waiting)
            try visitor.field("waiting_beyond_norm", &waitingBeyondNorm)
            try visitor.field("referred", &referred)
            try visitor.field("days_mean_tenths", &daysMeanTenths)
            try visitor.list("masked", &masked)
            try visitor.field("outcomes", &outcomes)
        }
    }

    public struct OutcomeRow: Record {
        public var outcome = EvaluationOutcome.other
        public var people: Int?
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("outcome", &outcome)
            try visitor.field("people", &people)
            try visitor.list("masked", &masked)
        }
    }

    public struct VolunteersPart: Record {
        public var registered: Int?
        public var mobilised: Int?
        public var refugees: Int?
        public var missions = 0
        /// Different organisations that missions were for.
        public var organisations = 0
        public var minutes = 0
        public var masked: [Identifier] = []

        public init() {}

        public mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("registered", &registered)
            try visitor.field("mobilised", &mobilised)
            try visitor.field("refugees", &refugees)
            try visitor.field("missions", &missions)
            try visitor.field("organisations", &organisations)
            try visitor.field("minutes", &minutes)
            try visitor.list("masked", &masked)
        }
    }
}

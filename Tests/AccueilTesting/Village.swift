public import AccueilDomain

/// A village that takes people in: one of everything, small enough to count by hand; as of 2020-03-31.
///
/// Its titles hold what a document must not take for its own markup.
public enum Village {
    public static let day: Day = "2020-03-31"

    /// 24 came to the barn and 9 to the school; of the barn 13 left for another region and 2 without a word, of the school
    /// nobody. One of them is from Mali, the others from Sudan or unknown.
    public static func story() throws(Rejection) -> Scenario {
        var story = Scenario()
        try tellOfSites(&story)
        try tellOfPeople(&story)
        try tellOfServices(&story)
        try tellOfGifts(&story)
        try tellOfThePlan(&story)
        return story
    }

    private static func tellOfSites(_ story: inout Scenario) throws(Rejection) {
        try story.given(
            "2020-01-01",
            SiteOpened.with { ($0.site, $0.kind, $0.name) = ("barn", .chu, "La grange | <b>«A & B»</b>") },
            SiteOpened.with { ($0.site, $0.kind, $0.commune, $0.arrondissement) = ("school", .cpa, "01004", 2) },
            SiteCapacitySet.with { ($0.site, $0.audience, $0.places) = ("barn", .any, 20) },
            SiteCapacitySet.with { ($0.site, $0.audience, $0.places) = ("school", .any, 30) },
            SiteStayTargetSet.with { ($0.site, $0.daysMin, $0.daysMax) = ("barn", 5, 40) })
        try story.given(
            "2020-01-05", OperationPlanned.with { ($0.operation, $0.commune, $0.arrondissement) = ("op", "01004", 2) },
            OperationCarriedOut.with {
                $0.operation = "op"
                $0.headcount = [.with { ($0.audience, $0.people) = (.any, 25) }]
                $0.destinations = [.with { ($0.site, $0.people) = ("barn", 23) }]
            })
    }

    private static func tellOfPeople(_ story: inout Scenario) throws(Rejection) {
        func stay(_ id: Identifier, _ site: Identifier, _ people: Int, _ nationality: String) -> PlacementStarted {
            .with {
                ($0.placement, $0.site, $0.party.adults) = (id, site, people)
                $0.party.nationality = Nationality(nationality)
            }
        }
        try story.given("2020-01-05", stay("b-1", "barn", 13, "SDN"), stay("b-2", "barn", 2, "SDN"))
        try story.given("2020-02-01", stay("b-3", "barn", 9, "SDN"), stay("s-1", "school", 8, "UNK"))
        try story.given("2020-02-02", stay("s-2", "school", 1, "MLI"))
        try story.given("2020-02-10", PlacementEnded.with { ($0.placement, $0.destination) = ("b-1", .otherRegion) })
        try story.given(
            "2020-03-20", PlacementEnded.with { ($0.placement, $0.destination) = ("b-2", .unknownDeparture) })
    }

    private static func tellOfServices(_ story: inout Scenario) throws(Rejection) {
        try story.given(
            "2020-02-01", ServiceOpened.with { ($0.service, $0.kind) = ("nurse", .health) },
            ServiceStaffingSet.with { ($0.service, $0.role, $0.fte) = ("nurse", "nurse", Decimal("1.5")) },
            ServiceActRecorded.with { ($0.service, $0.kind, $0.headcount) = ("nurse", .nurseAssessment, 20) },
            ServiceActRecorded.with { ($0.service, $0.kind, $0.headcount) = ("nurse", .vaccination, 6) },
            EvaluationRequested.with { ($0.evaluation, $0.headcount) = ("e-1", 7) },
            EvaluationRequested.with { ($0.evaluation, $0.headcount) = ("e-2", 6) },
            EvaluationSheltered.with { ($0.evaluation, $0.destination) = ("e-1", .childProtection) },
            VolunteerRegistered.with { ($0.volunteer, $0.headcount) = ("v-1", 40) },
            VolunteerMissionOpened.with { ($0.mission, $0.organisation) = ("m-1", "kitchen") },
            VolunteerSignedUp.with { ($0.mission, $0.volunteer) = ("m-1", "v-1") },
            VolunteerAttended.with { ($0.mission, $0.volunteer, $0.minutes) = ("m-1", "v-1", 90) })
        try story.given("2020-02-11", EvaluationConcluded.with { ($0.evaluation, $0.outcome) = ("e-1", .minor) })
    }

    private static func tellOfGifts(_ story: inout Scenario) throws(Rejection) {
        try story.given(
            "2020-02-01", DonationFundOpened.with { ($0.fund, $0.name) = ("well", "=HYPERLINK(\"x\")") },
            DonationReceived.with { ($0.donation, $0.fund, $0.amount) = ("d-1", "well", 123_450) },
            DonationAllocated.with { ($0.fund, $0.amount, $0.purpose) = ("well", 20_000, "bread") },
            DonationGrantAwarded.with {
                ($0.grant, $0.beneficiary, $0.theme, $0.amount) = ("g", "choir", "song", 4_700_000)
            },
            CollectionPointOpened.with { $0.point = "mill" },
            CollectionReceived.with {
                ($0.goods, $0.quantity) = (Goods(point: "mill", category: .shoes, unit: .pair), 11)
            },
            CollectionNeedDeclared.with { ($0.need, $0.point, $0.category, $0.quantity) = ("n-1", "mill", .water, 50) })
    }

    private static func tellOfThePlan(_ story: inout Scenario) throws(Rejection) {
        try story.given(
            "2020-01-02", PlanAdopted.with { ($0.plan, $0.name, $0.commitments) = ("plan", "Plan du village", 3) },
            PlanCommitmentDeclared.with {
                ($0.commitment, $0.plan, $0.number, $0.pillar) = ("c-1", "plan", 1, 1)
                ($0.pillarTitle, $0.title) = ("Un toit", "Accueillir *tous* ceux qui viennent")
            },
            PlanCommitmentDeclared.with {
                ($0.commitment, $0.plan, $0.number, $0.pillar, $0.title) = ("c-2", "plan", 2, 2, "Apprendre")
            })
        func define(
            _ id: Identifier, _ title: Text, _ unit: Identifier, people: Bool = false, target: Decimal? = nil,
            _ calculation: Calculation? = nil
        ) -> PlanIndicatorDefined {
            .with {
                ($0.indicator, $0.commitment, $0.title, $0.unit) = (id, "c-1", title, unit)
                ($0.aboutPeople, $0.target, $0.calculation) = (people, target, calculation)
            }
        }
        func one(_ method: Identifier, _ path: Text, _ params: [(String, Parameter)] = []) -> Calculation {
            .with { $0.sum = [term(method, path, params)] }
        }
        func term(_ method: Identifier, _ path: Text, _ params: [(String, Parameter)]) -> Term {
            .with {
                ($0.method, $0.path) = (method, path)
                $0.params = Parameters(params.map { (name: $0.0, value: $0.1) })
            }
        }
        func state(
            _ id: Identifier, _ value: String?, to valueMax: String? = nil, _ precision: Precision = .exact,
            _ source: Text = "Gazette, p. 1"
        ) -> PlanIndicatorMeasured {
            .with {
                ($0.indicator, $0.precision, $0.source, $0.day) = (id, precision, source, day)
                ($0.value, $0.valueMax) = (value.flatMap { Decimal($0) }, valueMax.flatMap { Decimal($0) })
            }
        }
        let present = one("query.occupancy", "occupied", [("site", .text("barn"))])
        let share = Calculation.with {
            $0.sum = [term("query.occupancy", "occupied", [("site", .text("barn"))])]
            $0.per = [term("query.occupancy", "occupied", [])]
            $0.factor = Decimal(100)
        }
        try story.given(
            "2020-01-02",
            define("i-1", "=SUM(A1) présents | à la grange", "people", people: true, target: Decimal(20), present),
            define("i-2", "Part de la grange", "percent", share),
            define(
                "i-3", "Venus du Mali", "people", people: true,
                one("query.occupancy", "breakdown[key=MLI].people", [("by", .text("nationality"))])),
            define("i-4", "Repas servis", "meals"), define("i-5", "Budget", "EUR"),
            define("i-6", "Équipe", "fte"), define("i-7", "Classes", "count"), define("i-8", "Séjour prévu", "days"),
            define("i-9", "Opérations", "operations", one("query.operations", "carried_out")),
            define("i-10", "Ouverture", "date", one("query.occupancy", "rows[site=barn].opened")))
        try story.given(
            "2020-03-31", state("i-1", "9"), state("i-4", "7500", .about), state("i-5", "1234.5", .moreThan),
            state("i-6", "2.5", .lessThan), state("i-7", nil, .unspecified), state("i-8", "5", to: "10", .range),
            state("i-9", "4"), state("i-9", "1", .exact, "Registre «B», @home"))
        try story.given(
            "2020-02-01",
            PlanMilestonePlanned.with {
                ($0.milestone, $0.commitment, $0.kind, $0.title) = ("fete", "c-2", .event, "Fête à venir")
                $0.due = "2020-06-20"
            },
            PlanMilestoneReached.with {
                ($0.milestone, $0.commitment, $0.kind, $0.title) = ("day-1", "c-2", .meeting, "Première réunion")
                ($0.attendance, $0.partners) = (31, ["choir"])
            },
            PlanNoteRecorded.with {
                ($0.commitment, $0.note, $0.source) = ("c-2", "<script>alert(1)</script>", "Gazette")
            })
    }
}

import AccueilDomain
import AccueilTesting
import EventCoding
import Glibc
import Testing

/// One event of every kind and version, as it stands in `Protocol/examples/golden-events.ndjson`, for ever.
///
/// A new kind, or a new version of one, gets its line at the end of the list and of the file; a line that is there is
/// never changed.
enum Golden {
    static let events: [Outcome] = [
        Outcome(
            SiteOpened.with {
                $0.site = "ney"
                $0.kind = .cpa
                $0.name = "Centre de premier accueil, boulevard Ney « la bulle »"
                $0.operators = ["emmaus-solidarite", "utopia56"]
                $0.commune = "75056"
                $0.arrondissement = 18
            }),
        Outcome(
            SiteCapacitySet.with {
                $0.site = "ney"
                $0.audience = .singleMen
                $0.places = 400
                $0.effective = "2016-11-10"
            },
            anomalies: [.occupancyAboveCapacity, .blockedAboveCapacity]),
        Outcome(
            SiteStayTargetSet.with {
                $0.site = "ney"
                $0.daysMin = 5
                $0.daysMax = 10
                $0.effective = "2016-11-10"
            }),
        Outcome(
            SiteOperatorSet.with {
                $0.site = "ney"
                $0.operators = ["emmaus-solidarite"]
                $0.effective = "2017-01-01"
            }),
        Outcome(
            SitePlacesBlocked.with {
                $0.site = "ney"
                $0.places = 12
                $0.reason = .works
            }),
        Outcome(
            SitePlacesReleased.with {
                $0.site = "ney"
                $0.places = 12
            }),
        Outcome(SiteClosed.with { $0.site = "ney" }),
        Outcome(
            PlacementRequested.with {
                $0.request = "r-1"
                $0.party = household
                $0.site = "ney"
            }),
        Outcome(
            PlacementRequestClosed.with {
                $0.request = "r-1"
                $0.outcome = .oriented
                $0.placement = "p-8812"
                $0.destination = .cao
            }),
        Outcome(
            PlacementStarted.with {
                $0.placement = "p-8812"
                $0.site = "ney"
                $0.party = household
                $0.bed = "b-12"
                $0.operation = "op-1"
            }, anomalies: [.enteredLate]),
        Outcome(
            PlacementMoved.with {
                $0.placement = "p-8812"
                $0.bed = "b-13"
            }),
        Outcome(
            PlacementTransferred.with {
                $0.placement = "p-8812"
                $0.site = "ivry"
                $0.bed = "c-1"
            }),
        Outcome(
            PlacementEnded.with {
                $0.placement = "p-8812"
                $0.destination = .childProtection
            }),
        Outcome(
            OperationPlanned.with {
                $0.operation = "op-1"
                $0.kind = .outreach
                $0.scheduled = "2016-11-04"
                $0.commune = "75056"
                $0.arrondissement = 19
                $0.site = "ney"
                $0.partners = ["ofii", "ville-de-paris"]
            }),
        Outcome(
            OperationCarriedOut.with {
                $0.operation = "op-1"
                $0.headcount = [
                    .with {
                        $0.audience = .singleMen
                        $0.people = 3000
                    },
                    .with {
                        $0.audience = .families
                        $0.people = 852
                    },
                ]
                $0.commune = "75056"
                $0.arrondissement = 19
                $0.partners = ["ofii"]
                $0.destinations = [
                    .with {
                        $0.site = "ney"
                        $0.people = 2
                    },
                    .with {
                        $0.destination = .cao
                        $0.people = 3800
                    },
                ]
            }, anomalies: [.peopleNotPlaced]),
        Outcome(
            OperationCancelled.with {
                $0.operation = "op-2"
                $0.reason = .nobodyFound
            }),
        Outcome(
            DonationFundOpened.with {
                $0.fund = "fdf"
                $0.name = "Plateforme de dons"
                $0.currency = "EUR"
                $0.holder = "fondation-de-france"
                $0.purposes = ["reception", "health"]
            }),
        Outcome(DonationFundClosed.with { $0.fund = "fdf" }),
        Outcome(
            DonationPledged.with {
                $0.pledge = "pl-1"
                $0.fund = "fdf"
                $0.donorKind = .publicBody
                $0.amount = 47_000_000
                $0.currency = "CHF"
                $0.due = "2017-06-30"
            }),
        Outcome(
            DonationReceived.with {
                $0.donation = "d-1"
                $0.fund = "fdf"
                $0.donorKind = .individual
                $0.amount = 2_500
                $0.pledge = "pl-1"
                $0.purpose = "health"
            }),
        Outcome(
            DonationAllocated.with {
                $0.fund = "fdf"
                $0.amount = 2_000
                $0.purpose = "health"
                $0.beneficiary = "medecins-du-monde"
                $0.site = "ney"
            }),
        Outcome(
            DonationRefunded.with {
                $0.donation = "d-1"
                $0.amount = 500
            }),
        Outcome(
            DonationReceiptIssued.with {
                $0.receipt = "2017-00001"
                $0.donation = "d-1"
            }),
        Outcome(
            DonationReceiptVoided.with {
                $0.receipt = "2017-00001"
                $0.reason = .refund
            }),
        Outcome(
            DonationGrantAwarded.with {
                $0.grant = "g-1"
                $0.beneficiary = "sos-mediterranee"
                $0.theme = "rescue"
                $0.amount = 3_500_000
                $0.countries = [Nationality("GRC")!, Nationality("ITA")!]
                $0.payer = "ville-paris"
            }),
        Outcome(
            DonationGrantDisbursed.with {
                $0.grant = "g-1"
                $0.amount = 3_500_000
            }),
        Outcome(
            CollectionPointOpened.with {
                $0.point = "bourse"
                $0.name = "Mairie du 2e"
                $0.commune = "75056"
                $0.arrondissement = 2
                $0.operators = ["emmaus-defi"]
            }),
        Outcome(CollectionPointClosed.with { $0.point = "bourse" }),
        Outcome(
            CollectionNeedDeclared.with {
                $0.need = "n-1"
                $0.point = "bourse"
                $0.category = .shoes
                $0.unit = .pair
                $0.quantity = 200
                $0.priority = .urgent
            }),
        Outcome(
            CollectionNeedClosed.with {
                $0.need = "n-1"
                $0.outcome = .met
            }),
        Outcome(
            CollectionReceived.with {
                $0.goods = goods(.unsorted, .kg)
                $0.quantity = 40
                $0.donorKind = .company
                $0.donor = "decathlon"
            }),
        Outcome(
            CollectionSorted.with {
                $0.point = "bourse"
                $0.unit = .kg
                $0.quantity = 30
                $0.into = .jackets
            }),
        Outcome(
            CollectionDispatched.with {
                $0.goods = goods(.jackets, .kg)
                $0.quantity = 10
                $0.toSite = "ney"
            }),
        Outcome(
            CollectionDistributed.with {
                $0.goods = goods(.jackets, .kg)
                $0.quantity = 5
                $0.people = 12
                $0.operation = "op-1"
            }),
        Outcome(
            CollectionDiscarded.with {
                $0.goods = goods(.food, .meal)
                $0.quantity = 3
                $0.reason = .expired
            }),
        Outcome(
            CollectionCounted.with {
                $0.goods = goods(.jackets, .kg)
                $0.quantity = 14
            }, anomalies: [.countDiffers]),
        Outcome(
            AnomalyJustified.with {
                $0.rule = .enteredLate
                $0.of = Subject(.placement, "p-8812")
                $0.reason = .recordsCaughtUp
            }),
        Outcome(
            EventVoided.with {
                $0.sequence = 12
                $0.of = "placement.ended"
                $0.about = Subject(.placement, "p-8812")
                $0.reason = .duplicate
            }),
        Outcome(
            EventCorrected.with {
                $0.sequence = 10
                $0.of = "placement.started"
                $0.about = Subject(.placement, "p-8812")
                $0.reason = .headcount
                $0.happened = Timestamp("2017-03-22T18:00:00+01:00")!
                $0.data = LooseFields([
                    FieldTree.Member("placement", .text("p-8812")), FieldTree.Member("site", .text("ney")),
                    FieldTree.Member("audience", .text("families")), FieldTree.Member("adults", .number(2)),
                    FieldTree.Member("children", .number(3)),
                ])
            }),
        Outcome(
            ServiceOpened.with {
                $0.service = "jie"
                $0.kind = .followUp
                $0.name = "Plateforme d'accompagnement des jeunes isolés étrangers"
                $0.operators = ["aurore"]
                $0.partners = ["ville-de-paris", "rectorat"]
                $0.sites = ["ney"]
                $0.audience = .youngAdults
                $0.ageMin = 17
                $0.ageMax = 21
                $0.commune = "75056"
                $0.arrondissement = 18
            }),
        Outcome(
            ServiceOperatorSet.with {
                $0.service = "jie"
                $0.operators = ["emmaus-solidarite", "ftda"]
                $0.effective = "2017-02-01"
            }),
        Outcome(
            ServiceScheduleSet.with {
                $0.service = "jie"
                $0.days = [.monday, .saturday]
                $0.opens = "08:30"
                $0.closes = "20:00"
                $0.effective = "2017-02-01"
            }),
        Outcome(
            ServiceStaffingSet.with {
                $0.service = "jie"
                $0.role = "evaluator"
                $0.posts = 2
                $0.fte = Decimal("2.75")
                $0.effective = "2017-02-01"
            }),
        Outcome(
            ServiceCapacitySet.with {
                $0.service = "jie"
                $0.places = 96
                $0.effective = "2017-02-01"
            }, anomalies: [.serviceAboveCapacity]),
        Outcome(
            ServiceSiteAdded.with {
                $0.service = "jie"
                $0.place = "poste-avance"
                $0.site = "ney"
                $0.effective = "2017-02-01"
            }),
        Outcome(
            ServiceSiteRemoved.with {
                $0.service = "jie"
                $0.place = "poste-avance"
                $0.effective = "2017-03-01"
            }),
        Outcome(
            ServiceActRecorded.with {
                $0.service = "jie"
                $0.kind = .referral
                $0.headcount = 97
                $0.provider = "medecins-du-monde"
                $0.site = "ney"
                $0.to = "pass"
            }, anomalies: [.serviceAboveCapacity]),
        Outcome(ServiceClosed.with { $0.service = "jie" }),
        Outcome(
            EvaluationRequested.with {
                $0.evaluation = "e-1"
                $0.person = "s-1"
                $0.service = "demie"
                $0.site = "ney"
            }, anomalies: [.enteredLate]),
        Outcome(
            EvaluationSheltered.with {
                $0.evaluation = "e-1"
                $0.site = "ivry"
            }),
        Outcome(
            EvaluationConcluded.with {
                $0.evaluation = "e-1"
                $0.outcome = .noShow
            }),
        Outcome(
            EvaluationReferred.with {
                $0.evaluation = "e-1"
                $0.destination = .childProtection
                $0.to = "ase"
            }),
        Outcome(
            EvaluationNormSet.with {
                $0.service = "demie"
                $0.days = 10
                $0.effective = "2017-01-01"
            }),
        Outcome(
            VolunteerRegistered.with {
                $0.volunteer = "v-1"
                $0.kind = .civicService
                $0.headcount = 10
                $0.channel = "jemengage"
                $0.organisation = "singa"
                $0.refugee = true
            }),
        Outcome(
            VolunteerMissionOpened.with {
                $0.mission = "m-1"
                $0.organisation = "utopia56"
                $0.partner = "benenova"
                $0.site = "ney"
                $0.name = "Tri de vêtements"
                $0.starts = Timestamp("2017-03-25T08:00:00+01:00")
                $0.ends = Timestamp("2017-03-25T12:00:00+01:00")
                $0.seats = 31
            }),
        Outcome(
            VolunteerSignedUp.with {
                $0.mission = "m-1"
                $0.volunteer = "v-1"
            }),
        Outcome(
            VolunteerWithdrew.with {
                $0.mission = "m-1"
                $0.volunteer = "v-1"
            }),
        Outcome(
            VolunteerAttended.with {
                $0.mission = "m-1"
                $0.volunteer = "v-1"
                $0.minutes = 240
            }),
        Outcome(VolunteerMissionClosed.with { $0.mission = "m-1" }),
        Outcome(
            PlanAdopted.with {
                $0.plan = "paris"
                $0.name = "Mobilisation de la communauté de Paris pour l'accueil des réfugiés"
                $0.commitments = 18
            }),
        Outcome(
            PlanCommitmentDeclared.with {
                $0.commitment = "c-5"
                $0.plan = "paris"
                $0.number = 5
                $0.pillar = 2
                $0.pillarTitle = "Paris au rendez-vous d'une mobilisation collective"
                $0.title = "Amélioration des conditions d'accueil des nouveaux arrivants"
            }),
        Outcome(
            PlanIndicatorDefined.with {
                $0.indicator = "e05.29"
                $0.commitment = "c-5"
                $0.title = "Part des Afghans au pôle hébergement"
                $0.unit = "percent"
                $0.target = Decimal("-0.5")
                $0.aboutPeople = true
                $0.calculation = .with {
                    $0.sum = [
                        term("breakdown[key=AFG].people", [("site", .text("ney")), ("by", .text("nationality"))]),
                        term("breakdown[key=UNK].people", []),
                    ]
                    $0.sum[1].minus = true
                    $0.per = [term("occupied", [("as_of", .text("2017-03-09"))])]
                    $0.factor = Decimal(100)
                    $0.decimals = 1
                }
            }),
        Outcome(
            PlanIndicatorMeasured.with {
                $0.indicator = "e05.29"
                $0.value = Decimal("39.5")
                $0.valueMax = Decimal("40.5")
                $0.precision = .range
                $0.source = "Bilan mars 2017, p. 7"
                $0.unit = "percent"
                $0.day = "2017-03-09"
            }, anomalies: [.sourcesDisagree]),
        Outcome(
            PlanMilestonePlanned.with {
                $0.milestone = "sports-day"
                $0.commitment = "c-8"
                $0.kind = .event
                $0.title = "Journée mondiale des réfugiés"
                $0.due = "2017-06-20"
            }),
        Outcome(
            PlanMilestoneReached.with {
                $0.milestone = "summit"
                $0.commitment = "c-15"
                $0.kind = .callForProjects
                $0.title = "Sommet"
                $0.series = "summits"
                $0.count = 2
                $0.attendance = 30
                $0.partners = ["unhcr"]
                $0.days = 2
                $0.theme = "migration"
            }),
        Outcome(
            PlanNoteRecorded.with {
                $0.commitment = "c-5"
                $0.note = "Montée en charge progressive"
                $0.source = "Bilan mars 2017, p. 4"
            }),
    ]

    private static func term(_ path: Text, _ params: [(name: String, value: Parameter)]) -> Term {
        .with {
            $0.method = "query.occupancy"
            $0.params = Parameters(params)
            $0.path = path
        }
    }

    private static let household: Party = {
        var party = PlacementRequested().party
        party.person = "amin"
        party.audience = .families
        party.adults = 2
        party.children = 3
        party.nationality = Nationality("AFG")
        return party
    }()

    private static func goods(_ category: GoodsCategory, _ unit: GoodsUnit) -> Goods {
        Goods(point: "bourse", category: category, unit: unit)
    }

    /// The line of an event, its place in the list being its position in the log.
    static func line(_ index: Int) -> String {
        let number = index + 1
        var context = EventContext(source: "urn:accueil:paris", actor: "uid:1000")
        if number % 2 == 0 {
            context.commandID = Identifier("golden-\(number)")
            context.commandDigest = "0123456789abcdef"
        }
        let stamp = Stamp(
            sequence: number, time: Timestamp("2017-03-23T09:30:00+01:00")!, day: "2017-03-23",
            recorded: Timestamp(microseconds: 1_490_258_000_000_000 + Int64(number)))
        let id = Identifier("01BBVY8PC0" + EventLine.padded(number).string.suffix(16))!
        var writer = JSONWriter()
        EventLine.write(events[index], id: id, stamp, context, to: &writer)
        precondition(writer.bytes.last == 0x0A, "a line ends")
        return String(decoding: writer.bytes.dropLast(), as: UTF8.self)
    }

    /// The lines of the file.
    static func file(beside test: String = #filePath) throws -> [String] {
        let root = test.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let path = root + "/Protocol/examples/golden-events.ndjson"
        let file = unsafe try #require(fopen(path, "r"), "\(path)")
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = unsafe getc(file), byte != EOF { bytes.append(UInt8(byte)) }
        #expect(bytes.last == 0x0A)
        return bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

@Suite struct GoldenTests {
    private static func head(_ bytes: some Sequence<UInt8>) -> EventHead? { EventHead(Array(bytes).span) }

    @Test func `every event is written as it always was, byte for byte`() throws {
        let file = try Golden.file()
        for index in Golden.events.indices {
            let line = Golden.line(index)
            #expect(index < file.count && file[index] == line, "line \(index + 1) should be \(line)")
        }
        #expect(file.count == Golden.events.count)
    }

    @Test func `every kind and version of event has its golden line`() {
        let golden = Set(Golden.events.map { "\(type(of: $0.event).type):\(type(of: $0.event).version)" })
        for event in Catalogue.events {
            #expect(golden.contains("\(event.type):\(event.version)"), "\(event.type) has no golden line")
        }
        #expect(golden.count == Golden.events.count)
    }

    @Test func `every golden line reads back as what was written`() throws {
        let parser = JSONParser()
        for (index, line) in try Golden.file().enumerated() {
            let number = index + 1
            let (envelope, data) = try EventLine.read(Array(line.utf8).span, with: parser, in: .utc)
            let type = try #require(Catalogue.eventsByType[envelope.type], "line \(number)")
            let event = try type.init(from: data)
            #expect(line.hasSuffix(#""data":"# + String(decoding: JSONWriter.bytes(of: event), as: UTF8.self) + "}"))
            #expect(event.subject == envelope.subject)
            #expect(envelope.version == type.version)
            #expect(envelope.stamp.sequence == number)
            #expect(envelope.stamp.time.description == "2017-03-23T09:30:00+01:00")
            #expect(envelope.stamp.day == "2017-03-23")
            #expect(envelope.stamp.recorded.microseconds == 1_490_258_000_000_000 + Int64(number))
            #expect(envelope.id.description.count == 26)
            #expect(envelope.commandID == (number % 2 == 0 ? Identifier("golden-\(number)") : nil))
            #expect(envelope.commandDigest == (number % 2 == 0 ? "0123456789abcdef" : nil))
            #expect(envelope.anomalies == Golden.events[index].anomalies)
        }
    }

    @Test func `the head of every golden line is found without parsing it`() throws {
        for (index, line) in try Golden.file().enumerated() {
            let bytes = Array(line.utf8)
            let head = try #require(Self.head(bytes))
            let text = { (range: Range<Int>) in String(decoding: bytes[range], as: UTF8.self) }
            #expect(text(head.type) == type(of: Golden.events[index].event).type)
            #expect(text(head.subject) == Golden.events[index].event.subject.description)
            #expect(text(head.time) == "2017-03-23T09:30:00+01:00")
        }
    }

    @Test func `a line that is cut before its time has no head`() throws {
        let bytes = Array(Golden.line(0).utf8)
        let head = try #require(Self.head(bytes))
        for count in 0...head.time.upperBound { #expect(Self.head(bytes[..<count]) == nil, "\(count) bytes") }
        #expect(Self.head(bytes[...head.time.upperBound]) != nil)
    }

    @Test func `a line without one of its attributes is unreadable, and says which event it is where it can`() throws {
        let line = Golden.line(1)
        let parser = JSONParser()
        let read = { (text: String) throws(UnreadableEvent) in
            _ = try EventLine.read(Array(text.utf8).span, with: parser, in: .utc)
        }
        try read(line)
        for name in ["id", "type", "subject", "time", "sequence", "recordedtime", "dataschema", "data"] {
            let other = line.replacing("\"\(name)\":", with: "\"other\":")
            let error = #expect(throws: UnreadableEvent.self, "\(name)") { try read(other) }
            #expect(error?.sequence == (name == "sequence" ? nil : 2))
        }
        for broken in ["", "{}", "[]", "null", String(line.dropLast()), line + line] {
            #expect(throws: UnreadableEvent.self) { try read(broken) }
        }
    }
}

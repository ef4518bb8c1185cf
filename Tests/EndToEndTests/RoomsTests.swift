import Foundation
import Testing

/// Each room recorded by commands and looked up by queries, through the socket.
@Suite struct RoomsTests {
    let daemon: Daemon
    let client: LineClient

    init() throws {
        daemon = try Daemon.start()
        client = try daemon.connect()
    }

    /// Type, rule and facts of a refusal.
    private func refusal(_ method: String, _ params: [String: Any]) throws -> String {
        json(try client.refusal(method, params), "rule", "facts")
    }

    /// The anomalies of the one event that a command leads to.
    private func anomalies(_ method: String, _ params: [String: Any]) throws -> [String] {
        let events = try client.record(method, params)
        #expect(events.count == 1, "\(method)")
        return events.first?["anomalies"] as? [String] ?? []
    }

    private func rows(_ query: String, _ params: [String: Any] = [:]) throws -> [[String: Any]] {
        let answer = try client.result(query, params)
        return answer["rows"] as? [[String: Any]] ?? []
    }

    private func openNey(places: Int = 400) throws {
        try client.record(
            "site.open",
            [
                "site": "ney", "kind": "CPA", "name": "Centre humanitaire Paris-Nord", "operators": ["emmaus"],
                "commune": "75056", "arrondissement": 18, "time": "2016-11-10",
            ])
        try client.record(
            "site.set_capacity", ["site": "ney", "audience": "single_men", "places": places, "time": "2016-11-10"])
    }

    private func start(_ placement: String, _ more: [String: Any]) -> [String: Any] {
        ["placement": placement, "site": "ney", "audience": "single_men"].merging(more) { $1 }
    }

    // MARK: Sites

    @Test func `sites: places, blocked places, targets and operators by day`() throws {
        try openNey()
        try client.record(
            "site.set_capacity", ["site": "ney", "audience": "single_men", "places": 450, "effective": "2017-02-01"])
        try client.record(
            "site.set_stay_target", ["site": "ney", "days_min": 5, "days_max": 10, "effective": "2016-11-10"])
        try client.record(
            "site.set_operator", ["site": "ney", "operators": ["emmaus-solidarite"], "effective": "2017-01-01"])
        #expect(
            try anomalies("site.block_places", ["site": "ney", "places": 20, "reason": "works", "time": "2016-12-01"])
                == [])
        try client.record("site.release_places", ["site": "ney", "places": 5, "time": "2016-12-10"])
        try client.record("site.open", ["site": "ivry", "kind": "CHU", "commune": "94041", "time": "2017-01-19"])

        #expect(try rows("query.occupancy", ["as_of": "2016-11-09"]).isEmpty)
        let figures = "places,unavailable,occupied,unoccupied"
        for (day, expected) in [
            ("2016-11-10", [400, 0, 0, 400]), ("2016-12-01", [400, 20, 0, 380]), ("2016-12-10", [400, 15, 0, 385]),
            ("2017-02-01", [450, 15, 0, 435]),
        ] {
            let answer = try client.result("query.occupancy", ["as_of": day])
            #expect(figures.split(separator: ",").map { answer[String($0)] as? Int } == expected, "\(day)")
        }
        let ney = try rows("query.occupancy", ["as_of": "2016-12-31", "commune": "75056"])
        #expect(
            json(ney.first, "site", "name", "kind", "operators", "arrondissement", "open")
                == #"{"arrondissement":18,"kind":"CPA","name":"Centre humanitaire Paris-Nord","open":true,"operators":["emmaus"],"site":"ney"}"#
        )
        #expect(json(try rows("query.occupancy", ["site": "ney"]).first?["operators"]) == #"["emmaus-solidarite"]"#)
        #expect(try rows("query.occupancy", ["kind": "CHU"]).count == 1)
        let nights =
            try client.result("query.occupancy_series", ["from": "2016-11-30", "to": "2016-12-01"])["days"]
            as? [[String: Any]]
        #expect(
            nights?.map { json($0, "day", "unavailable") } == [
                #"{"day":"2016-11-30","unavailable":0}"#, #"{"day":"2016-12-01","unavailable":20}"#,
            ])
    }

    @Test func `sites: what is refused, and by which rule`() throws {
        try openNey()
        try client.record("site.block_places", ["site": "ney", "places": 15, "reason": "works", "time": "2016-12-01"])
        #expect(
            try refusal("site.set_capacity", ["site": "nulle-part", "audience": "any", "places": 1])
                == #"{"facts":{"site":"nulle-part"},"rule":"unknown_site"}"#)
        #expect(
            try refusal("site.set_capacity", ["site": "ney", "audience": "any", "places": -1])
                == #"{"facts":{"places":-1,"site":"ney"},"rule":"capacity_out_of_bounds"}"#)
        #expect(
            try refusal("site.release_places", ["site": "ney", "places": 16])
                == #"{"facts":{"blocked":15,"places":16,"site":"ney"},"rule":"released_above_blocked"}"#)
        #expect(
            try refusal("site.open", ["site": "ney", "kind": "CPA", "time": "2016-11-11"])
                == #"{"facts":{"since":"2016-11-10","site":"ney"},"rule":"site_already_open"}"#)
        try client.record("placement.start", start("p1", ["time": "2017-01-01"]))
        #expect(
            try refusal("site.close", ["site": "ney", "time": "2017-01-02"])
                == #"{"facts":{"people":1,"site":"ney"},"rule":"site_not_empty"}"#)
        try client.record("placement.end", ["placement": "p1", "destination": "CAO", "time": "2017-01-02"])
        try client.record("site.close", ["site": "ney", "time": "2017-01-02"])
        #expect(
            try refusal("placement.start", start("p2", ["time": "2017-01-03"]))
                == #"{"facts":{"day":"2017-01-03","site":"ney"},"rule":"site_not_open"}"#)
        #expect(
            try refusal("site.open", ["site": "ney", "kind": "CPA", "time": "2016-12-31"]).contains(
                "open_periods_overlap"))
        #expect(json(try rows("query.occupancy", ["as_of": "2017-01-01"]).first, "open") == #"{"open":true}"#)
        let after = try rows("query.occupancy", ["as_of": "2017-01-03"]).first
        #expect(json(after, "open", "closed", "places") == #"{"closed":"2017-01-02","open":false,"places":0}"#)
        let unknown = try client.refusal("query.occupancy", ["site": "nulle-part"])
        #expect(json(unknown, "type", "rule") == #"{"rule":"unknown_site","type":"not_found"}"#)
    }

    @Test func `more places blocked than there are is accepted, and listed until it is justified`() throws {
        try openNey(places: 10)
        #expect(
            try anomalies(
                "site.block_places", ["site": "ney", "places": 11, "reason": "sanitary", "time": "2016-12-01"])
                == ["blocked_above_capacity"])
        let row = try client.result("query.anomalies", ["as_of": "2016-12-01"])
        #expect(json(row, "open", "justified") == #"{"justified":0,"open":1}"#)
        #expect(
            json(row["rows"])
                == #"[{"limit":10,"rule":"blocked_above_capacity","since":"2016-12-01","subject":"site/ney","value":11}]"#
        )
    }

    // MARK: Placements

    @Test func `placements: from request to orientation, counted by day, audience and destination`() throws {
        try openNey()
        try client.record("site.open", ["site": "ivry", "kind": "CHU", "time": "2017-01-19"])
        try client.record(
            "site.set_capacity", ["site": "ivry", "audience": "families", "places": 400, "time": "2017-01-19"])
        try client.record("site.set_stay_target", ["site": "ney", "days_max": 10, "effective": "2016-11-10"])
        let request: [String: Any] = [
            "request": "r1", "person": "h1", "audience": "single_men", "site": "ney", "time": "2016-11-11",
        ]
        try client.record("placement.request", request)
        try client.record(
            "placement.request",
            ["request": "r2", "audience": "families", "adults": 1, "children": 2, "time": "2016-11-11"])
        try client.record(
            "placement.start",
            start("p1", ["person": "h1", "nationality": "SDN", "bed": "b1", "time": "2016-11-12T10:00:00+01:00"]))
        try client.record(
            "placement.close_request", ["request": "r1", "outcome": "placed", "placement": "p1", "time": "2016-11-12"])
        try client.record(
            "placement.close_request",
            ["request": "r2", "outcome": "oriented", "destination": "CHU", "time": "2016-11-12"])
        try client.record("placement.start", start("p2", ["adults": 3, "nationality": "AFG", "time": "2016-11-13"]))
        try client.record("placement.move", ["placement": "p1", "bed": "b2", "time": "2016-11-14"])
        try client.record("placement.end", ["placement": "p2", "destination": "CAO", "time": "2016-11-20"])
        try client.record("placement.transfer", ["placement": "p1", "site": "ivry", "time": "2017-01-20"])

        #expect(try client.result("query.occupancy", ["as_of": "2016-11-13"])["occupied"] as? Int == 4)
        #expect(try client.result("query.occupancy", ["as_of": "2016-11-20"])["occupied"] as? Int == 1)
        let shares = try client.result("query.occupancy", ["as_of": "2016-11-13", "by": "nationality"])["breakdown"]
        #expect(json(shares) == #"[{"key":"AFG","people":3,"percent":75},{"key":"SDN","people":1,"percent":25}]"#)

        let flows = try client.result(
            "query.flows", ["from": "2016-11-01", "as_of": "2017-01-31", "by": "destination"])
        #expect(
            json(
                flows, "arrivals", "departures", "present", "requests", "oriented", "persons", "placements",
                "transfers_in")
                == #"{"arrivals":4,"departures":3,"oriented":3,"persons":1,"placements":2,"present":1,"requests":4,"transfers_in":0}"#
        )
        let ofIvry = try client.result("query.flows", ["as_of": "2017-01-31", "site": "ivry"])
        #expect(json(ofIvry, "arrivals", "transfers_in", "present") == #"{"arrivals":0,"present":1,"transfers_in":1}"#)
        let months = try rows("query.flows", ["as_of": "2017-01-31", "by": "month"])
        #expect(
            json(months.first, "key", "arrivals", "departures") == #"{"arrivals":4,"departures":3,"key":"2016-11"}"#)

        let open = try rows("query.placements", ["as_of": "2017-01-31"])
        #expect(
            open.map { json($0, "placement", "site", "started") } == [
                #"{"placement":"p1","site":"ivry","started":"2017-01-20"}"#
            ])
        let past = try rows("query.placements", ["as_of": "2016-11-13"])
        #expect(
            past.map { json($0, "placement", "site") } == [
                #"{"placement":"p1","site":"ney"}"#, #"{"placement":"p2","site":"ney"}"#,
            ])
        let all = try client.result("query.placements", ["state": "all", "limit": 2])
        #expect(json(all, "total") == #"{"total":3}"# && all["next"] != nil)

        let stays = try rows("query.stays", ["as_of": "2016-11-30", "site": "ney"]).first
        #expect(
            json(stays, "stays", "people", "open", "days_max", "target_max")
                == #"{"days_max":18,"open":1,"people":4,"stays":2,"target_max":10}"#)
        let history = try client.result("query.history", ["subject": "placement/p1"])["events"] as? [[String: Any]]
        #expect(
            history?.compactMap { $0["type"] as? String } == [
                "placement.transferred", "placement.moved", "placement.started",
            ])
        let before = try client.result("query.history", ["subject": "placement/p1", "as_of": "2017-01-19"])["events"]
        #expect(
            (before as? [[String: Any]])?.compactMap { $0["type"] as? String } == [
                "placement.moved", "placement.started",
            ])
        let ofPerson = try client.result("query.history", ["subject": "person/h1"])["events"] as? [[String: Any]]
        #expect(ofPerson?.contains { $0["subject"] as? String == "placement/p1" } == true)
    }

    @Test func `placements: what is refused, and by which rule`() throws {
        try openNey()
        try client.record("site.open", ["site": "ivry", "kind": "CHU", "time": "2017-01-19"])
        try client.record(
            "placement.start", start("p1", ["person": "h1", "bed": "b1", "time": "2017-01-20T10:00:00+01:00"]))
        for (method, params, expected) in [
            (
                "placement.start", start("p2", ["person": "h1", "time": "2017-01-21"]),
                #"{"facts":{"person":"h1","placement":"p1"},"rule":"second_open_stay"}"#
            ),
            (
                "placement.start", start("p2", ["bed": "b1", "time": "2017-01-21"]),
                #"{"facts":{"bed":"b1","placement":"p1","site":"ney"},"rule":"bed_held"}"#
            ),
            (
                "placement.start", start("p2", ["adults": 0, "time": "2017-01-21"]),
                #"{"facts":{"adults":0,"children":0},"rule":"headcount_out_of_bounds"}"#
            ),
            (
                "placement.start", start("p2", ["adults": -1, "children": 2, "time": "2017-01-21"]),
                #"{"facts":{"adults":-1,"children":2},"rule":"headcount_out_of_bounds"}"#
            ),
            (
                "placement.start", start("p2", ["time": "2016-11-09"]),
                #"{"facts":{"day":"2016-11-09","site":"ney"},"rule":"site_not_open"}"#
            ),
            (
                "placement.start", start("p1", ["time": "2017-01-22"]),
                #"{"facts":{"placement":"p1","since":"2017-01-20"},"rule":"placement_exists"}"#
            ),
            (
                "placement.start", start("p2", ["operation": "o1", "time": "2017-01-22"]),
                #"{"facts":{"operation":"o1"},"rule":"unknown_operation"}"#
            ),
            (
                "placement.end", ["placement": "p1", "destination": "CAO", "time": "2017-01-20T09:59:59+01:00"],
                #"{"facts":{"placement":"p1","started":"2017-01-20T10:00:00+01:00","time":"2017-01-20T09:59:59+01:00"},"rule":"ends_before_it_starts"}"#
            ),
            (
                "placement.end", ["placement": "p9", "destination": "CAO"],
                #"{"facts":{"placement":"p9"},"rule":"unknown_placement"}"#
            ),
            (
                "placement.transfer", ["placement": "p1", "site": "ney", "bed": "b2", "time": "2017-01-22"],
                #"{"facts":{"placement":"p1","site":"ney"},"rule":"same_site"}"#
            ),
            (
                "placement.transfer", ["placement": "p1", "site": "nulle-part"],
                #"{"facts":{"site":"nulle-part"},"rule":"unknown_site"}"#
            ),
            (
                "placement.close_request", ["request": "r9", "outcome": "declined"],
                #"{"facts":{"request":"r9"},"rule":"unknown_request"}"#
            ),
        ] as [(String, [String: Any], String)] {
            #expect(try refusal(method, params) == expected)
        }
        try client.record("site.close", ["site": "ivry", "time": "2017-01-25"])
        #expect(
            try refusal("placement.transfer", ["placement": "p1", "site": "ivry", "time": "2017-01-26"])
                == #"{"facts":{"day":"2017-01-26","site":"ivry"},"rule":"site_not_open"}"#)
        try client.record("placement.end", ["placement": "p1", "destination": "CAO", "time": "2017-01-27"])
        #expect(
            try refusal("placement.end", ["placement": "p1", "destination": "hotel", "time": "2017-01-28"])
                == #"{"facts":{"destination":"CAO","ended":"2017-01-27","placement":"p1"},"rule":"placement_already_ended"}"#
        )
        #expect(try client.result("server.status")["head"] as? Int == 6)
    }

    @Test func `an anomaly is accepted, listed, justified, and stays in the list`() throws {
        try openNey(places: 2)
        #expect(
            try anomalies("placement.start", start("p1", ["adults": 3, "time": "2017-01-01"]))
                == ["occupancy_above_capacity", "entered_late"])
        #expect(try client.result("query.occupancy", ["as_of": "2017-01-01"])["unoccupied"] as? Int == -1)
        #expect(
            try anomalies("placement.start", start("p2", ["audience": "families", "time": "2017-01-02"])).contains(
                "audience_mismatch"))
        let open = try rows("query.anomalies", ["as_of": "2017-01-02", "rule": "occupancy_above_capacity"])
        #expect(
            open.map { json($0, "subject", "since", "value", "limit") }
                == [#"{"limit":2,"since":"2017-01-01","subject":"site/ney","value":4}"#])

        let justify: [String: Any] = [
            "rule": "occupancy_above_capacity", "subject": "site/ney", "reason": "cold_weather_plan",
            "time": "2017-01-02",
        ]
        try client.record("anomaly.justify", justify)
        #expect(try client.record("anomaly.justify", justify).isEmpty, "justifying twice changes nothing")
        #expect(try rows("query.anomalies", ["as_of": "2017-01-02", "rule": "occupancy_above_capacity"]).isEmpty)
        let justified = try rows("query.anomalies", ["as_of": "2017-01-02", "state": "justified"])
        #expect(
            justified.map { json($0, "rule", "justified") }
                == [#"{"justified":"cold_weather_plan","rule":"occupancy_above_capacity"}"#])
        #expect(
            try refusal(
                "anomaly.justify",
                ["rule": "stay_beyond_target", "subject": "placement/p1", "reason": "medical", "time": "2017-01-02"])
                == #"{"facts":{"anomaly":"stay_beyond_target","as_of":"2017-01-02","subject":"placement/p1"},"rule":"unknown_anomaly"}"#
        )
    }

    // MARK: Operations

    @Test func `operations: planned, carried out, cancelled, and where people were brought`() throws {
        try openNey()
        let shelter: [String: Any] = [
            "operation": "o1", "kind": "shelter", "scheduled": "2016-11-04", "commune": "75056", "arrondissement": 19,
            "partners": ["france-terre-d-asile"], "time": "2016-11-01",
        ]
        try client.record("operation.plan", shelter)
        #expect(try client.record("operation.plan", shelter).isEmpty, "planning twice changes nothing")
        try client.record(
            "operation.plan", ["operation": "o2", "kind": "outreach", "site": "ney", "time": "2016-12-01"])
        try client.record("operation.plan", ["operation": "o3", "kind": "shelter", "time": "2016-12-01"])
        #expect(try client.result("query.operations", ["as_of": "2016-11-03"])["planned"] as? Int == 1)
        let done: [String: Any] = [
            "operation": "o1", "time": "2016-11-12",
            "headcount": [["audience": "single_men", "people": 300], ["audience": "families", "people": 100]],
            "destinations": [["site": "ney", "people": 250], ["destination": "CAO", "people": 100]],
        ]
        #expect(try anomalies("operation.carry_out", done) == ["people_not_placed"])
        #expect(try client.record("operation.carry_out", done).isEmpty, "carrying out twice the same changes nothing")
        try client.record("operation.cancel", ["operation": "o3", "reason": "weather", "time": "2016-12-02"])

        let all = try client.result("query.operations", ["as_of": "2017-01-01", "by": "destination"])
        #expect(
            json(all, "carried_out", "planned", "cancelled", "people", "placed", "not_placed")
                == #"{"cancelled":1,"carried_out":1,"not_placed":50,"people":400,"placed":350,"planned":1}"#)
        #expect(
            json(all["rows"])
                == #"[{"key":"site/ney","operations":1,"people":250,"percent":63},{"key":"CAO","operations":1,"people":100,"percent":25},{"key":"not_placed","operations":1,"people":50,"percent":13}]"#
        )
        #expect(
            try rows("query.operations", ["by": "arrondissement"]).map { json($0, "key", "people") }
                == [#"{"key":"75056-19","people":400}"#])
        #expect(try client.result("query.operations", ["site": "ney", "kind": "outreach"])["planned"] as? Int == 1)

        for (method, params, rule) in [
            (
                "operation.carry_out", ["operation": "o1", "headcount": [["audience": "any", "people": 1]]],
                "already_carried_out"
            ),
            ("operation.cancel", ["operation": "o1", "reason": "weather"], "already_carried_out"),
            (
                "operation.carry_out", ["operation": "o3", "headcount": [["audience": "any", "people": 1]]],
                "already_cancelled"
            ),
            (
                "operation.carry_out", ["operation": "o9", "headcount": [["audience": "any", "people": 1]]],
                "unknown_operation"
            ),
            (
                "operation.carry_out", ["operation": "o2", "headcount": [["audience": "any", "people": 0]]],
                "headcount_out_of_bounds"
            ),
            (
                "operation.carry_out",
                [
                    "operation": "o2", "headcount": [["audience": "any", "people": 5]],
                    "destinations": [["destination": "CHU", "people": 6]],
                ],
                "destinations_above_headcount"
            ),
            (
                "operation.carry_out",
                ["operation": "o2", "headcount": [["audience": "any", "people": 5]], "destinations": [["people": 5]]],
                "site_or_destination"
            ),
            ("operation.plan", ["operation": "o4", "kind": "shelter", "arrondissement": 21], "no_such_arrondissement"),
        ] as [(String, [String: Any], String)] {
            #expect(try client.refusal(method, params)["rule"] as? String == rule, "\(method) \(params)")
        }
    }

    // MARK: Donations

    @Test func `donations: from pledge to receipt, and never more spent than came in`() throws {
        try client.record(
            "donation.open_fund",
            ["fund": "f", "name": "Fondation de France", "purposes": ["meals", "lessons"], "time": "2016-09-01"])
        try client.record(
            "donation.pledge",
            [
                "pledge": "e1", "fund": "f", "donor_kind": "company", "amount": 100_000, "due": "2016-10-01",
                "time": "2016-09-02",
            ])
        let gift: [String: Any] = [
            "donation": "d1", "fund": "f", "donor_kind": "company", "amount": 60_000, "pledge": "e1",
            "time": "2016-09-20",
        ]
        try client.record("donation.receive", gift)
        #expect(try client.record("donation.receive", gift).isEmpty, "the same gift twice changes nothing")
        try client.record(
            "donation.receive",
            ["donation": "d2", "fund": "f", "donor_kind": "individual", "amount": 5_000, "time": "2016-10-05"])
        try client.record(
            "donation.allocate", ["fund": "f", "amount": 40_000, "purpose": "meals", "time": "2016-10-10"])
        try client.record("donation.issue_receipt", ["receipt": "c1", "donation": "d2", "time": "2016-10-06"])
        #expect(
            try refusal("donation.refund", ["donation": "d2", "amount": 5_000, "time": "2016-10-11"])
                == #"{"facts":{"day":"2016-10-11","donation":"d2","receipt":"c1"},"rule":"refunds_receipted_donation"}"#
        )
        try client.record("donation.void_receipt", ["receipt": "c1", "reason": "refund", "time": "2016-10-11"])
        try client.record("donation.refund", ["donation": "d2", "amount": 2_000, "time": "2016-10-11"])
        try client.record(
            "donation.award_grant",
            [
                "grant": "g1", "beneficiary": "samu-social", "theme": "shelter", "amount": 47_000_000,
                "countries": ["FRA"], "time": "2016-11-01",
            ])
        try client.record("donation.disburse_grant", ["grant": "g1", "amount": 25_000_000, "time": "2016-12-01"])

        let answer = try client.result("query.donations", ["as_of": "2016-12-31", "by": "purpose"])
        #expect(
            json(answer["funds"])
                == #"[{"allocated":40000,"balance":23000,"currency":"EUR","donations":2,"fund":"f","name":"Fondation de France","open":true,"pledged":100000,"received":65000,"refunded":2000}]"#
        )
        #expect(json(answer["rows"]) == #"[{"amount":40000,"count":1,"currency":"EUR","key":"meals"}]"#)
        #expect(
            json(answer["grants_by_currency"])
                == #"[{"awarded":47000000,"currency":"EUR","disbursed":25000000,"grants":1}]"#)
        let before =
            try client.result("query.donations", ["as_of": "2016-10-09", "fund": "f"])["funds"] as? [[String: Any]]
        #expect(json(before?.first, "balance", "allocated") == #"{"allocated":0,"balance":65000}"#)
        #expect(
            try rows("query.anomalies", ["as_of": "2016-10-02"]).map { json($0, "rule", "subject", "value") }
                == [#"{"rule":"pledge_overdue","subject":"pledge/e1","value":40000}"#])

        for (method, params, rule) in [
            ("donation.allocate", ["fund": "f", "amount": 23_001, "purpose": "meals"], "allocated_above_received"),
            ("donation.allocate", ["fund": "f", "amount": 1, "purpose": "buses"], "unknown_purpose"),
            ("donation.refund", ["donation": "d2", "amount": 3_001], "refunded_above_received"),
            ("donation.refund", ["donation": "d9", "amount": 1], "unknown_donation"),
            (
                "donation.receive",
                ["donation": "d3", "fund": "f", "donor_kind": "individual", "amount": 1, "currency": "USD"],
                "other_currency"
            ),
            (
                "donation.receive", ["donation": "d3", "fund": "f", "donor_kind": "individual", "amount": 0],
                "amount_out_of_bounds"
            ),
            (
                "donation.receive", ["donation": "d3", "fund": "x", "donor_kind": "individual", "amount": 1],
                "unknown_fund"
            ),
            (
                "donation.receive",
                ["donation": "d3", "fund": "f", "donor_kind": "individual", "amount": 1, "pledge": "e9"],
                "unknown_pledge"
            ),
            ("donation.void_receipt", ["receipt": "c9", "reason": "error"], "unknown_receipt"),
            ("donation.issue_receipt", ["receipt": "c2", "donation": "d9"], "unknown_donation"),
            ("donation.disburse_grant", ["grant": "g1", "amount": 22_000_001], "disbursed_above_awarded"),
            ("donation.disburse_grant", ["grant": "g9", "amount": 1], "unknown_grant"),
        ] as [(String, [String: Any], String)] {
            #expect(try client.refusal(method, params)["rule"] as? String == rule, "\(method) \(params)")
        }
        try client.record("donation.close_fund", ["fund": "f", "time": "2016-12-31"])
        #expect(
            try client.refusal(
                "donation.receive", ["donation": "d4", "fund": "f", "donor_kind": "individual", "amount": 1])["rule"]
                as? String == "fund_not_open")
    }

    // MARK: Collections

    @Test func `collections: goods come, are sorted, sent on and given, and stock never falls below zero`() throws {
        try openNey()
        try client.record(
            "collection.open_point",
            ["point": "p18", "name": "Mairie du 18e", "commune": "75056", "arrondissement": 18, "time": "2016-10-01"])
        try client.record("collection.open_point", ["point": "p10", "time": "2016-10-01"])
        func goods(_ quantity: Int, _ more: [String: Any] = [:]) -> [String: Any] {
            ["point": "p18", "category": "jackets", "unit": "item", "quantity": quantity, "time": "2016-10-05"].merging(
                more
            ) { $1 }
        }
        try client.record(
            "collection.receive",
            goods(100, ["category": "unsorted", "donor_kind": "individual", "time": "2016-10-02"]))
        try client.record(
            "collection.sort",
            ["point": "p18", "unit": "item", "quantity": 60, "into": "jackets", "time": "2016-10-03"])
        try client.record("collection.dispatch", goods(20, ["to_point": "p10"]))
        try client.record("collection.dispatch", goods(10, ["to_site": "ney"]))
        try client.record("collection.distribute", goods(15, ["people": 12]))
        try client.record("collection.discard", goods(5, ["reason": "damaged"]))
        #expect(try anomalies("collection.count", goods(8, ["time": "2016-10-06"])) == ["count_differs"])

        #expect(
            try rows("query.stock", ["as_of": "2016-10-05", "point": "p18", "category": "jackets"]).map { json($0) }
                == [
                    #"{"category":"jackets","discarded":5,"dispatched":30,"distributed":15,"name":"Mairie du 18e","point":"p18","quantity":10,"received":0,"sorted_in":60,"unit":"item"}"#
                ])
        #expect(
            try rows("query.stock").map { json($0, "point", "category", "quantity", "last_counted") } == [
                #"{"category":"jackets","last_counted":"2016-10-06","point":"p18","quantity":8}"#,
                #"{"category":"unsorted","point":"p18","quantity":40}"#,
                #"{"category":"jackets","point":"p10","quantity":20}"#,
            ])
        #expect(
            try refusal("collection.distribute", goods(9, ["time": "2016-10-07"]))
                == #"{"facts":{"category":"jackets","day":"2016-10-07","point":"p18","short":1,"unit":"item"},"rule":"stock_below_zero"}"#
        )
        for (method, params, rule) in [
            ("collection.receive", goods(0, ["donor_kind": "individual"]), "quantity_out_of_bounds"),
            ("collection.receive", goods(1, ["donor_kind": "individual", "point": "p99"]), "unknown_point"),
            ("collection.dispatch", goods(1, ["to_point": "p18"]), "dispatched_to_itself"),
            ("collection.dispatch", goods(1), "point_or_site"),
            ("collection.close_point", ["point": "p18"], "point_not_empty"),
            (
                "collection.sort", ["point": "p18", "unit": "item", "quantity": 1, "from": "tops", "into": "tops"],
                "sorted_into_itself"
            ),
        ] as [(String, [String: Any], String)] {
            #expect(try client.refusal(method, params)["rule"] as? String == rule, "\(method) \(params)")
        }
        for (category, unit) in [("furniture", "item"), ("tops", "dozen")] {
            let wrong = goods(1, ["category": category, "unit": unit, "donor_kind": "individual"])
            #expect(try client.refusal("collection.receive", wrong)["type"] as? String == "invalid_params")
        }
    }

    @Test func `needs: declared, confirmed, stale after two days, closed`() throws {
        try client.record("collection.open_point", ["point": "p18", "time": "2016-10-01"])
        let need: [String: Any] = [
            "need": "n1", "point": "p18", "category": "shoes", "unit": "pair", "quantity": 50, "priority": "urgent",
            "time": "2016-10-02T10:00:00+02:00",
        ]
        try client.record("collection.declare_need", need)
        #expect(try client.record("collection.declare_need", need).isEmpty)
        let stale = try rows("query.needs", ["as_of": "2016-10-05"])
        #expect(json(stale.first, "need", "stale", "updated") == #"{"need":"n1","stale":true,"updated":"2016-10-02"}"#)
        try client.record(
            "collection.declare_need", need.merging(["quantity": 30, "time": "2016-10-05T09:00:00+02:00"]) { $1 })
        let confirmed = try rows("query.needs", ["as_of": "2016-10-05"])
        #expect(
            json(confirmed.first, "declared", "updated", "stale", "quantity")
                == #"{"declared":"2016-10-02","quantity":30,"stale":false,"updated":"2016-10-05"}"#)
        #expect(
            json(try rows("query.needs", ["as_of": "2016-10-04"]).first, "quantity") == #"{"quantity":50}"#,
            "as it was then")
        try client.record("collection.close_need", ["need": "n1", "outcome": "met", "time": "2016-10-06"])
        #expect(try rows("query.needs", ["as_of": "2016-10-06"]).isEmpty)
        #expect(
            json(try rows("query.needs", ["as_of": "2016-10-06", "state": "closed"]).first, "closed", "outcome")
                == #"{"closed":"2016-10-06","outcome":"met"}"#)
        #expect(
            try client.refusal("collection.close_need", ["need": "n9", "outcome": "met"])["rule"] as? String
                == "unknown_need")
        #expect(
            try client.refusal("collection.declare_need", ["need": "n2", "category": "shoes", "unit": "pair"])["rule"]
                as? String == "point_or_site")
    }

    // MARK: What all rooms share

    @Test(arguments: [
        "query.occupancy", "query.flows", "query.stays", "query.placements", "query.anomalies", "query.stock",
        "query.needs",
    ])
    func `a list of nothing is an empty list`(query: String) throws {
        let answer = try client.result(query)
        #expect(json(answer["rows"]) == "[]")
    }

    @Test func `what has already happened is accepted, and nothing is written`() throws {
        try openNey()
        try client.record("placement.start", start("p1", ["person": "h1", "time": "2017-01-01"]))
        try client.record("placement.end", ["placement": "p1", "destination": "CAO", "time": "2017-01-09"])
        let head = try client.result("server.status")["head"] as? Int
        for (method, params) in [
            ("site.set_capacity", ["site": "ney", "audience": "single_men", "places": 400, "time": "2016-11-10"]),
            ("placement.end", ["placement": "p1", "destination": "CAO", "time": "2017-01-09"]),
        ] as [(String, [String: Any])] {
            #expect(json(try client.result(method, params)) == #"{"events":[],"replayed":false}"#)
        }
        #expect(try client.result("server.status")["head"] as? Int == head)
    }

    @Test func `a transaction is carried out as a whole or not at all, each command on what those before it did`()
        throws
    {
        let commands: [[String: Any]] = [
            ["method": "site.open", "params": ["site": "ney", "kind": "CPA", "time": "2017-01-01"] as [String: Any]],
            [
                "method": "site.set_capacity",
                "params": ["site": "ney", "audience": "any", "places": 1, "time": "2017-01-01"] as [String: Any],
            ],
            ["method": "placement.start", "params": start("p1", ["time": "2017-01-02"])],
        ]
        let wrong: [String: Any] = ["method": "placement.end", "params": ["placement": "p2", "destination": "CAO"]]
        let refused = try client.refusal("transaction", ["commands": commands + [wrong]])
        #expect(
            json(refused, "rule", "facts")
                == #"{"facts":{"command_index":3,"placement":"p2"},"rule":"unknown_placement"}"#)
        #expect((refused["message"] as? String)?.contains("command 4 of 4") == true)
        #expect(try client.result("server.status")["head"] as? Int == 0)
        #expect(try rows("query.occupancy").isEmpty)

        let events = try client.record("transaction", ["commands": commands])
        #expect(
            events.map { json($0, "sequence", "type") } == [
                #"{"sequence":1,"type":"site.opened"}"#, #"{"sequence":2,"type":"site.capacity_set"}"#,
                #"{"sequence":3,"type":"placement.started"}"#,
            ])
        let end: [[String: Any]] = [
            ["method": "placement.end", "params": ["placement": "p1", "destination": "CAO", "time": "2017-01-09"]],
            ["method": "site.close", "params": ["site": "ney", "time": "2017-01-09"]],
        ]
        #expect(
            try client.refusal("transaction", ["commands": Array(end.reversed())])["rule"] as? String
                == "site_not_empty")
        #expect(try client.record("transaction", ["commands": end]).count == 2)
        let log = try String(
            contentsOf: daemon.logFolder.appending(path: "00000000000000000001.ndjson"), encoding: .utf8)
        #expect(log.split(separator: "\n").count { $0.hasPrefix(#"{"commit":"#) } == 2, "one commit each")
    }

    @Test func `refusals in the middle leave no trace for those that come in the same moment`() throws {
        let other = try daemon.connect()
        for round in 1...20 {
            try client.send(
                """
                {"jsonrpc":"2.0","id":"a","method":"site.open","params":{"site":"a\(round)","kind":"CHU"}}
                {"jsonrpc":"2.0","id":"b","method":"transaction","params":{"commands":[\
                {"method":"site.open","params":{"site":"b\(round)","kind":"CHU"}},\
                {"method":"site.close","params":{"site":"nowhere"}}]}}
                {"jsonrpc":"2.0","id":"c","method":"site.set_capacity","params":{"site":"a\(round)","audience":"any","places":1}}
                {"jsonrpc":"2.0","id":"d","method":"site.set_capacity","params":{"site":"b\(round)","audience":"any","places":1}}

                """)
            try other.send(
                #"{"jsonrpc":"2.0","id":"e","method":"site.open","params":{"site":"e\#(round)","kind":"CHU"}}"# + "\n")
            var outcome: [String: String] = [:]
            for answer in try (0..<4).map({ _ in try client.object() }) + [other.object()] {
                let error = answer["error"] as? [String: Any]
                outcome[answer["id"] as? String ?? ""] =
                    (error?["data"] as? [String: Any])?["rule"] as? String ?? "done"
            }
            #expect(outcome == ["a": "done", "b": "unknown_site", "c": "done", "d": "unknown_site", "e": "done"])
        }
        #expect(try rows("query.occupancy").count == 40)
    }

    @Test func `a command with an expectation that does not hold is refused with what is`() throws {
        try openNey()
        let command: [String: Any] = ["site": "ney", "audience": "any", "places": 5]
        let conflict =
            try client.ask("site.set_capacity", command.merging(["expect": ["site/ney": 1]]) { $1 })["error"]
            as? [String: Any]
        #expect(json(conflict, "code") == #"{"code":-32001}"#)
        #expect(
            json(conflict?["data"], "type", "rule", "facts")
                == #"{"facts":{"expected":1,"sequence":2,"subject":"site/ney"},"rule":"expectation_failed","type":"conflict"}"#
        )
        try client.record("site.set_capacity", command.merging(["expect": ["site/ney": 2, "site/ivry": 0]]) { $1 })
        let whole: [String: Any] = [
            "commands": [["method": "site.close", "params": ["site": "ney"]]], "expect": ["site/ney": 2],
        ]
        #expect(try client.refusal("transaction", whole)["rule"] as? String == "expectation_failed")
    }

    @Test func `a command id is answered as it was first, refused for anything else, and remembered across restarts`()
        throws
    {
        let folder = try Daemon.newFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let open: [String: Any] = ["site": "ney", "kind": "CPA", "command_id": "c1", "time": "2016-11-10"]
        let both: [String: Any] = [
            "command_id": "c2",
            "commands": [
                ["method": "site.open", "params": ["site": "ivry", "kind": "CHU"]],
                ["method": "site.block_places", "params": ["site": "ivry", "places": 1, "reason": "works"]],
            ] as [[String: Any]],
        ]
        let first = try Daemon.start(in: folder)
        let client = try first.connect()
        let answers = [try client.result("site.open", open), try client.result("transaction", both)]
        #expect(answers.map { json($0["replayed"]) } == ["false", "false"])
        func expectRemembered(_ client: LineClient) throws {
            for (answer, again) in zip(
                answers, [try client.result("site.open", open), try client.result("transaction", both)])
            {
                #expect(json(again["replayed"]) == "true")
                #expect(json(again["events"]) == json(answer["events"]))
            }
            for (method, params) in [
                ("site.open", open.merging(["kind": "CHU"]) { $1 }),
                ("site.open", open.merging(["time": "2016-11-11"]) { $1 }),
                ("site.close", ["site": "ney", "command_id": "c1"]),
                ("site.open", open.merging(["command_id": "c2"]) { $1 }),
            ] as [(String, [String: Any])] {
                #expect(
                    json(try client.refusal(method, params), "type", "rule", "facts")
                        == #"{"facts":{"command_id":"\#(params["command_id"] as? String ?? "")"},"rule":"command_id_reused","type":"conflict"}"#
                )
            }
            #expect(try client.result("server.status")["head"] as? Int == 3)
        }
        try expectRemembered(client)
        #expect(first.stop() == 0)
        let second = try Daemon.start(in: folder)
        try expectRemembered(second.connect())
    }

    @Test func `a time is an instant with its offset, or a day, which stands for its first instant`() throws {
        for (site, time, expected) in [
            ("s1", "2016-11-10T08:00:00+01:00", "2016-11-10T08:00:00+01:00"),
            ("s2", "2016-11-10T07:00:00Z", "2016-11-10T07:00:00Z"),
            ("s3", "2016-11-10t07:00:00.5z", "2016-11-10T07:00:00.500000Z"),
            ("s4", "2016-11-10", "2016-11-10T00:00:00+01:00"),
            ("s5", "2016-07-14", "2016-07-14T00:00:00+02:00"),
            ("s6", "2016-03-27", "2016-03-27T00:00:00+01:00"),
            ("s7", "2016-02-29", "2016-02-29T00:00:00+01:00"),
        ] {
            let sequence =
                try client.record("site.open", ["site": site, "kind": "CHU", "time": time]).first?["sequence"] as? Int
            let event = try client.result("events.get", ["sequence": sequence ?? 0])
            #expect(event["time"] as? String == expected)
        }
        // 23:30 in London is the next civil day in Paris.
        try client.record("site.open", ["site": "late", "kind": "HOTEL", "time": "2016-11-10T23:30:00Z"])
        #expect(try rows("query.occupancy", ["as_of": "2016-11-10", "kind": "HOTEL"]).isEmpty)
        #expect(try rows("query.occupancy", ["as_of": "2016-11-11", "kind": "HOTEL"]).count == 1)
    }

    @Test func `what has not come yet is refused, save for a clock a little off`() throws {
        let format = ISO8601DateFormatter()
        let soon = format.string(from: Date(timeIntervalSinceNow: 200))
        let later = format.string(from: Date(timeIntervalSinceNow: 420))
        try client.record("site.open", ["site": "s1", "kind": "CHU", "time": soon])
        #expect(
            try refusal("site.open", ["site": "s2", "kind": "CHU", "time": later])
                == #"{"facts":{"time":"\#(later)"},"rule":"in_the_future"}"#)
    }

    @Test func `an event carries who, when, what and how it came, in the order of the protocol`() throws {
        let account = "uid:\(geteuid())"
        try client.record("site.open", ["site": "ney", "kind": "CPA", "time": "2016-11-10", "command_id": "c1"])
        try client.send(#"{"jsonrpc":"2.0","id":1,"method":"events.get","params":{"sequence":1}}"# + "\n")
        let line = try client.line()
        let names = [
            "specversion", "id", "source", "type", "subject", "time", "sequence", "recordedtime", "dataschema", "actor",
            "commandid", "commanddigest", "data",
        ]
        let places = names.compactMap { line.range(of: "\"\($0)\":", options: .backwards)?.lowerBound }
        #expect(places.count == names.count && places == places.sorted(), "\(line)")
        let event = try client.result("events.get", ["sequence": 1])
        #expect(
            json(event, "specversion", "type", "subject", "sequence", "dataschema", "actor", "commandid", "data")
                == #"{"actor":"\#(account)","commandid":"c1","data":{"kind":"CPA","site":"ney"},"dataschema":"urn:accueil:event:site.opened:1","sequence":"00000000000000000001","specversion":"1.0","subject":"site/ney","type":"site.opened"}"#
        )
    }

    @Test func `events are read in pages, from a position or from the end`() throws {
        for number in 1...25 { try client.record("site.open", ["site": "s\(number)", "kind": "CHU"]) }
        let page = try client.result("events.read", ["from": 3, "limit": 10])
        #expect(json(page, "next", "head") == #"{"head":25,"next":13}"#)
        #expect((page["events"] as? [Any])?.count == 10)
        let last = try client.result("events.read", ["last": 2])["events"] as? [[String: Any]]
        #expect(last?.compactMap { $0["subject"] as? String } == ["site/s24", "site/s25"])
        let end = try client.result("events.read", ["from": 26])
        #expect(json(end) == #"{"events":[],"head":25,"next":26}"#)
        #expect(try client.refusal("events.read", ["from": 27])["rule"] as? String == "beyond_the_log")
        #expect(try client.refusal("events.get", ["sequence": 26])["rule"] as? String == "beyond_the_log")
        #expect(
            try client.refusal("query.history", ["subject": "site/nowhere"])["rule"] as? String == "unknown_subject")
    }
}

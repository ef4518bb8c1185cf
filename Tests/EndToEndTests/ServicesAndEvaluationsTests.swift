import Foundation
import Testing

/// Services, evaluations, the waiting list and the grants, through the socket and on the command line.
@Suite struct ServicesAndEvaluationsTests {
    private let daemon: Daemon
    private let client: LineClient

    init() throws {
        daemon = try Daemon.start()
        client = try daemon.connect()
        try client.record("site.open", ["site": "ney", "kind": "CPA", "time": "2016-11-10"])
        try client.record(
            "service.open",
            [
                "service": "demie", "kind": "evaluation", "name": "DEMIE", "operators": ["croix-rouge"],
                "sites": ["ney"], "time": "2016-11-10",
            ])
    }

    private func rule(_ method: String, _ params: [String: Any]) throws -> String? {
        try client.refusal(method, params)["rule"] as? String
    }

    private func firstRow(_ query: String, _ params: [String: Any]) throws -> [String: Any]? {
        (try client.result(query, params)["rows"] as? [[String: Any]])?.first
    }

    @Test func `services: who works when and where, and what was done, as of a day`() throws {
        try client.record(
            "service.set_staffing",
            ["service": "demie", "role": "evaluator", "posts": 2, "fte": "2.75", "time": "2017-01-02"])
        try client.record(
            "service.set_schedule",
            [
                "service": "demie", "days": ["sat", "mon"], "opens": "08:30", "closes": "24:00",
                "effective": "2017-01-02",
            ])
        try client.record(
            "service.add_site",
            ["service": "demie", "place": "poste-avance", "site": "ney", "effective": "2017-01-02"])
        try client.record("service.set_capacity", ["service": "demie", "places": 10, "effective": "2017-01-02"])
        let act: [String: Any] = ["service": "demie", "kind": "interview", "headcount": 12, "time": "2017-02-01"]
        let recorded = try client.record("service.record_act", act)
        #expect(recorded.first?["anomalies"] as? [String] == ["service_above_capacity"])
        try client.record(
            "service.record_act", ["service": "demie", "kind": "referral", "to": "pass", "time": "2017-02-01"])

        let answer = try client.result("query.services", ["as_of": "2017-02-01"])
        #expect(
            json(answer, "count", "posts", "fte", "places", "headcount", "acts")
                == #"{"acts":[{"headcount":12,"kind":"interview","records":1,"unspecified":0},{"headcount":0,"kind":"referral","records":1,"unspecified":1}],"count":1,"fte":"2.75","headcount":12,"places":10,"posts":2}"#
        )
        let row = try firstRow("query.services", ["as_of": "2017-02-01", "service": "demie"])
        #expect(
            json(row, "schedule", "staffing", "places")
                == #"{"places":[{"place":"poste-avance","since":"2017-01-02","site":"ney"}],"schedule":{"closes":"24:00","closes_hour":24,"days":["mon","sat"],"days_per_week":2,"opens":"08:30","opens_hour":8,"since":"2017-01-02"},"staffing":[{"fte":"2.75","posts":2,"role":"evaluator","since":"2017-01-02"}]}"#
        )
        let before = try firstRow("query.services", ["as_of": "2017-01-01"])
        #expect(json(before, "headcount", "posts", "places", "schedule") == #"{"headcount":0,"places":[],"posts":0}"#)
    }

    @Test func `services and evaluations: what is refused, and by which rule`() throws {
        #expect(try rule("service.record_act", ["service": "x", "kind": "lesson"]) == "unknown_service")
        #expect(
            try rule("service.record_act", ["service": "demie", "kind": "lesson", "time": "2016-11-09"])
                == "service_not_open")
        #expect(
            try rule("service.set_schedule", ["service": "demie", "days": ["mon"], "opens": "08:00"])
                == "schedule_hours")
        // What cannot be read is refused under its path.
        #expect(
            try rule("service.set_schedule", ["service": "demie", "days": ["mon"], "opens": "25:00"]) == "opens")
        #expect(try rule("service.set_schedule", ["service": "demie", "days": ["lundi"]]) == "days[0]")
        #expect(try rule("service.set_staffing", ["service": "demie", "role": "nurse", "fte": 2.5]) == "fte")
        #expect(try rule("evaluation.conclude", ["evaluation": "x", "outcome": "minor"]) == "unknown_evaluation")
        try client.record("evaluation.request", ["evaluation": "e-1", "person": "s-1", "time": "2016-12-01"])
        #expect(
            try rule("evaluation.request", ["evaluation": "e-2", "person": "s-1"]) == "second_open_evaluation")
    }

    @Test func `evaluations: requested, sheltered, concluded, in people`() throws {
        try client.record(
            "evaluation.request",
            ["evaluation": "e-1", "person": "s-1", "service": "demie", "site": "ney", "time": "2016-12-01"])
        try client.record("evaluation.request", ["evaluation": "g-1", "headcount": 30, "time": "2016-12-01"])
        try client.record(
            "evaluation.shelter", ["evaluation": "e-1", "destination": "hotel", "time": "2016-12-02"])
        try client.record("evaluation.set_norm", ["service": "demie", "days": 3, "effective": "2016-12-01"])
        try client.record("evaluation.conclude", ["evaluation": "e-1", "outcome": "minor", "time": "2016-12-06"])
        try client.record(
            "evaluation.refer",
            ["evaluation": "e-1", "destination": "child_protection", "to": "ase", "time": "2016-12-06"])
        let names = ["requested", "sheltered", "concluded", "waiting", "waiting_beyond_norm", "minors", "referred"]
        for (day, expected) in [
            ("2016-12-01", [31, 0, 0, 31, 0, 0, 0]), ("2016-12-05", [31, 1, 0, 31, 1, 0, 0]),
            ("2016-12-07", [31, 1, 1, 30, 30, 1, 1]),
        ] {
            let answer = try client.result("query.evaluations", ["as_of": day])
            #expect(names.map { answer[$0] as? Int } == expected, "\(day)")
        }
        let anomalies = try client.result(
            "query.anomalies", ["as_of": "2016-12-05", "rule": "evaluation_waiting"])["rows"]
        #expect(
            json(anomalies)
                == #"[{"limit":3,"rule":"evaluation_waiting","since":"2016-12-05","subject":"evaluation/e-1","value":4}]"#
        )
    }

    @Test func `the waiting list and the grants are listed`() throws {
        try client.record(
            "placement.request", ["request": "r-1", "audience": "families", "adults": 2, "time": "2017-03-01"])
        try client.record(
            "placement.close_request",
            ["request": "r-1", "outcome": "oriented", "destination": "CAO", "time": "2017-03-04"])
        let waiting = try client.result("query.requests", ["as_of": "2017-03-03"])
        #expect(json(waiting, "total", "people") == #"{"people":2,"total":1}"#)
        #expect(try client.result("query.requests", ["as_of": "2017-03-04"])["total"] as? Int == 0)
        #expect(
            json(
                try firstRow("query.requests", ["as_of": "2017-03-04", "state": "closed"]), "request", "waiting_days",
                "closed", "outcome", "destination")
                == #"{"closed":"2017-03-04","destination":"CAO","outcome":"oriented","request":"r-1","waiting_days":3}"#
        )
        try client.record(
            "donation.award_grant",
            [
                "grant": "g-1", "beneficiary": "sos-mediterranee", "theme": "rescue", "amount": 2_500_000,
                "countries": ["LBY", "ITA"], "time": "2017-01-01",
            ])
        #expect(
            json(
                try client.result("query.grants", ["as_of": "2017-03-23", "country": "LBY"]), "count", "beneficiaries",
                "countries", "totals")
                == #"{"beneficiaries":["sos-mediterranee"],"count":1,"countries":["ITA","LBY"],"totals":[{"awarded":2500000,"currency":"EUR","disbursed":0}]}"#
        )
    }

    // MARK: On the command line

    private func run(_ arguments: String...) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath, environment: ["LC_ALL": "C", "COLUMNS": "120"])
    }

    private func recorded(_ arguments: String...) throws {
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        try #require(ended.status == 0, "\(arguments): \(ended.error)")
    }

    @Test func `each verb records, each look-up shows`() throws {
        try recorded(
            "service", "open", "ideas-box", "--kind", "culture", "--operator", "bsf", "--partner", "mairie-19",
            "--site", "ney", "--audience", "any", "--age-min", "6", "--age-max", "99", "--time", "2017-01-02")
        try recorded("service", "operator", "demie", "croix-rouge", "ville", "--effective", "2017-01-02")
        try recorded(
            "service", "schedule", "demie", "mon", "tue", "sat", "--opens", "08:00", "--closes", "20:00", "--effective",
            "2017-01-02")
        try recorded(
            "service", "staffing", "demie", "--role", "team", "--posts", "23", "--fte", "22.8", "--effective",
            "2017-01-02")
        try recorded("service", "capacity", "demie", "--places", "40", "--effective", "2017-01-02")
        try recorded("service", "add-site", "demie", "poste-avance", "--site", "ney", "--effective", "2017-01-02")
        try recorded("service", "add-site", "demie", "accueil", "--effective", "2017-01-02")
        try recorded("service", "remove-site", "demie", "accueil", "--effective", "2017-02-02")
        try recorded(
            "service", "act", "demie", "--kind", "referral", "--people", "7", "--provider", "ssp", "--site", "ney",
            "--to", "pass", "--time", "2017-02-01")
        try recorded("service", "close", "ideas-box", "--time", "2017-03-01")
        let services = try run("services", "--as-of", "2017-03-23").lines
        #expect(services.first == "Services as of 2017-03-23")
        #expect(
            services.contains { $0.hasPrefix("demie ") && $0.hasSuffix("3/7 08:00-20:00     23  22.8    40       7") })
        #expect(services.contains { $0.hasPrefix("ideas-box ") && $0.hasSuffix(" 2017-03-01") })
        #expect(services.last == "referral       7        1  0")
        let demie = try run("services", "--service", "demie", "--from", "2017-02-01", "--as-of", "2017-02-01")
        #expect(demie.lines.contains("run by croix-rouge, ville"))
        #expect(demie.lines.contains("team     23  22.8  2017-01-02"))
        #expect(demie.lines.contains("poste-avance  ney   2017-01-02"))
        #expect(demie.lines.contains("referral  ssp  pass       7        1  0"))

        try recorded(
            "evaluation", "request", "e-1", "--person", "s-1", "--service", "demie", "--site", "ney", "--time",
            "2017-02-01")
        try recorded("evaluation", "request", "g-1", "--people", "30", "--time", "2017-02-01")
        try recorded("evaluation", "shelter", "e-1", "--destination", "hotel", "--time", "2017-02-02")
        try recorded("evaluation", "shelter", "e-1", "--site", "ney", "--time", "2017-02-03")
        try recorded("evaluation", "conclude", "e-1", "--outcome", "minor", "--time", "2017-02-05")
        try recorded("evaluation", "refer", "e-1", "--destination", "child_protection", "--time", "2017-02-05")
        try recorded("evaluation", "norm", "demie", "--days", "10")
        #expect(
            try run("evaluations", "--as-of", "2017-03-23", "--by", "outcome").lines == [
                "Evaluations as of 2017-03-23",
                "requested 31, sheltered 1, concluded 1 after 4.0 days on average",
                "minors 1, adults 0, referred 1",
                "waiting 30, beyond the norm 30",
                "OUTCOME  PEOPLE",
                "minor         1",
            ])

        try recorded("placement", "request", "r-1", "--audience", "families", "--site", "ney", "--time", "2017-03-01")
        #expect(try run("requests", "--as-of", "2017-03-23").lines.contains { $0.hasPrefix("r-1 ") })
        #expect(try run("requests", "--state", "closed").lines.contains("no request"))
        try recorded(
            "donation", "grant", "g-1", "--beneficiary", "sos-mediterranee", "--theme", "rescue", "--amount", "25000",
            "--time", "2017-01-01")
        #expect(
            try run("grants", "--theme", "rescue").lines.last == "total: 25 000.00 EUR awarded, 0.00 disbursed")
    }
}

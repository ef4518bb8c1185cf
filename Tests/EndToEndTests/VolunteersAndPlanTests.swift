import Foundation
import Testing

/// Volunteers and the plan, by `accueilctl` against the real daemon.
@Suite struct VolunteersAndPlanTests {
    private let daemon: Daemon

    init() throws { daemon = try Daemon.start() }

    private func run(_ arguments: String...) throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath, environment: ["LC_ALL": "C"])
    }

    /// Records something that must be accepted, and tells what it led to without its position.
    @discardableResult
    private func recorded(_ day: String, _ arguments: String...) throws -> String {
        let ended = try Program.run(arguments + ["--time", day], socket: daemon.socketPath)
        try #require(ended.status == 0, "\(arguments): \(ended.error)")
        return ended.output.split(separator: " ").dropFirst(2).joined(separator: " ")
    }

    @Test func `volunteers sign up for shifts, come, and are counted`() throws {
        try recorded("2016-11-10", "site", "open", "ney", "--kind", "CPA")
        try recorded(
            "2016-10-21", "volunteer", "register", "v-1", "--people", "30", "--kind", "civic_service",
            "--organisation", "singa", "--refugee")
        try recorded(
            "2016-11-10", "volunteer", "open-mission", "m-1", "--site", "ney", "--organisation", "utopia56",
            "--partner",
            "benenova", "--starts", "2016-11-15 08:00", "--ends", "2016-11-15T12:00:00+01:00", "--seats", "30")
        #expect(
            try recorded("2016-11-11", "volunteer", "sign-up", "v-1", "m-1") == "volunteer.signed_up volunteer/v-1\n")
        try recorded("2016-11-11", "volunteer", "register", "v-2")
        let full = try run("volunteer", "sign-up", "v-2", "m-1", "--time", "2016-11-12")
        #expect(full.status == 6 && full.error.contains("shift_full"))
        try recorded("2016-11-15 12:00", "volunteer", "attend", "v-1", "m-1", "--minutes", "240")
        let late = try run("volunteer", "withdraw", "v-1", "m-1", "--time", "2016-11-16")
        #expect(late.status == 6 && late.error.contains("already_attended"))
        try recorded("2016-11-16", "volunteer", "close-mission", "m-1")
        #expect(
            try run("volunteers", "--as-of", "2017-03-23", "--by", "partner").lines == [
                "Volunteers as of 2017-03-23", "registered 31 people, 30 of them refugees, in 1 organisations",
                "missions 1 for 1 organisations, 1 closed", "mobilised 30 people, for 120 hours",
                "PARTNER   REGISTERED  MISSIONS  MOBILISED  HOURS",
                "benenova           0         1         30    120",
            ])
    }

    @Test func `figures follow from the events, and are compared with what sources state`() throws {
        try recorded("2016-11-10", "site", "open", "ney", "--kind", "CPA")
        try recorded(
            "2016-11-20", "placement", "start", "p-1", "--site", "ney", "--audience", "single_men", "--adults", "40",
            "--nationality", "AFG")
        try recorded("2015-10-08", "plan", "adopt", "paris", "--name", "Mobilisation", "--commitments", "18")
        try recorded(
            "2015-10-08", "plan", "declare-commitment", "c-5", "--plan", "paris", "--title", "Accueil", "--number", "5",
            "--pillar", "2", "--pillar-title", "Mobilisation collective")
        let define = ["plan", "define-indicator", "--commitment", "c-5", "--time", "2016-01-01"]
        func defined(_ arguments: String...) throws -> Ended {
            try Program.run(define + arguments, socket: daemon.socketPath)
        }
        let calculations: [[String]] = [
            [
                "i-1", "--title", "Hosted", "--unit", "people", "--target", "120", "--about-people", "--query",
                "query.flows", "--param", "by=nationality", "--path", "rows[key=AFG].arrivals",
            ],
            ["i-2", "--title", "Opened", "--unit", "date", "--query", "query.occupancy", "--path", "rows[].opened"],
            [
                "i-3", "--title", "Share", "--unit", "percent", "--calculation",
                #"{"sum":[{"method":"query.flows","path":"arrivals"}],"per":[{"method":"query.flows","path":"requests"}]}"#,
            ],
            ["i-4", "--title", "Staff", "--unit", "fte"],
        ]
        for calculation in calculations {
            let ended = try Program.run(define + calculation, socket: daemon.socketPath)
            try #require(ended.status == 0, "\(ended.error)")
        }
        let lost = try defined("i-5", "--title", "T", "--unit", "people", "--query", "query.flows", "--path", "persent")
        #expect(lost.status == 6 && lost.error.contains("unknown_path"))
        let text = try defined(
            "i-5", "--title", "T", "--unit", "people", "--calculation", #"{"sum":[{"method":"query.flows","path":3}]}"#)
        #expect(text.status == 2 && text.error.contains("--calculation: sum[0].path must be a text"))

        let source = ["--source", "Bilan mars 2017, p. 3", "--time", "2017-03-23"]
        func stated(_ arguments: String...) throws -> String {
            let ended = try Program.run(["plan", "measure-indicator"] + arguments + source, socket: daemon.socketPath)
            return ended.output.split(separator: " ").dropFirst(3).joined(separator: " ")
        }
        // Figures are computed for those who look, not for those who record.
        #expect(try stated("i-1", "--value", "41") == "indicator/i-1\n")
        #expect(try stated("i-2", "--value", "2016-11-10") == "indicator/i-2\n")
        #expect(
            try stated("i-4", "--value", "22,8", "--precision", "about", "--day", "2017-03-01") == "indicator/i-4\n")
        #expect(
            try run("indicators", "--as-of", "2017-03-23").lines == [
                "Indicators as of 2017-03-23",
                "INDICATOR  TITLE     COMPUTED      STATED  UNIT      %",
                "i-1        Hosted          40          41  people   33  disagree",
                "i-2        Opened  2016-11-10  2016-11-10  date         agree",
                "i-3        Share                           percent",
                "i-4        Staff                    ~22.8  fte",
                "2 computed, 1 only stated, 1 disagreeing",
            ])
        #expect(try run("indicators", "i-1", "--as-of", "2017-03-23").output.contains("target: 120\n"))
        try recorded("2017-03-24", "anomaly", "justify", "sources_disagree", "indicator/i-1", "--reason", "recount")
    }

    @Test func `milestones are planned and reached, commitments show it`() throws {
        try recorded("2015-10-08", "plan", "adopt", "paris", "--name", "Mobilisation")
        try recorded(
            "2015-10-08", "plan", "declare-commitment", "c-8", "--plan", "paris", "--title", "Integration", "--number",
            "8")
        try recorded(
            "2017-01-01", "plan", "plan-milestone", "m-1", "--commitment", "c-8", "--kind", "event", "--title",
            "Sports day", "--due", "2017-06-20")
        try recorded(
            "2016-11-30", "plan", "reach-milestone", "m-2", "--commitment", "c-8", "--kind", "publication", "--title",
            "Guide", "--count", "4000", "--partner", "ofii", "--partner", "mdm")
        try recorded("2017-03-23", "plan", "record-note", "c-8", "--note", "Two editions", "--source", "Bilan, p. 8")
        #expect(
            try run("milestones", "--state", "all", "--as-of", "2017-03-23").lines == [
                "Milestones as of 2017-03-23",
                "REACHED     DUE         MILESTONE  KIND         TITLE       COMMITMENT  COUNT",
                "2016-11-30              m-2        publication  Guide       c-8         4 000",
                "            2017-06-20  m-1        event        Sports day  c-8",
                "2 milestones", "partners: mdm, ofii",
            ])
        #expect(
            try run("commitments", "--as-of", "2017-03-23").lines == [
                "Commitments as of 2017-03-23",
                "PLAN   NO  COMMITMENT  TITLE        DONE  PLANNED  FIGURES  BELOW",
                "paris   8  c-8         Integration     1        1        0      0",
                "1 commitments in 0 pillars of 1 plans; 0 announced",
            ])
        try recorded("2017-06-20", "plan", "reach-milestone", "m-1", "--attendance", "300", "--days", "1")
        #expect(try run("milestones", "-o", "json", "--as-of", "2017-06-20").output.contains(#""attendance":300"#))
    }
}

import AccueilDomain
import Foundation
import Testing

@testable import accueilctl

/// Projections as sheets and lines, and sheets as commands.
@Suite struct ExportAndImportTests {
    private let daemon: Daemon
    private let folder: URL

    init() throws {
        daemon = try Daemon.start()
        folder = daemon.folder
    }

    private func run(_ arguments: String..., input: String = "") throws -> Ended {
        try Program.run(arguments, socket: daemon.socketPath, input: input)
    }

    private func open(_ site: String, on daemon: Daemon) throws {
        let client = try daemon.connect()
        try client.record("site.open", ["site": site, "kind": "CHU", "time": "2016-01-01"])
        try client.record(
            "site.set_capacity", ["site": site, "audience": "any", "places": 500, "time": "2016-01-01"])
    }

    private func rows(_ csv: String) -> [[String]] {
        var lines = csv.components(separatedBy: "\r\n").map { $0.components(separatedBy: ",") }
        lines.removeLast()
        return lines
    }

    private func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    // MARK: Export

    @Test func `every projection is exported, as a sheet with its columns and as lines`() throws {
        try open("ney", on: daemon)
        for projection in Projection.allCases where projection != .events {
            let more = projection == .series ? ["--from", "2016-01-01", "--to", "2016-01-03"] : []
            let name = projection.rawValue
            let csv = try Program.run(["export", name] + more, socket: daemon.socketPath)
            #expect(csv.status == 0 && csv.error == "", "\(name): \(csv.error)")
            #expect(csv.output.hasPrefix("\u{FEFF}"), "\(name)")
            let hxl = try Program.run(["export", name, "-o", "hxl"] + more, socket: daemon.socketPath)
            let (names, tags) = (rows(hxl.output)[0], rows(hxl.output)[1])
            #expect(names.count == tags.count && names.count > 1, "\(name)")
            let isTag = try Regex("#[a-z]+(\\+[a-z][a-z0-9_]*)+")
            #expect(tags.allSatisfy { $0.wholeMatch(of: isTag) != nil }, "\(name): \(tags)")
            let lines = try Program.run(["export", name, "-o", "jsonl"] + more, socket: daemon.socketPath)
            #expect(lines.lines.count == rows(csv.output).count - 1, "\(name)")
        }
        let occupancy = try run("export", "occupancy").output
        #expect(occupancy.contains("site,name,kind,commune,"))
        #expect(occupancy.contains("\r\nney,,CHU,"))
        #expect(
            try run("export", "series", "--from", "2016-01-01", "--to", "2016-01-03").output.contains(
                "2016-01-02,500,0,0,500"))
    }

    @Test func `an export goes over all pages, and is the same once more at the same position`() throws {
        try open("ney", on: daemon)
        let client = try daemon.connect()
        for start in stride(from: 0, to: 2300, by: 500) {
            let commands = (start..<min(start + 500, 2300)).map { number in
                [
                    "method": "placement.start",
                    "params": [
                        "placement": "p-\(number)", "site": "ney", "audience": "single_men", "time": "2016-02-01",
                    ],
                ] as [String: Any]
            }
            try client.record("transaction", ["commands": commands])
        }
        let all = rows(try run("export", "placements").output)
        #expect(all.count == 2301)
        #expect(Set(all.dropFirst().map { $0[0] }).count == 2300)
        #expect(try run("export", "events", "--where", "types=placement.").lines.count == 2300)
        #expect(try run("export", "events").lines.count == 2302)
        // All of them are late, so the anomalies do not fit one page either.
        #expect(rows(try run("export", "anomalies").output).count > 2300)
        let then = try run("export", "placements", "--known-at", "#1002").output
        #expect(rows(then).count == 1001)
        try client.record("placement.end", ["placement": "p-1", "destination": "CAO", "time": "2016-02-03"])
        #expect(try run("export", "placements", "--known-at", "#1002").output == then)
        #expect(rows(try run("export", "placements", "--where", "state=ended").output).count == 2)
        #expect(rows(try run("export", "placements", "--as-of", "2016-01-31").output).count == 1)
    }

    @Test func `a cell is never a formula, and holds what it is given`() throws {
        let name = #"=cmd|' /C "calc"'!A0, «x»"#
        let client = try daemon.connect()
        try client.record(
            "site.open", ["site": "ney", "kind": "CHU", "name": name, "operators": ["a", "b"], "time": "2016-01-01"])
        let path = folder.appending(path: "o.csv").path
        let ended = try run("export", "occupancy", "--output", path)
        #expect(ended.status == 0 && ended.output == "" && ended.error.contains("1 rows in"))
        let python = try Program.run(
            program: URL(filePath: "/usr/bin/env"),
            [
                "python3", "-c",
                "import csv,json,sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1],encoding='utf-8-sig',newline='')))))",
                path,
            ], environment: [:])
        let read = try JSONSerialization.jsonObject(with: Data(python.output.utf8)) as? [[String: String]]
        #expect(read?.first?["name"] == "'" + name)
        #expect(read?.first?["operators"] == "a;b")
        #expect(read?.first?["places"] == "0")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasSuffix(".draft") })
    }

    @Test func `what cannot be exported is said, and no file is left`() throws {
        let path = folder.appending(path: "o.csv").path
        #expect(try run("export", "nothing").status == 2)
        #expect(try run("export", "events", "-o", "csv").status == 2)
        #expect(try run("export", "occupancy", "-o", "cloudevents").status == 2)
        #expect(try run("export", "series", "--output", path).error.contains("from should be there: a date"))
        let filter = try run("export", "stock", "--where", "state=open", "--output", path)
        #expect(
            filter.status == 2 && filter.error.contains("stock has no filter state; it has as_of, point, category, by"))
        #expect(try run("export", "placements", "--site", "nowhere", "--output", path).status == 4)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try run("export", "occupancy", "--output", "/nowhere/o.csv").status == 1)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `an export that is interrupted leaves nothing behind`(signal: Int32) throws {
        let path = folder.appending(path: "o.csv").path
        // It takes the question, and answers nothing.
        kill(daemon.process.processIdentifier, SIGSTOP)
        let export = try RunningProgram(["export", "occupancy", "--output", path], socket: daemon.socketPath)
        let draft = "\(path).\(export.process.processIdentifier).draft"
        try eventually("the file is begun") { FileManager.default.fileExists(atPath: draft) }
        kill(export.process.processIdentifier, signal)
        export.process.waitUntilExit()
        #expect(export.process.terminationStatus == (signal == SIGINT ? 130 : SIGTERM))
        #expect(export.process.terminationReason == (signal == SIGINT ? .exit : .uncaughtSignal))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasPrefix("o.csv") })
    }

    @Test func `events are exported as they stand in the log`() throws {
        try open("ney", on: daemon)
        let lines = try run("export", "events", "-o", "cloudevents").lines
        #expect(lines == (try run("events", "tail", "-n", "all", "-o", "json").lines))
        #expect(try run("export", "events", "--where", "subject=site/ivry").output == "")
        #expect(try run("export", "events", "--from", "2016-01-02").output == "")
        #expect(try run("export", "events", "--to", "2016-01-01").lines.count == 2)
    }

    // MARK: Import of sheets

    @Test func `placements that are exported and imported into a fresh register give the same answers`() throws {
        for site in ["ney", "ivry"] { try open(site, on: daemon) }
        let client = try daemon.connect()
        var dice = Dice.thrown(for: "placements that are exported and imported")
        for number in 0..<300 {
            let day = Int.random(in: 1...200, using: &dice)
            func date(_ after: Int) -> String { "\(Day(rawValue: 16_801) + day + after)" }
            var start: [String: Any] = [
                "placement": "p-\(number)", "site": "ney", "time": date(0),
                "audience": ["single_men", "families"].randomElement(using: &dice)!,
                "adults": Int.random(in: 1...3, using: &dice), "children": Int.random(in: 0...3, using: &dice),
            ]
            if Bool.random(using: &dice) { start["person"] = "s-\(number)" }
            if Bool.random(using: &dice) { start["nationality"] = "AFG" }
            if number % 7 == 0 { start["bed"] = "b-\(number)" }
            try client.record("placement.start", start)
            if number % 3 == 0 {
                try client.record("placement.transfer", ["placement": "p-\(number)", "site": "ivry", "time": date(3)])
            }
            if number % 2 == 0 {
                try client.record("placement.end", ["placement": "p-\(number)", "destination": "CAO", "time": date(9)])
            }
        }
        for form in ["csv", "hxl"] {
            let fresh = try Daemon.start(in: folder.appending(path: "fresh-\(form)"))
            for site in ["ney", "ivry"] { try open(site, on: fresh) }
            let csv = folder.appending(path: "p.\(form)").path
            #expect(try run("export", "placements", "-o", form, "--output", csv).status == 0)
            let steps = Example.repository.appending(path: "Protocol/examples/placements-mapping.json").path
            let imported = try Program.run(["import", csv, "--mapping", steps], socket: fresh.socketPath)
            #expect(imported.status == 0, "\(imported.error)")
            #expect(imported.error.contains("550 recorded (550 events"), "\(imported.error)")
            for look in [
                ["export", "placements"], ["export", "flows"], ["export", "flows", "--by", "nationality"],
                ["export", "stays"], ["export", "series", "--from", "2016-01-01", "--to", "2016-09-01"],
                ["export", "occupancy", "--as-of", "2016-05-01"],
            ] {
                let (here, there) = (
                    try Program.run(look, socket: daemon.socketPath), try Program.run(look, socket: fresh.socketPath)
                )
                #expect(here == there && here.status == 0, "\(look)")
            }
            let again = try Program.run(["import", csv, "--mapping", steps], socket: fresh.socketPath)
            #expect(again.error.contains("0 recorded (0 events), 550 already there, 0 refused"), "\(again.error)")
            #expect(fresh.stop() == 0)
        }
    }

    @Test func `a sheet as it comes out of an office is recorded, by the names of its own columns`() throws {
        try open("ney", on: daemon)
        let sheet =
            "\u{FEFF}Dossier;Arrivée;Adultes;Remarque\r\np-1;10/11/2016 08:30;2;\"a;b\"\r\np-2;1/12/2016;;\r\n;;;\r\n"
        let arguments = [
            "import", try file("arrivals.csv", sheet), "--as", "placement.start", "--map", "placement=Dossier",
            "time=Arrivée", "adults=Adultes", "--set", "site=ney", "audience=single_men", "--dates", "dmy",
        ]
        let ended = try Program.run(arguments, socket: daemon.socketPath)
        #expect(ended.status == 0, "\(ended.error)")
        #expect(ended.error.contains("columns not used: «Remarque»"))
        #expect(ended.error.contains("2 recorded (2 events"))
        let placements = try daemon.connect().result("query.placements", ["state": "all"])
        let rows = placements["rows"] as? [[String: Any]] ?? []
        #expect(rows.map { $0["started"] as? String } == ["2016-11-10", "2016-12-01"])
        #expect(rows.map { $0["adults"] as? Int } == [2, 1])
        #expect(try Program.run(arguments, socket: daemon.socketPath).error.contains("2 already there"))
    }

    @Test func `what is wrong is told by line and column, without what stands there`() throws {
        try open("ney", on: daemon)
        let sheet = """
            placement,site,audience,adults,time
            p-1,ney,single_men,1,2016-11-10
            Jean Valjean,ney,single_men,1,2016-11-10
            p-3,ney,single_men,Fantine,2016-11-10
            p-4,ney,Cosette,1,2016-11-10
            p-5,ney,single_men,1,Marius
            p-6,,single_men,1,2016-11-10
            p-7,ney,single_men,1
            p-8,elsewhere,single_men,1,2016-11-10
            p-9,ney,single_men,1,2016-11-11
            """
        let ended = try run("import", "-", "--as", "placement.start", input: sheet)
        #expect(ended.status == 6)
        let told = ended.error
        #expect(told.contains("line 3: column «placement» (placement) should be "))
        #expect(told.contains("line 4: column «adults» (adults) should be a whole number"))
        #expect(told.contains("line 5: column «audience» (audience) should be one of single_men, "))
        #expect(told.contains("line 6: column «time» (time) should be an RFC 3339 time"))
        #expect(told.contains("line 7: column «site» (site) should be there: "))
        #expect(told.contains("line 8: there are 4 cells under 5 names"))
        #expect(told.contains("line 9: refused (unknown_site)"))
        #expect(told.contains("2 recorded (2 events, "))
        for name in ["Valjean", "Fantine", "Cosette", "Marius"] { #expect(!told.contains(name)) }
        // Put right, only what was missing is recorded.
        let right = sheet.replacingOccurrences(of: "p-8,elsewhere", with: "p-8,ney")
        #expect(
            try run("import", "-", "--as", "placement.start", input: right).error.contains(
                "1 recorded (1 events, 1 with anomalies), 2 already"))
    }

    @Test func `all or nothing is one transaction, recorded once`() throws {
        try open("ney", on: daemon)
        func sheet(_ rows: Int, last: String) -> String {
            "placement,site,audience,time\n"
                + (1..<rows).map { "p-\($0),ney,single_men,2016-11-10\n" }.joined() + last + "\n"
        }
        let arguments = ["import", "-", "--as", "placement.start", "--all-or-nothing"]
        func ended(_ input: String) throws -> Ended {
            try Program.run(arguments, socket: daemon.socketPath, input: input, environment: ["LC_ALL": "C"])
        }
        let wrong = try ended(sheet(40, last: "p-40,nowhere,single_men,2016-11-10"))
        #expect(wrong.status == 6)
        #expect(wrong.error.contains("line 41: refused (unknown_site)"))
        #expect(try ended(sheet(40, last: "p-40,ney,nobody,2016-11-10")).error.contains("line 41: column «audience»"))
        let many = try ended(sheet(1001, last: "p-1001,ney,single_men,2016-11-10"))
        #expect(many.status == 2 && many.error.contains("1001 commands are more than one transaction takes (1000)"))
        #expect(json(try daemon.connect().result("server.status"), "head") == #"{"head":2}"#)
        let right = sheet(1000, last: "p-1000,ney,single_men,2016-11-10")
        #expect(try ended(right).error.contains("1 000 recorded (1 000 events"))
        #expect(try ended(right).error.contains("0 recorded (0 events), 1 000 already there, 0 refused"))
    }

    @Test func `a dry run tells every line that would be refused, and records nothing`() throws {
        try open("ney", on: daemon)
        let sheet = """
            placement,site,started,ended,destination
            p-1,ney,2016-11-10,2016-11-12,CAO
            p-2,nowhere,2016-11-10,,
            p-3,ney,2016-11-10,2016-11-09,CAO
            p-4,ney,2016-11-10,2016-11-12,Nirvana
            """
        let steps = try file(
            "steps.json",
            """
            [{"as":"placement.start","map":{"time":"started"},"set":{"audience":"families","adults":2}},
             {"as":"placement.end","only":"ended","map":{"time":"ended"}}]
            """)
        let tried = try run("import", "-", "--mapping", steps, "--dry-run", input: sheet)
        #expect(tried.status == 6)
        #expect(tried.error.contains("line 3: refused (unknown_site)"), "\(tried.error)")
        #expect(tried.error.contains("line 4: refused (ends_before_it_starts)"), "\(tried.error)")
        #expect(tried.error.contains("line 5: column «destination» (destination) should be one of CADA"))
        #expect(
            tried.error.contains("4 would be recorded (4 events, 4 with anomalies), 0 already there, 3 refused"),
            "\(tried.error)")
        #expect(json(try daemon.connect().result("server.status"), "head") == #"{"head":2}"#)
        let real = try run("import", "-", "--mapping", steps, input: sheet)
        #expect(
            real.error.contains("4 recorded (4 events, 4 with anomalies), 0 already there, 3 refused"), "\(real.error)")
    }

    @Test func `a mapping that does not fit is told before anything is sent`() throws {
        let sheet = try file("s.csv", "placement,site,site\np-1,ney,ney\n")
        func told(_ arguments: String...) throws -> String {
            let ended = try Program.run(["import", sheet] + arguments, socket: daemon.socketPath + "-none")
            #expect(ended.status == 2, "\(ended.error)")
            return ended.error
        }
        #expect(try told("--as", "placement.begin").contains("placement.begin is no command"))
        #expect(
            try told("--as", "placement.start", "--map", "sit=site").contains(
                "placement.start has no field sit; it has placement, site, "))
        #expect(try told("--as", "placement.start", "--map", "bed=Lit").contains("no column «Lit»; it has «placement»"))
        #expect(
            try told("--as", "placement.end").contains(
                "placement.end needs destination: --map destination=COLUMN or --set"))
        #expect(try told("--as", "placement.end", "--set", "destination=CAO").contains("needs time"))
        #expect(
            try told("--as", "placement.end", "--set", "destination=nowhere", "time=2016-01-01").contains(
                "should be one of CADA"))
        #expect(
            try told("--as", "placement.move", "--set", "time=2016-01-01", "--map", "bed=site").contains(
                "several columns «site»"))
        #expect(try told("--map", "a=b").contains("--as"))
        let broken = try file("b.csv", "placement\n\"p-1\n")
        #expect(
            try run("import", broken, "--as", "placement.end", "--set", "destination=CAO", "time=2016-01-01").error
                .contains("line 2: a quote is never closed"))
        let steps = try file("m.json", #"{"as":"placement.end","maps":{}}"#)
        #expect(try run("import", sheet, "--mapping", steps).error.contains("maps should be left out"))
    }
}

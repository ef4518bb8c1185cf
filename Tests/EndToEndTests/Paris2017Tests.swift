import Foundation
import Testing

/// The bilan of March 2017, asked of a register that was told `Protocol/examples/paris-2017.ndjson` line by line. Each
/// figure stands under the words in which the bilan gives it.
@Suite(.paris) struct Paris2017Tests {
    private static let bilan = Example.paris.day
    let register: LineClient

    init() throws { register = try LineClient(path: Example.socketPath) }

    private func ask(_ method: String, _ params: [String: Any] = [:]) throws -> Answer {
        Answer(fields: try register.result(method, ["as_of": Self.bilan].merging(params) { $1 }))
    }

    // MARK: Engagement 5

    @Test func `30 shelter operations met 23 000 people, 80 % of them in the 18th`() throws {
        let shelter = try ask(
            "query.operations",
            ["kind": "shelter", "from": "2015-06-01", "to": "2016-11-09", "by": "arrondissement"])
        // «30 opérations de mise à l'abri»
        #expect(shelter["carried_out"] == 30)
        // «pour 23 000 personnes présentes dans l'espace public parisien»
        #expect(shelter["people"] == 23_000)
        // «80% dans le 18ème»
        #expect(shelter.row("75056-18")?["people"] == 18_400)
        #expect(shelter.row("75056-18")?["percent"] == 80)
        // «associant la Ville de Paris, la Préfecture de Région, l'OFII, l'OFPRA, les associations»
        #expect(
            shelter.texts("partners") == [
                "emmaus-solidarite", "ftda", "ofii", "ofpra", "prefecture-idf", "ssp", "ville-paris",
            ])
    }

    @Test func `25 outreach operations with the CPA met more than 1 500 people`() throws {
        let outreach = try ask(
            "query.operations", ["kind": "outreach", "from": "2016-11-10", "site": "cpa-ney"])
        // «25 opérations d'aller vers effectuées par les maraudes, en lien avec le CPA»
        #expect(outreach["carried_out"] == 25)
        // «Plus de 1 500 personnes mises à l'abri»
        #expect(outreach["people"] == 1_530)
        #expect(outreach["not_placed"] == 0)
    }

    @Test func `the CPA opens on 10 November 2016 with 400 places`() throws {
        // «10 novembre 2016 : ouverture du dispositif d'accueil humanitaire pour migrants primo-arrivants»
        #expect(try ask("query.occupancy", ["site": "cpa-ney", "as_of": "2016-11-09"]).rows.isEmpty)
        let cpa = try #require(try ask("query.occupancy", ["site": "cpa-ney", "as_of": "2016-11-10"]).rows.first)
        #expect(cpa.text("opened") == "2016-11-10")
        #expect(cpa.text("kind") == "CPA")
        #expect(cpa.text("commune") == "75056")
        #expect(cpa["arrondissement"] == 18)
        // «un gestionnaire du dispositif : Emmaüs Solidarité»
        #expect(cpa.texts("operators") == ["emmaus-solidarite"])
        // «un pôle hébergement pour 400 hommes isolés sur le site du bd Ney»
        #expect(cpa["places"] == 400)
    }

    @Test func `5 379 single men stayed at the CPA, 3 956 were oriented, and the others left without a trace`() throws {
        let flows = try ask("query.flows", ["site": "cpa-ney", "by": "destination"])
        // «5 379 hommes célibataires hébergés sur place dans la Halle»
        #expect(flows["arrivals"] == 5_379)
        #expect(flows["persons"] == 5_379)
        #expect(try ask("query.flows", ["site": "cpa-ney", "audience": "single_men"])["arrivals"] == 5_379)
        // «3 956 en sont sortis via une orientation en structure adaptée»
        let oriented = ["CADA", "CAO", "CHU", "HUDA"].compactMap { flows.row($0)?["departures"] }
        #expect(oriented.reduce(0, +) == 3_956)
        // 5 379 − 3 956 = 1 423, of whom the bilan says nothing.
        let present = try #require(flows["present"])
        #expect(present <= 400)
        #expect(flows.row("unknown_departure")?["departures"] == 1_423 - present)
        #expect(flows["departures"] == 5_379 - present)
    }

    @Test func `the CPA is near full from mid-December on, and never overfull`() throws {
        let nights = try ask(
            "query.occupancy_series", ["site": "cpa-ney", "from": "2016-11-10", "to": Self.bilan]
        ).rows(of: "days").compactMap { $0["occupied"] }
        // «après 4 mois d'ouverture»
        #expect(nights.count == 134)
        #expect(nights.allSatisfy { $0 <= 400 })
        #expect(nights.dropFirst(36).allSatisfy { $0 >= 380 })
    }

    @Test func `stays at the CPA last 5 to 10 days on average`() throws {
        let stays = try #require(try ask("query.stays", ["site": "cpa-ney"]).rows.first)
        // «durée de séjour : 5 à 10 jours»
        #expect(stays["target_min"] == 5)
        #expect(stays["target_max"] == 10)
        #expect(stays["stays"] == 5_379)
        #expect((50...100).contains(try #require(stays["days_mean_tenths"])))
    }

    @Test func `on 9 March 40 % of those at the CPA are Afghans`() throws {
        let present = try ask("query.occupancy", ["site": "cpa-ney", "as_of": "2017-03-09", "by": "nationality"])
        let shares = present.rows(of: "breakdown")
        func percent(_ code: String) -> Int? { shares.first { $0.text("key") == code }?["percent"] }
        // «40 % d'afghans»
        #expect(percent("AFG") == 40)
        // «27 % de soudanais»
        #expect(percent("SDN") == 27)
        // «8% de somaliens»
        #expect(percent("SOM") == 8)
        // «7 % d'érythréens»
        #expect(percent("ERI") == 7)
        // «5 % d'éthiopiens»
        #expect(percent("ETH") == 5)
        // «13 % d'autres nationalités»
        let named = ["AFG", "SDN", "SOM", "ERI", "ETH"]
        let others = shares.filter { !named.contains($0.text("key") ?? "") }.compactMap { $0["people"] }.reduce(0, +)
        let all = try #require(present["occupied"])
        #expect((Double(others) / Double(all) * 100).rounded() == 13)
    }

    @Test func `691 women and families and 1 497 declared minors are oriented from the CPA`() throws {
        let asked = try ask("query.flows", ["site": "cpa-ney", "by": "audience"])
        let women = ["single_women", "women_with_children", "couples", "families"]
        // «691 femmes seules et familles orientées vers des solutions adaptées»
        #expect(women.compactMap { asked.row($0)?["oriented"] }.reduce(0, +) == 691)
        // «1 497 jeunes se déclarant mineur»
        #expect(asked.row("unaccompanied_minors")?["oriented"] == 1_497)
        let ways = try ask("query.flows", ["site": "cpa-ney", "by": "destination"])
        #expect(ways.row("child_protection")?["oriented"] == 1_497)
        // «Près de 7 600 personnes hébergées»: 5 379 + 691 + 1 497
        #expect(try #require(asked["persons"]) + (try #require(asked["oriented"])) == 7_567)
    }

    // MARK: Engagements 1, 2 and 7

    @Test func `Ivry received 431 people, and 320 are there on 20 March`() throws {
        // «un CHU femmes isolées, familles avec enfants (400 personnes) sur le site d'Ivry»
        let ivry = try ask("query.occupancy", ["site": "chu-ivry", "as_of": "2017-03-20"])
        #expect(ivry["places"] == 400)
        // «320 personnes présentes le 20 mars 2017»
        #expect(ivry["occupied"] == 320)
        // «431 personnes accueillies au total depuis le 17 janvier»
        let flows = try ask("query.flows", ["site": "chu-ivry", "from": "2017-01-17", "to": "2017-03-20"])
        #expect(flows["arrivals"] == 431)
        #expect(flows["departures"] == 111)
        // «durée de séjour : environ 3 mois»
        #expect(try ask("query.stays", ["site": "chu-ivry"]).rows.first?["target_max"] == 90)
    }

    @Test func `Bourg-la-Reine received 40 mothers and 58 children in 2016`() throws {
        let flows = try ask(
            "query.flows", ["site": "chu-bourg-la-reine", "from": "2016-01-01", "to": "2016-12-31"])
        // «98 personnes dont 40 mères et 58 enfants accueillies en 2016»
        #expect(flows["arrivals"] == 98)
        #expect(flows["adults"] == 40)
        #expect(flows["children"] == 58)
        // «50 femmes enceintes et femmes avec enfants en bas-âge»
        let nights = try ask("query.occupancy_series", ["site": "chu-bourg-la-reine", "from": "2016-02-01"])
            .rows(of: "days").compactMap { $0["occupied"] }
        #expect(nights.max().map { $0 <= 50 } == true)
    }

    @Test func `the sites of engagement 7 are there`() throws {
        let sites = try ask("query.occupancy").rows
        func site(_ id: String) -> Answer? { sites.first { $0.text("site") == id } }
        // «CHU de Bourg la Reine (Hauts de Seine)»
        #expect(site("chu-bourg-la-reine")?.text("commune") == "92014")
        // «CHU Forges les Bains (Essonne)»
        #expect(site("chu-forges-les-bains")?.text("commune") == "91249")
        // «CHU Ivry sur Seine (Val de Marne)»
        #expect(site("chu-ivry")?.text("commune") == "94041")
        // «centre Lima 14 pour accueillir 25 personnes en familles»
        #expect(site("chu-lima-14")?["places"] == 25)
        #expect(site("chu-lima-14")?["occupied"] == 25)
        // «CHU Coustou»
        #expect(site("chu-coustou")?.text("commune") == "75056")
        // «CHU Jean Quarré en lien avec les bibliothèques municipales du 19ème arr.»
        #expect(site("chu-jean-quarre")?["arrondissement"] == 19)
        // «Lieu d'accueil humanitaire Boulevard Ney (18ième)»
        #expect(site("cpa-ney")?["arrondissement"] == 18)
        // «centre Charles Godon pour 30 jeunes»
        #expect(site("charles-godon")?["places"] == 30)
    }

    @Test func `Paris has 1 484 places for migrants, and 1 900 in buildings between two uses`() throws {
        // «Au total 1 484 places d'hébergement pour les migrants à Paris – objectif de 1 456 places»
        let paris = try ask("query.occupancy", ["commune": "75056"]).rows
        let forMigrants = paris.filter { ["CPA", "CHU"].contains($0.text("kind")) }.compactMap { $0["places"] }
        #expect(forMigrants.reduce(0, +) == 1_484)
        // «Depuis 2014, la ville a mis 1 900 places dans le domaine intercalaire, tous publics confondus»
        #expect(try ask("query.occupancy", ["kind": "INTERCALARY"])["places"] == 1_900)
    }

    @Test(arguments: [
        // «passage de 70 places en janvier 2016 à 241 places en mars 2017»
        ("MNA_SHELTER", "2016-01-31", 70), ("MNA_SHELTER", "2017-02-28", 70), ("MNA_SHELTER", "2017-03-23", 241),
        // «passage de 95 places en juillet 2015 à 150 places en aout 2016»
        ("MNA_TEMPORARY", "2015-07-31", 95), ("MNA_TEMPORARY", "2016-07-31", 95), ("MNA_TEMPORARY", "2016-08-31", 150),
    ])
    func `places for unaccompanied minors grow as the bilan says`(_ kind: String, _ day: String, _ places: Int) throws {
        #expect(try ask("query.occupancy", ["kind": kind, "as_of": day])["places"] == places)
    }

    // MARK: Engagements 13, 14 and 16

    @Test func `emergency aid since 2014 comes to 1 140 000 euros`() throws {
        let themes = try ask("query.donations", ["by": "theme"])
        // «9 projets en Irak, Syrie, Liban, Cameroun, Nigéria»
        #expect(themes.row("humanitarian-aid")?["count"] == 9)
        let countries = try ask("query.donations", ["by": "country", "theme": "humanitarian-aid"])
        #expect(Set(countries.rows.compactMap { $0.text("key") }) == ["IRQ", "SYR", "LBN", "CMR", "NGA"])
        // «470 000 € dédiés à une aide humanitaire»
        #expect(themes.row("humanitarian-aid")?["amount"] == 470_000_00)
        // «25 000 € dédiés à SOS Méditerranée pour le programme de sauvetage en mer»
        #expect(try ask("query.donations", ["by": "beneficiary"]).row("sos-mediterranee")?["amount"] == 25_000_00)
        // «Depuis 2014, près de 1 140 000 € d'aide d'urgence»
        let emergency = ["humanitarian-aid", "sea-rescue", "emergency-aid-not-itemised"]
        #expect(emergency.compactMap { themes.row($0)?["amount"] }.reduce(0, +) == 1_140_000_00)
    }

    @Test func `the fund has given for its four purposes, and its balance is what is left`() throws {
        // «conférence citoyenne du 10 septembre 2015»
        #expect(try ask("query.donations", ["as_of": "2015-09-09"]).rows(of: "funds").isEmpty)
        #expect(try ask("query.donations", ["as_of": "2015-09-10"]).rows(of: "funds").count == 1)
        // «pour l'accueil, l'amélioration des conditions de vie, l'implication des nouveaux arrivants dans la vie
        // locale et la création d'espaces d'échange»
        let donations = try ask("query.donations", ["by": "purpose"])
        #expect(
            Set(donations.rows.compactMap { $0.text("key") })
                == ["reception", "living-conditions", "local-involvement", "meeting-spaces"])
        let fund = try #require(donations.rows(of: "funds").first)
        let received = try #require(fund["received"])
        let allocated = try #require(fund["allocated"])
        #expect(fund["refunded"] == 150_00)
        #expect(fund["balance"] == received - 150_00 - allocated)
        #expect(donations.rows.compactMap { $0["amount"] }.reduce(0, +) == allocated)
    }

    @Test func `goods come in most arrondissements and from companies, and reach the CPA`() throws {
        let stock = try ask("query.stock").rows
        // «lieux de collecte dans la plupart des arrondissements»
        #expect(Set(stock.compactMap { $0.text("point") }.filter { $0.hasPrefix("collecte-") }).count == 15)
        // «Mécénat d'entreprise de biens prioritaires pour le fonctionnement du lieu d'accueil humanitaire»
        let bedding = stock.first { $0.text("point") == "vestiaire-ney" && $0.text("category") == "bedding" }
        #expect(try #require(bedding?["received"]) > 0)
        #expect(try #require(bedding?["dispatched"]) > 0)
        #expect(stock.allSatisfy { $0["quantity"].map { $0 >= 0 } ?? false })
        // «les biens identifiées comme étant prioritaires par les associations»
        let needs = try ask("query.needs", ["site": "cpa-ney"]).rows
        #expect(Set(needs.compactMap { $0.text("category") }) == ["underwear", "shoes", "jackets", "hygiene"])
        #expect(needs.allSatisfy { $0.flag("stale") == false })
    }

    // MARK: The example itself

    @Test func `importing a second time changes nothing`() throws {
        let before = Answer(fields: try register.result("server.status"))
        let again = try Example.paris.tell(register)
        #expect(again.allSatisfy { $0.flag("replayed") == true })
        let after = Answer(fields: try register.result("server.status"))
        #expect(after["head"] == before["head"])
        #expect(after.record("checkpoint")?.text("root") == before.record("checkpoint")?.text("root"))
    }
}

import AccueilDomain
import AccueilTesting
import Testing

@testable import Bilan

/// How numbers, days and codes read in each language.
@Suite struct WordsTests {
    @Test func `thousands stand apart, in French with a space that does not break`() {
        #expect(Language.fr.number(7567) == "7\u{202F}567")
        #expect(Language.en.number(7567) == "7,567")
        #expect(Language.fr.number(1_140_000) == "1\u{202F}140\u{202F}000")
        #expect([0, 999, 1000].map { Language.en.number($0) } == ["0", "999", "1,000"])
        #expect(Language.fr.number(-1234) == "−1\u{202F}234")
    }

    @Test func `decimals follow a comma in French and a point in English`() throws {
        let number = try #require(Decimal("1234.5"))
        #expect(Language.fr.number(number) == "1\u{202F}234,5")
        #expect(Language.en.number(number) == "1,234.5")
        #expect(Language.fr.number(try #require(Decimal("-0.25"))) == "−0,25")
        #expect(Language.fr.tenths(92) == "9,2" && Language.en.tenths(90) == "9.0")
    }

    @Test func `a day is written out`() {
        #expect(Language.fr.day("2017-03-23") == "23\u{A0}mars\u{A0}2017")
        #expect(Language.fr.day("2015-08-01") == "1er\u{A0}août\u{A0}2015")
        #expect(Language.en.day("2017-03-01") == "1\u{A0}March\u{A0}2017")
        #expect(
            Language.fr.month("2016-11") == "novembre\u{A0}2016" && Language.en.shortMonth("2016-11") == "Nov\u{A0}16")
        #expect(Language.fr.month("unknown") == "unknown")
    }

    @Test func `percent and money as one writes them`() {
        #expect(Language.fr.percent(80) == "80\u{A0}%" && Language.en.percent(80) == "80%")
        #expect(Language.fr.money(47_000_000, "EUR") == "470\u{202F}000\u{A0}€")
        #expect(Language.en.money(123_405, "EUR") == "€1,234.05")
        #expect(Language.fr.money(-50, "EUR") == "−0,50\u{A0}€")
        #expect(
            Language.fr.money(1200, "XAF") == "1\u{202F}200\u{A0}XAF"
                && Language.en.money(1500, "TND") == "TND\u{A0}1.500")
    }

    @Test(arguments: [
        (Precision.exact, "5", "5"), (.about, "environ 5", "about 5"), (.moreThan, "plus de 5", "more than 5"),
        (.lessThan, "moins de 5", "less than 5"), (.range, "de 5 à 10", "5 to 10"),
        (.unspecified, "nombre non précisé", "number not given"),
    ])
    func `a statement is as exact as its source`(precision: Precision, french: String, english: String) {
        #expect(Language.fr.stated("5", to: precision == .range ? "10" : nil, precision) == french)
        #expect(Language.en.stated("5", to: precision == .range ? "10" : nil, precision) == english)
    }

    @Test func `a unit agrees with its number`() {
        #expect(Language.fr.unit("people", of: Decimal(1)) == "personne")
        #expect(Language.fr.unit("people", of: Decimal("1.5")) == "personne")
        #expect(Language.en.unit("people", of: Decimal("1.5")) == "people")
        #expect(Language.fr.unit("posts", of: Decimal(2)) == "postes")
        #expect(Language.fr.unit("bicycle_pumps", of: Decimal(2)) == "bicycle pumps")
        #expect(["count", "percent", "date", "EUR"].allSatisfy { Language.fr.unit($0, of: nil).isEmpty })
    }

    @Test func `arrondissements are ordinals, and the commune is named where there are several`() {
        #expect(Language.fr.place("75056-18", withCommune: false) == "18e")
        #expect(Language.fr.place("75056-1", withCommune: false) == "1er")
        #expect(Language.en.place("75056-3", withCommune: true) == "75056, 3rd")
        #expect(
            [11, 12, 13, 2, 20].map { Language.en.place("75056-\($0)", withCommune: false) } == [
                "11th", "12th", "13th", "2nd", "20th",
            ])
        #expect(Language.fr.place("unknown", withCommune: false) == "lieu inconnu")
        #expect(Language.fr.place("94041", withCommune: false) == "commune 94041")
    }

    @Test func `every code has a name of its own in both languages`() throws {
        func check<Code: CodeList>(_ codes: Code.Type, _ label: (Language, Code) -> String) {
            for language in Language.allCases {
                let labels = Code.allCases.map { label(language, $0) }
                #expect(Set(labels).count == Code.allCases.count, "\(labels)")
                #expect(labels.allSatisfy { !$0.isEmpty })
            }
        }
        check(Audience.self) { $0.label($1) }
        check(Destination.self) { $0.label($1) }
        check(SiteKind.self) { $0.label($1) }
        check(OperationKind.self) { $0.label($1) }
        check(AnomalyRule.self) { $0.label($1) }
        check(ActKind.self) { $0.label($1) }
        check(EvaluationOutcome.self) { $0.label($1) }
        check(MilestoneKind.self) { $0.label($1) }
        check(GoodsCategory.self) { $0.label($1) }
        check(GoodsUnit.self) { $0.label($1) }
        #expect(Language.fr.label(Destination.unknownDeparture) == "parti sans orientation connue")
        #expect(Language.fr.label(try #require(Nationality("ERI"))) == "Érythrée")
        #expect(Language.fr.label(try #require(Nationality("PRY"))) == "PRY")
    }
}

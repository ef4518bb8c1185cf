#!/usr/bin/env python3
"""Tells the register of Valmer, a city that does not exist: a year and a half of its plan to receive people in exile.

    valmer.py > valmer.ndjson               writes the requests, one JSON-RPC line each
    valmer.py --check valmer.ndjson FIGURES adds the lines up and compares them with the list valmer-figures.tsv

Small, and otherwise than Paris: two pillars, another currency, sites that close, transfers, evaluations one by one,
facts that are told late, sources that disagree, and at the end a line that never should have been, and one put right.
No city, organisation or person in here is real.
"""
import json
import sys
from datetime import date, timedelta

sys.dont_write_bytecode = True
from plan import PEOPLE, known_from, one, stated, term, total  # noqa: E402
from reading import listed_figures  # noqa: E402
from story import Dice, Story, at, in_utc  # noqa: E402

ADOPTED, REPORTED = date(2021, 1, 15), date(2022, 6, 30)
PLAN, REPORT, COUNT = "accueil-valmer", "Rapport de juin 2022, page", "Recensement de nuit du 30 juin 2022"

PILLARS = {1: "Un toit pour chacune et chacun", 2: "Une ville qui s'ouvre"}
COMMITMENTS = [
    (1, "Ouvrir des places d'hébergement"),
    (1, "Mettre à l'abri sans attendre"),
    (1, "Évaluer et soigner"),
    (2, "Apprendre la langue et un métier"),
    (2, "Donner et s'engager"),
]


def sites(story):
    def site(id, kind, name, audience, opened, places, **params):
        story.say("site.open", opened, site=id, kind=kind, name=name, operators=["orvane"], **params)
        story.say("site.set_capacity", opened, site=id, audience=audience, places=places)

    site("phare", "CAES", "Le Phare", "any", date(2021, 2, 1), 24, arrondissement=1)
    story.say("site.set_stay_target", date(2021, 2, 1), site="phare", days_min=20, days_max=60)
    site("moulin", "HUDA", "Le Moulin", "families", date(2021, 3, 1), 30, arrondissement=2)
    site("quai-neuf", "HOTEL", "Hôtel du Quai neuf", "any", date(2021, 2, 1), 12, arrondissement=1)
    # Told when the works were long over.
    story.say("site.set_capacity", date(2021, 9, 1), late=date(2021, 11, 8), site="phare", audience="any", places=32)
    story.say("site.block_places", date(2022, 1, 10), site="moulin", places=6, reason="works")
    story.say("site.release_places", date(2022, 2, 21), site="moulin", places=6)


def placements(story, dice):
    """Twenty-eight single people pass through the Phare, eight families live at the Moulin, and the hotel closes."""
    for number in range(28):
        came = date(2021, 2, 3) + timedelta(number * 17)
        person = {"placement": f"p-phare-{number + 1:02}", "person": f"s-{number + 1:02}",
                  "audience": dice.pick(["single_men", "single_men", "single_women"]),
                  "nationality": dice.pick(["AFG", "COD", "ERI", "UKR"])}
        story.say("placement.start", at(came, 14), site="phare", **person)
        left = came + timedelta(25 + dice.below(60))
        if left <= REPORTED:
            story.say("placement.end", at(left, 9), late=at(left + timedelta(40), 9) if number == 9 else None,
                      placement=person["placement"],
                      destination=dice.pick(["CADA", "CADA", "HUDA", "own_housing", "unknown_departure"]))
    for number, (adults, children) in enumerate([(2, 1), (1, 2), (2, 2), (1, 1), (2, 3)], 1):
        story.say("placement.start", at(date(2021, 3, 2) + timedelta(45 * number), 15), placement=f"p-moulin-{number}",
                  site="moulin", person=f"s-moulin-{number}", audience="families", adults=adults, children=children)
    for number, (adults, children) in enumerate([(1, 1), (2, 2), (1, 2)], 1):
        story.say("placement.start", at(date(2021, 10, 4) + timedelta(7 * number), 16), placement=f"p-quai-{number}",
                  site="quai-neuf", person=f"s-quai-{number}", audience="families", adults=adults, children=children)
        story.say("placement.transfer", at(date(2022, 3, 30), 10, number), placement=f"p-quai-{number}", site="moulin")
    story.say("site.close", date(2022, 3, 31), site="quai-neuf")
    for number in range(6):
        asked = date(2022, 4, 4) + timedelta(9 * number)
        story.say("placement.request", at(asked, 11), request=f"r-{number + 1}", site="moulin", audience="families",
                  adults=1 + number % 2, children=1 + number % 3)
        if number < 4:
            outcome = {"outcome": "oriented", "destination": "CPH"} if number % 2 else {"outcome": "withdrawn"}
            story.say("placement.close_request", at(asked + timedelta(6), 11), request=f"r-{number + 1}", **outcome)


def operations(story):
    for number, (day, kind, arrondissement, men, women, placed) in enumerate([
            (date(2021, 2, 2), "shelter", 1, 9, 2, 11), (date(2021, 5, 18), "outreach", 2, 4, 1, 3),
            (date(2021, 9, 7), "shelter", 3, 14, 3, 17), (date(2021, 12, 14), "outreach", 1, 5, 2, 4),
            (date(2022, 2, 8), "shelter", 1, 11, 4, 15), (date(2022, 5, 3), "outreach", 3, 6, 0, 6)], 1):
        operation = f"op-{number}"
        story.say("operation.plan", at(day - timedelta(4), 10), operation=operation, kind=kind,
                  scheduled=day.isoformat(), arrondissement=arrondissement, partners=["ville-valmer", "orvane"])
        headcount = [{"audience": audience, "people": people}
                     for audience, people in (("single_men", men), ("single_women", women)) if people]
        # The report of the last winter's operation lay in a drawer for two months.
        late = at(day + timedelta(64), 9) if number == 5 else None
        story.say("operation.carry_out", at(day, 8), late=late, operation=operation, headcount=headcount,
                  destinations=[{"destination": "CAO", "people": placed}])
    story.say("operation.plan", at(date(2022, 6, 1), 10), operation="op-7", kind="shelter", scheduled="2022-06-14",
              arrondissement=2)
    story.say("operation.cancel", at(date(2022, 6, 13), 17), operation="op-7", reason="weather")


def services(story, dice):
    """Gives the line that will turn out wrong, and the one that is told twice."""
    def service(id, kind, opened, name, **params):
        story.say("service.open", opened, service=id, kind=kind, name=name, **params)

    service("cellule-jeunes", "evaluation", date(2021, 3, 1), "Cellule d'évaluation des jeunes", operators=["telmis"],
            audience="unaccompanied_minors", age_max=17)
    story.say("evaluation.set_norm", date(2021, 3, 1), service="cellule-jeunes", days=14)
    story.say("service.set_staffing", date(2021, 3, 1), service="cellule-jeunes", role="evaluator", posts=2, fte="1.5")
    story.say("service.set_staffing", date(2022, 1, 1), service="cellule-jeunes", role="evaluator", posts=3, fte="2.25")
    story.say("service.set_staffing", date(2021, 3, 1), service="cellule-jeunes", role="translator")
    service("ecole-du-soir", "language", date(2021, 4, 1), "École du soir", operators=["telmis"], sites=["phare"])
    story.say("service.set_schedule", date(2021, 4, 1), service="ecole-du-soir", days=["mon", "wed", "thu"],
              opens="18:00", closes="21:00")
    story.say("service.set_capacity", date(2021, 4, 1), service="ecole-du-soir", places=15)
    story.say("service.set_capacity", date(2021, 12, 1), service="ecole-du-soir", places=25)
    service("bus-sante", "health", date(2021, 2, 15), "Bus santé", operators=["orvane"], partners=["hospice-valmer"])
    for place in ("place-haute", "port", "gare"):
        story.say("service.add_site", date(2021, 2, 15), service="bus-sante", place=place)
    story.say("service.remove_site", date(2022, 1, 31), service="bus-sante", place="gare")
    service("atelier-bois", "training", date(2021, 6, 1), "Atelier bois", operators=["orvane"])
    story.say("service.close", date(2022, 4, 30), service="atelier-bois")

    for number in range(12):
        story.say("service.record_act", at(date(2021, 4, 7) + timedelta(35 * number), 21), service="ecole-du-soir",
                  kind="lesson", headcount=min(9 + number + dice.below(4), 25))
    for number in range(10):
        story.say("service.record_act", at(date(2021, 2, 16) + timedelta(45 * number), 18), service="bus-sante",
                  kind="medical_consultation", headcount=6 + dice.below(9), provider="orvane")
    wrong = story.say("service.record_act", at(date(2022, 5, 24), 18), service="bus-sante", kind="vaccination",
                      headcount=91, provider="hospice-valmer")
    twice = [story.say("service.record_act", at(date(2022, 5, 25), 18, minute), service="bus-sante", kind="screening",
                       headcount=17, provider="hospice-valmer") for minute in (0, 1)]
    story.say("service.record_act", date(2022, 6, 1), service="bus-sante", kind="referral", to="hospice-valmer")
    # A workshop that only came to light in the spring.
    story.say("service.record_act", date(2021, 11, 3), late=date(2022, 4, 11), service="atelier-bois", kind="workshop",
              headcount=8)
    return wrong, twice[1]


def evaluations(story):
    outcomes = [("minor", 8), ("adult", 11), ("minor", 13), ("minor", 19), ("withdrawn", 4), ("adult", 12),
                ("minor", 9)]
    for number, (outcome, after) in enumerate(outcomes, 1):
        asked, evaluation = date(2021, 3, 9) + timedelta(60 * number), f"e-{number}"
        story.say("evaluation.request", at(asked, 9), evaluation=evaluation, person=f"s-young-{number}",
                  service="cellule-jeunes", site="phare")
        story.say("evaluation.shelter", at(asked, 18), evaluation=evaluation, destination="child_protection")
        story.say("evaluation.conclude", at(asked + timedelta(after), 16), evaluation=evaluation, outcome=outcome)
        if outcome == "minor":
            story.say("evaluation.refer", at(asked + timedelta(after), 17), evaluation=evaluation,
                      destination="child_protection", to="telmis")
    story.say("evaluation.request", at(date(2022, 6, 6), 9), evaluation="e-8", person="s-young-8",
              service="cellule-jeunes", site="phare")
    story.say("evaluation.request", at(date(2022, 6, 27), 9), evaluation="e-9", headcount=2, service="cellule-jeunes",
              site="phare")


def money_and_goods(story, dice):
    chf = {"currency": "CHF"}
    story.say("donation.open_fund", date(2021, 2, 1), fund="toit-valmer", name="Un toit à Valmer", holder="telmis",
              purposes=["beds", "lessons"], **chf)
    story.say("donation.pledge", at(date(2021, 5, 3), 10), pledge="pledge-1", fund="toit-valmer",
              donor_kind="foundation", amount=20_000_00, due="2021-06-30", **chf)
    for number in range(12):
        day, kind = date(2021, 2, 20) + timedelta(40 * number), dice.pick(["individual", "individual", "company"])
        story.say("donation.receive", at(day, 10), donation=f"gift-{number + 1:02}", fund="toit-valmer",
                  donor_kind=kind, amount=50_00 * (1 + dice.below(20)), **chf)
    story.say("donation.receive", at(date(2021, 6, 21), 10), donation="gift-foundation", fund="toit-valmer",
              donor_kind="foundation", amount=20_000_00, pledge="pledge-1", **chf)
    story.say("donation.allocate", at(date(2021, 9, 2), 11), fund="toit-valmer", amount=12_500_00, purpose="beds",
              site="phare", **chf)
    story.say("donation.allocate", at(date(2022, 2, 1), 11), fund="toit-valmer", amount=3_750_50, purpose="lessons",
              beneficiary="telmis", **chf)
    grants = [("telmis", "lessons", 8_000_00), ("orvane", "health", 15_500_00), ("telmis", "youth", None)]
    for number, (beneficiary, theme, amount) in enumerate(grants, 1):
        story.say("donation.award_grant", date(2021, 3, 1) + timedelta(120 * number), grant=f"grant-{number}",
                  beneficiary=beneficiary, theme=theme, payer="ville-valmer", **chf,
                  **({"amount": amount} if amount else {}))
    story.say("donation.disburse_grant", date(2021, 8, 1), grant="grant-1", amount=8_000_00, **chf)

    for point, arrondissement in (("halle", 1), ("depot-nord", 3)):
        story.say("collection.open_point", at(date(2021, 10, 1), 9), point=point, operators=["orvane"],
                  arrondissement=arrondissement)
    for number in range(6):
        day = date(2021, 10, 9) + timedelta(28 * number)
        goods = {"point": ["halle", "depot-nord"][number % 2], "unit": "item"}
        story.say("collection.receive", at(day, 10), category="unsorted", quantity=30 + dice.below(20),
                  donor_kind="individual", **goods)
        story.say("collection.sort", at(day, 15), quantity=20, into="jackets", **goods)
        story.say("collection.distribute", at(day + timedelta(3), 14), category="jackets", quantity=12 + number,
                  people=12 + number, **goods)
    story.say("collection.declare_need", at(date(2022, 6, 29), 9), need="need-shoes", site="phare", category="shoes",
              unit="pair", quantity=30, priority="high")


def volunteers(story):
    def mission(id, day, people, minutes, **params):
        story.say("volunteer.open_mission", at(day - timedelta(7), 9), mission=id, **params)
        for volunteer in people:
            story.say("volunteer.sign_up", at(day - timedelta(6), 9), mission=id, volunteer=volunteer)
        for volunteer in people:
            story.say("volunteer.attend", at(day, 18), mission=id, volunteer=volunteer, minutes=minutes)

    groups = [("v-lycee", "student", 12, "forum"), ("v-port", "professional", 7, "forum"),
              ("v-lien", "citizen", 40, "site"), ("v-civique", "civic_service", 4, "site")]
    for number, (id, kind, headcount, channel) in enumerate(groups):
        params = {"organisation": "orvane"} if kind == "civic_service" else {}
        story.say("volunteer.register", at(date(2021, 2, 1) + timedelta(30 * number), 9), volunteer=id, kind=kind,
                  headcount=headcount, channel=channel, **params)
    story.say("volunteer.register", at(date(2021, 6, 1), 9), volunteer="v-anciens", kind="citizen", headcount=3,
              channel="site", refugee=True)
    shift = date(2021, 11, 20)
    mission("m-tri", shift, ["v-lycee", "v-anciens"], 180, organisation="orvane", site="phare", seats=20,
            starts=story.written(at(shift, 9)), ends=story.written(at(shift, 12)))
    mission("m-cours", date(2022, 1, 15), ["v-port"], 120, organisation="telmis", partner="relais-civique")
    mission("m-fete", date(2022, 6, 18), ["v-lien", "v-lycee"], 240, organisation="orvane", partner="relais-civique")
    story.say("volunteer.open_mission", at(date(2022, 6, 20), 9), mission="m-ete", organisation="telmis", seats=50)
    story.say("volunteer.sign_up", at(date(2022, 6, 21), 9), mission="m-ete", volunteer="v-civique")
    story.say("volunteer.sign_up", at(date(2022, 6, 21), 10), mission="m-ete", volunteer="v-lien")
    story.say("volunteer.withdraw", at(date(2022, 6, 22), 9), mission="m-ete", volunteer="v-lien")
    story.say("volunteer.close_mission", at(date(2022, 2, 1), 9), mission="m-tri")


# Page of the report (or another source), id, title, unit, figure, calculation, target.
FIGURES = [
    ("1", "V1.1", "Places d'hébergement ouvertes", "places", "62", one("occupancy", "places"), "75"),
    ("1", "V1.2", "Places au Phare avant les travaux", "places", "24",
     one("occupancy", "places", site="phare", as_of="2021-08-31")),
    ("1", "V1.3", "Sites ouverts", "count", "3", one("occupancy", "rows[open=true].count")),
    ("1", "V1.4", "Personnes passées par le Phare", "people", "~29", one("flows", "persons", site="phare")),
    ("1", "V1.5", "Durée moyenne des séjours au Phare", "days", "20-60",
     one("stays", "rows[].days_mean_tenths", site="phare") | {"factor": "0.1", "decimals": 1}),
    ("1", "V1.6", "Personnes hébergées la nuit du rapport", "people", "<40", one("occupancy", "occupied")),
    ("2", "V1.7", "Personnes déplacées à la fermeture de l'hôtel", "people", "9",
     one("flows", "transfers_in", site="moulin")),
    ("2", "V1.8", "Ménages en attente d'une place", "families", "", one("requests", "total", site="moulin")),
    ("2", "V1.9", "Objectif de places en 2023", "places", ">70", None),
    ("3", "V2.1", "Opérations de mise à l'abri", "operations", "3", one("operations", "carried_out", kind="shelter")),
    ("3", "V2.2", "Personnes mises à l'abri", "people", "43", one("operations", "people", kind="shelter")),
    ("3", "V2.3", "Part du premier arrondissement", "percent", "~55",
     total(term("operations", "rows[key=1].people", by="arrondissement"), per=[term("operations", "people")],
           factor="100")),
    ("3", "V2.4", "Personnes rencontrées sans solution", "people", "<10", one("operations", "not_placed")),
    ("4", "V3.1", "Évaluations demandées", "people", "10", one("evaluations", "requested", service="cellule-jeunes")),
    ("4", "V3.2", "Jeunes reconnus mineurs", "people", "4", one("evaluations", "minors", service="cellule-jeunes")),
    ("4", "V3.3", "Durée moyenne d'une évaluation", "days", "10.9",
     one("evaluations", "days_mean_tenths", service="cellule-jeunes") | {"factor": "0.1", "decimals": 1}),
    ("4", "V3.4", "Évaluations au-delà du délai", "people", "", one("evaluations", "waiting_beyond_norm")),
    ("4", "V3.5", "Équipe d'évaluation", "fte", "2.25",
     one("services", "rows[].staffing[role=evaluator].fte", service="cellule-jeunes") | {"decimals": 2}),
    ("5", "V3.6", "Vaccinations au bus santé", "acts", "19",
     one("services", "rows[].acts[kind=vaccination].headcount", service="bus-sante")),
    ("5", "V3.7", "Dépistages au bus santé", "acts", "17",
     one("services", "rows[].acts[kind=screening].headcount", service="bus-sante")),
    ("5", "V3.8", "Arrêts du bus santé", "count", "2", one("services", "rows[].places[].count", service="bus-sante")),
    ("5", "V3.9", "Orientations vers l'hospice", "acts", "", None),
    ("6", "V4.1", "Soirs de cours par semaine", "days", "3",
     one("services", "rows[].schedule.days_per_week", service="ecole-du-soir")),
    ("6", "V4.2", "Présences aux cours", "acts", ">150",
     one("services", "rows[].acts[kind=lesson].headcount", service="ecole-du-soir")),
    ("6", "V4.3", "Places de cours gagnées", "places", "10",
     total(term("services", "places", service="ecole-du-soir"),
           term("services", "places", minus=True, service="ecole-du-soir", as_of="2021-11-30"))),
    ("6", "V4.4", "Contrats d'apprentissage signés", "count", "5-8", None),
    ("6", "V4.5", "Ouverture de l'école du soir", "date", "2021-04-01",
     one("services", "rows[].opened", service="ecole-du-soir")),
    ("7", "V5.1", "Dons reçus", "CHF", "~26000",
     one("donations", "funds[].received", fund="toit-valmer") | {"factor": "0.01", "decimals": 2}),
    ("7", "V5.2", "Subventions versées par la ville", "CHF", "23500",
     one("grants", "totals[currency=CHF].awarded", payer="ville-valmer") | {"factor": "0.01"}),
    ("7", "V5.3", "Bénévoles inscrits à Valmer", "people", "66", one("volunteers", "registered"), "60"),
    ("7", "V5.4", "Bénévoles réfugiés", "people", "3", one("volunteers", "refugees")),
    ("7", "V5.5", "Minutes de bénévolat", "minutes", ">15000", one("volunteers", "minutes")),
    ("7", "V5.6", "Réunions publiques", "count", "3", one("milestones", "count", series="reunions-publiques")),
    ("7", "V5.7", "Manteaux distribués", "count", "87",
     one("stock", "rows[category=jackets].distributed")),
]


def rows():
    for page, id, title, unit, figure, calculation, *target in FIGURES:
        yield page, id, title, unit, figure, calculation, target[0] if target else None


def plan(story):
    story.say("plan.adopt", ADOPTED, plan=PLAN, name="Plan d'accueil de Valmer", commitments=5)
    for number, (pillar, title) in enumerate(COMMITMENTS, 1):
        story.say("plan.declare_commitment", ADOPTED, commitment=f"valmer-{number}", plan=PLAN, number=number,
                  pillar=pillar, pillar_title=PILLARS[pillar], title=title)
    for _, id, title, unit, _, calculation, target in rows():
        params = ({"target": target} if target else {}) | ({"about_people": True} if unit in PEOPLE else {})
        story.say("plan.define_indicator", ADOPTED, indicator=id, commitment=f"valmer-{id[1]}", title=title, unit=unit,
                  **params, **({"calculation": calculation} if calculation else {}))

    def reach(id, day, commitment, kind, title, **params):
        story.say("plan.reach_milestone", day, milestone=id, commitment=f"valmer-{commitment}", kind=kind, title=title,
                  **params)

    for number, (day, attendance) in enumerate([(date(2021, 3, 25), 80), (date(2022, 3, 24), 120)], 1):
        reach(f"reunion-{number}", day, 5, "meeting", f"Réunion publique {number}", series="reunions-publiques",
              attendance=attendance)
    story.say("plan.plan_milestone", ADOPTED, milestone="convention-port", commitment="valmer-4", kind="agreement",
              title="Convention avec le port", due="2021-12-31")
    reach("convention-port", date(2022, 2, 14), 4, "agreement", "Convention avec le port", partners=["port-valmer"])
    story.say("plan.plan_milestone", ADOPTED, milestone="maison-commune", commitment="valmer-1", kind="project",
              title="Maison commune", due="2023-01-31")
    reach("guide-valmer", date(2021, 10, 1), 3, "publication", "Guide des droits", count=600)
    story.say("plan.record_note", at(REPORTED, 20), commitment="valmer-1", source=f"{REPORT} 2",
              note="L'hôtel du Quai neuf a fermé : ses familles vivent au Moulin.")

    for page, id, _, unit, figure, calculation, _ in rows():
        day = known_from(calculation)
        story.say("plan.measure_indicator", at(REPORTED, 20), indicator=id, unit=unit, source=f"{REPORT} {page}",
                  **({"day": day.isoformat()} if day else {}), **stated(figure, unit))
    # Somebody else counted as well.
    story.say("plan.measure_indicator", at(REPORTED, 21), indicator="V1.6", unit="people", source=COUNT,
              value="41", precision="exact")
    story.say("plan.measure_indicator", at(REPORTED, 21), indicator="V4.4", unit="count",
              source="Lettre de la chambre des métiers", value="9", precision="exact")


def story():
    story = Story("valmer", in_utc)
    sites(story)
    placements(story, Dice(101))
    operations(story)
    wrong, twice = services(story, Dice(102))
    evaluations(story)
    money_and_goods(story, Dice(103))
    volunteers(story)
    plan(story)
    story.say("event.void", at(REPORTED, 21, 30), sequence=twice, reason="duplicate")
    story.say("event.correct", at(REPORTED, 21, 40), sequence=wrong, reason="headcount", set={"headcount": 19})
    return story.lines()


def check(path, list_path):
    with open(path, encoding="utf-8") as file:
        requests = [json.loads(line) for line in file]
    count = 0
    for name, found, wanted in listed_figures(requests, list_path, REPORTED):
        if found != wanted:
            sys.exit(f"{path}: {name}: the lines give {found}, the list {wanted}")
        count += 1
    print(f"{path}: {len(requests)} lines, {count} figures agree")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"] and len(sys.argv) == 4:
        check(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 1:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        for line in story():
            print(line)
    else:
        sys.exit(__doc__)

#!/usr/bin/env python3
"""Tells the register the story behind the bilan of March 2017 of Paris's mobilisation for the reception of refugees.

    paris_2017.py > paris-2017.ndjson               writes the requests, one JSON-RPC line each, in order of time
    paris_2017.py --check paris-2017.ndjson FIGURES adds the lines up again and compares them with the bilan, and with
                                                    the list of its figures (bilan-mars-2017-figures.tsv)

The totals are the bilan's. What lies between them is drawn: single days, sizes of operations, households, groups,
gifts and goods, and the places of sites of which the bilan gives none. Where it tells only a month, its first day
stands.
Nobody in here is a real person, and ids are all there is of them.

What the bilan promised and says, figure by figure, is in `paris_2017_plan.py`.
"""
import json
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta

sys.dont_write_bytecode = True
from paris_2017_plan import adopt, reach_milestones, state_figures  # noqa: E402
from reading import listed_figures  # noqa: E402
from story import Dice, Story, at, days, in_paris, months, share  # noqa: E402

CPA_OPENED, BILAN = date(2016, 11, 10), date(2017, 3, 23)
IVRY_OPENED = date(2017, 1, 17)
# Where the bilan gives no day for what is there in March 2017.
LATELY = date(2017, 3, 1)
PARIS = "75056"
CITY, STATE = ["ville-paris"], ["prefecture-idf", "ofii", "ofpra"]
ASSOCIATIONS = ["emmaus-solidarite", "ftda", "ssp"]
HOUSEHOLDS = [
    ("single_women", 1, 0), ("single_women", 1, 0), ("women_with_children", 1, 1), ("women_with_children", 1, 2),
    ("couples", 2, 0), ("families", 2, 1), ("families", 2, 2), ("families", 2, 3),
]

CLOTHES = ["underwear", "tops", "bottoms", "jackets", "shoes"]
PRIORITIES = {"underwear": "urgent", "shoes": "urgent", "jackets": "high", "hygiene": "high", "bedding": "normal"}


def sites(story):
    """Engagements 1, 2, 5, 7 and 12. A site takes in more people from the later dates in its capacities."""

    def site(id, kind, name, audience, *capacities, **params):
        params = {"commune": PARIS} | params
        story.say("site.open", capacities[0][0], site=id, kind=kind, name=name,
                  **{name: value for name, value in params.items() if value is not None})
        for day, places in capacities:
            story.say("site.set_capacity", day, site=id, audience=audience, places=places)

    site("cpa-ney", "CPA", "Centre de premier accueil, boulevard Ney", "single_men", (CPA_OPENED, 400),
         arrondissement=18, operators=["emmaus-solidarite"])
    story.say("site.set_stay_target", CPA_OPENED, site="cpa-ney", days_min=5, days_max=10)
    site("chu-ivry", "CHU", "CHU Ivry-sur-Seine", "any", (IVRY_OPENED, 400), commune="94041",
         operators=["emmaus-solidarite"])
    story.say("site.set_stay_target", IVRY_OPENED, site="chu-ivry", days_max=90)
    site("chu-bourg-la-reine", "CHU", "CHU Bourg-la-Reine", "women_with_children", (date(2016, 2, 1), 50),
         commune="92014")
    site("chu-lima-14", "CHU", "CHU Lima 14", "families", (date(2016, 11, 1), 25))

    # 1 484 places for migrants in Paris: 400 and 25 are told; the others are drawn so that they add up.
    site("chu-jean-quarre", "CHU", "CHU Jean Quarré", "any", (date(2016, 2, 1), 150), arrondissement=19)
    site("chu-coustou", "CHU", "CHU Coustou", "any", (date(2016, 2, 1), 60), arrondissement=18)
    site("chu-paris-autres", "CHU", "Autres places pour migrants à Paris, non nommées", "any", (date(2015, 6, 1), 849))
    site("chu-forges-les-bains", "CHU", "CHU Forges-les-Bains", "any", (date(2016, 10, 1), 91), commune="91249")

    # 1 900 places since 2014; the steps on the way there are drawn.
    site("intercalaire-paris", "INTERCALARY", "Places dans le domaine intercalaire, tous publics", "any",
         (date(2014, 1, 1), 500), (date(2015, 1, 1), 1000), (date(2016, 1, 1), 1500), (date(2017, 1, 1), 1900))
    site("mna-mise-a-l-abri", "MNA_SHELTER", "Mise à l'abri inconditionnelle des mineurs isolés",
         "unaccompanied_minors", (date(2016, 1, 1), 70), (date(2017, 3, 1), 241))
    site("mna-accueil-temporaire", "MNA_TEMPORARY", "Accueil temporaire des mineurs isolés", "unaccompanied_minors",
         (date(2015, 7, 1), 95), (date(2016, 8, 1), 150))
    # The bilan does not say whether its 30 places are among those above: a kind of its own keeps them apart.
    site("charles-godon", "OTHER", "Centre Charles Godon", "unaccompanied_minors", (date(2017, 3, 1), 30))
    site("elan", "CITIZEN_HOST", "Expérimentation ELAN, accueil chez des particuliers", "any",
         (date(2017, 3, 1), 100), operators=["ssp"])

    # Paris's 1 484 places are 19 % of those in Île-de-France: of some 7 810 in all, those that no other site has.
    site("chu-idf-autres", "CHU", "Autres places pour migrants en Île-de-France, non nommées", "any",
         (date(2015, 6, 1), 5785), commune=None)
    site("ase-paris", "OTHER", "Mineurs et jeunes majeurs pris en charge par la Ville de Paris, tous lieux", "any",
         (date(2015, 4, 1), 1500), operators=CITY)
    site("maison-des-journalistes", "OTHER", "Maison des journalistes", "any", (date(2016, 1, 1), 15),
         arrondissement=15, operators=["maison-des-journalistes"])
    site("diocese-paris", "CITIZEN_HOST", "Familles accueillies dans le Diocèse de Paris", "families",
         (date(2015, 10, 1), 200), operators=["diocese-paris"])


def shelter_operations(story, dice):
    """Engagement 5: 30 operations, 23 000 people, 80 % of them in the 18th arrondissement, before the CPA opened."""
    first, last = date(2015, 6, 2), date(2016, 11, 4)
    elsewhere = {4: 13, 9: 19, 14: 10, 19: 19, 24: 13, 29: 19}
    in_18th = share(18400, [5 + dice.below(10) for _ in range(24)])
    in_others = share(4600, [5 + dice.below(10) for _ in range(6)])
    filling = {"chu-paris-autres": (date(2015, 6, 1), 760), "chu-jean-quarre": (date(2016, 2, 1), 140),
               "chu-coustou": (date(2016, 2, 1), 55), "chu-forges-les-bains": (date(2016, 10, 1), 85)}
    for number in range(30):
        operation, day = f"shelter-{number + 1:02}", first + (last - first) * number // 29
        people = (in_others if number in elsewhere else in_18th).pop()
        partners = CITY + STATE + [ASSOCIATIONS[(number + each) % 3] for each in range(2)]
        story.say("operation.plan", at(day - timedelta(3), 10), operation=operation, kind="shelter",
                  scheduled=day.isoformat(), commune=PARIS, arrondissement=elsewhere.get(number, 18),
                  partners=partners)
        men, families, women, minors = share(people, [86, 7, 4, 3])
        destinations, left = [], men - (men // 50 if number % 3 == 2 else 0)
        for site, (opened, room) in filling.items():
            coming = min(room, 130) if day >= opened else 0
            if coming == 0:
                continue
            filling[site] = (opened, room - coming)
            destinations.append({"site": site, "people": coming})
            left -= coming
            for group, adults in enumerate(share(coming, [1] * (coming // 25 + 1)), 1):
                story.say("placement.start", at(day, 12, group), placement=f"g-{operation}-{site}-{group}", site=site,
                          audience="single_men", adults=adults, operation=operation)
        weights = [40, 50, 10] if day >= date(2015, 10, 27) else [80, 0, 20]
        destinations += directed(["CHU", "CAO", "HUDA"], share(left, weights))
        destinations += directed(["hotel", "child_protection"], [families + women, minors])
        story.say("operation.carry_out", at(day, 7, 30), operation=operation,
                  headcount=counted(men, families, women, minors), destinations=destinations)


def counted(men, families, women, minors):
    audiences = zip(["single_men", "families", "single_women", "unaccompanied_minors"], [men, families, women, minors])
    return [{"audience": audience, "people": people} for audience, people in audiences if people]


def directed(destinations, people):
    return [{"destination": each, "people": count} for each, count in zip(destinations, people) if count]


def outreach_operations(story, dice, arrivals):
    """Engagement 5: 25 operations with the CPA since it opened, more than 1 500 people, here 1 530.

    Gives, for each day with an operation, its id and how many of the day's arrivals it brought to the CPA.
    """
    brought = {}
    for number, people in enumerate(share(1530, [5 + dice.below(5) for _ in range(25)])):
        operation, day = f"outreach-{number + 1:02}", CPA_OPENED + (BILAN - CPA_OPENED) * number // 24
        story.say("operation.plan", at(day, 8), operation=operation, kind="outreach", commune=PARIS, arrondissement=18,
                  site="cpa-ney", partners=CITY + ASSOCIATIONS[:2])
        men, families, women, minors = share(people, [88, 4, 5, 3])
        to_cpa = arrivals[day] // 2
        brought[day] = (operation, to_cpa)
        story.say("operation.carry_out", at(day, 11, 30), operation=operation,
                  headcount=counted(men, families, women, minors),
                  destinations=[{"site": "cpa-ney", "people": to_cpa}]
                  + directed(["CHU", "hotel", "child_protection"], [men - to_cpa, families + women, minors]))
    return brought


def cpa(story, dice):
    """Engagement 5: 5 379 single men in the 400 places of the boulevard Ney, 3 956 of them oriented by 23 March 2017.

    1 423 are left, of whom fewer than 400 are still there: the others went without anybody knowing where.
    """
    nights = days(CPA_OPENED, BILAN)
    weights = [(24 + 20 * min(each, 36) // 36) * (80 + dice.below(41)) for each in range(len(nights))]
    arrivals = dict(zip(nights, share(5379, weights)))
    brought = outreach_operations(story, dice, arrivals)

    men, present, left = [], [], []
    photographed = []
    for index, day in enumerate(nights):
        coming = [{"day": day, "due": day + timedelta(6 + dice.below(5)), "number": len(men) + each + 1}
                  for each in range(arrivals[day])]
        # Filling up until mid-December, near full from then on.
        aim = 392 - 392 * max(34 - index, 0) ** 2 // 1600 + (dice.below(9) - 4 if index > 36 else 0)
        present.sort(key=lambda man: (man["due"], man["number"]))
        leaving = max(len(present) + len(coming) - aim, 0)
        for man in present[:leaving]:
            man["left"] = day
        left += present[:leaving]
        present = present[leaving:] + coming
        men += coming
        if day == date(2017, 3, 9):
            photographed = list(present)

    common = ["AFG", "SDN", "SOM", "ERI", "ETH", None]
    percent = [40, 27, 8, 7, 5, 13]
    others = ["PAK", "MLI", "GIN", "TCD", "LBY", "IRQ", "SYR", "EGY", "IRN"]

    def nationalities(count):
        codes = [code for code, n in zip(common, share(count, percent)) for _ in range(n)]
        return dice.shuffled([code or dice.pick(others) for code in codes])

    there = {man["number"] for man in photographed}
    for group in (photographed, [man for man in men if man["number"] not in there]):
        for man, nationality in zip(group, nationalities(len(group))):
            man["nationality"] = nationality
    structures = share(3956, [55, 22, 17, 6])
    known = [each for each, n in zip(["CAO", "CHU", "HUDA", "CADA"], structures) for _ in range(n)]
    ways = dice.shuffled(known + ["unknown_departure"] * (len(left) - len(known)))

    arrived = Counter()
    for man in men:
        day, number = man["day"], man["number"]
        operation, led = brought.get(day, (None, 0))
        arrived[day] += 1
        params = {"placement": f"p-cpa-{number:04}", "site": "cpa-ney", "person": f"s-cpa-{number:04}",
                  "audience": "single_men", "nationality": man["nationality"]}
        if arrived[day] <= led:
            params["operation"] = operation
        story.say("placement.start", at(day, 13) + timedelta(minutes=7 * arrived[day]), **params)
    departed = Counter()
    for man, destination in zip(left, ways):
        departed[man["left"]] += 1
        story.say("placement.end", at(man["left"], 8) + timedelta(minutes=3 * departed[man["left"]]),
                  placement=f"p-cpa-{man['number']:04}", destination=destination)


def households(dice, people):
    while people > 0:
        audience, adults, children = dice.pick(HOUSEHOLDS)
        if adults + children <= people:
            people -= adults + children
            yield {"audience": audience, "adults": adults, "children": children}


def reception_desk(story, dice):
    """Engagement 5: 691 women and families, and 1 497 who declare themselves minors, oriented from the CPA."""
    women = list(households(dice, 691))
    minors = [{"audience": "unaccompanied_minors", "adults": 0, "children": 1}] * 1497
    for kind, parties in (("family", women), ("minor", minors)):
        for number, party in enumerate(parties):
            day = CPA_OPENED + timedelta(number * 134 // len(parties))
            came = at(day, 9 + dice.below(8), dice.below(60))
            request = f"r-{kind}-{number + 1:04}"
            destination = "child_protection" if kind == "minor" else dice.pick(["CHU", "CHU", "hotel"])
            story.say("placement.request", came, request=request, site="cpa-ney", **party)
            story.say("placement.close_request", came + timedelta(hours=2), request=request, outcome="oriented",
                      destination=destination)


def ivry(story, dice):
    """Engagement 2: 431 people received since 17 January 2017, 320 of them present on 20 March."""
    opened, counted_on = IVRY_OPENED, date(2017, 3, 20)
    parties = list(households(dice, 431))
    came = [opened + timedelta(number * 62 // len(parties)) for number in range(len(parties))]
    leaving = 431 - 320
    gone = []
    for number in dice.shuffled(range(len(parties) * 2 // 3)):
        size = parties[number]["adults"] + parties[number]["children"]
        if size <= leaving:
            leaving -= size
            gone.append(number)
    for number, party in enumerate(parties):
        story.say("placement.start", at(came[number], 14, 5 * (number % 12)), placement=f"p-ivry-{number + 1:03}",
                  site="chu-ivry", person=f"s-ivry-{number + 1:03}", **party)
    for number in gone:
        stay = timedelta(7 + dice.below((counted_on - came[number]).days - 7))
        story.say("placement.end", at(came[number] + stay, 10), placement=f"p-ivry-{number + 1:03}",
                  destination=dice.pick(["CHU", "CADA", "HUDA", "hotel", "own_housing", "third_party"]))


def bourg_la_reine_and_lima(story, dice):
    """Engagement 2: 40 mothers and 58 children in the 50 places of Bourg-la-Reine in 2016; 25 people at Lima 14."""
    waiting = dice.shuffled([0] * 4 + [1] * 18 + [2] * 14 + [3] * 4)
    ends, number = [], 0
    for day in days(date(2016, 2, 1), BILAN):
        for left, size, mother in [each for each in ends if each[0] == day]:
            ends.remove((left, size, mother))
            story.say("placement.end", at(day, 10), placement=f"p-blr-{mother:02}",
                      destination=dice.pick(["CHU", "CADA", "own_housing", "hotel"]))
        # One household a week at most, as long as there is room.
        if waiting and day.weekday() == 1 and sum(size for _, size, _ in ends) + 1 + waiting[0] <= 50:
            children, number = waiting.pop(0), number + 1
            ends.append((day + timedelta(140 + dice.below(81)), 1 + children, number))
            story.say("placement.start", at(day, 15), placement=f"p-blr-{number:02}", site="chu-bourg-la-reine",
                      person=f"s-blr-{number:02}", audience="women_with_children", children=children)
    for number, (adults, children) in enumerate([(2, 2), (2, 3), (1, 2), (2, 2), (2, 3), (2, 2)], 1):
        story.say("placement.start", at(date(2016, 11, 1 + number), 14), placement=f"p-lima-{number}",
                  site="chu-lima-14", person=f"s-lima-{number}", audience="families", adults=adults, children=children)


def grants(story):
    """Engagement 16: 470 000 € for 9 projects, 25 000 € for SOS Méditerranée, about 1 140 000 € in all since 2014.

    Then those of engagements 2, 8, 12, 15 and 17 whose amount the bilan does not give.
    """

    def grant(id, when, beneficiary, theme, payer="ville-paris", **params):
        story.say("donation.award_grant", when, grant=id, beneficiary=beneficiary, theme=theme, payer=payer, **params)

    grant("grant-emergency-not-itemised", date(2014, 1, 1), "not-itemised", "emergency-aid-not-itemised",
          amount=645_000_00)
    countries = ["IRQ", "SYR", "LBN", "CMR", "NGA", "IRQ", "SYR", "LBN", "IRQ"]
    for number, country in enumerate(countries):
        amount, awarded = (50_000_00 if number < 5 else 55_000_00), date(2014, 9, 1) + timedelta(100 * number)
        grant(f"grant-humanitarian-{number + 1}", awarded, "not-named", "humanitarian-aid", amount=amount,
              countries=[country])
        story.say("donation.disburse_grant", awarded + timedelta(30), grant=f"grant-humanitarian-{number + 1}",
                  amount=amount)
    grant("grant-sos-mediterranee", date(2016, 6, 1), "sos-mediterranee", "sea-rescue", amount=25_000_00)
    story.say("donation.disburse_grant", date(2016, 7, 1), grant="grant-sos-mediterranee", amount=25_000_00)
    grant("grant-crf-2015", date(2015, 11, 1), "croix-rouge", "follow-up-in-hotels")
    grant("grant-crf-2016", date(2016, 6, 1), "croix-rouge", "follow-up-in-hotels")
    grant("grant-kiwanda", date(2017, 3, 1), "singa", "enterprise")
    grant("grant-place", date(2017, 3, 1), "wowlabs", "enterprise")
    grant("grant-journalists", date(2017, 3, 1), "maison-des-journalistes", "human-rights")
    grant("grant-fidh", date(2017, 3, 1), "fidh", "human-rights")
    grant("grant-french-workshops", LATELY, "not-named", "french-lessons", payer="etat")
    grant("grant-elan", LATELY, "ssp", "citizen-hosting")
    grant("grant-calm", LATELY, "singa", "citizen-hosting", payer="etat")
    grant("grant-complaints", LATELY, "not-named", "crimes-against-humanity")


def fund(story, dice):
    """Engagement 13: the Fondation de France takes in gifts for four purposes since 10 September 2015. Sums are drawn."""
    fund, purposes = "fondation-de-france", ["reception", "living-conditions", "local-involvement", "meeting-spaces"]
    beneficiaries = ["emmaus-solidarite", "ssp", "singa", "unis-cite"]
    story.say("donation.open_fund", at(date(2015, 9, 10), 18), fund=fund,
              name="Accueil des réfugiés à Paris", holder="fondation-de-france", purposes=purposes)
    balance, number = 0, 0

    def receive(when, donor_kind, amount, **params):
        nonlocal balance, number
        number, balance = number + 1, balance + amount
        story.say("donation.receive", when, donation=f"gift-{number:04}", fund=fund, donor_kind=donor_kind,
                  amount=amount, **params)
        if donor_kind != "anonymous":
            story.say("donation.issue_receipt", when + timedelta(hours=20), receipt=f"receipt-{number:04}",
                      donation=f"gift-{number:04}")

    for month, first in enumerate(months(date(2015, 10, 1), BILAN)):
        for gift in range(8 + dice.below(8)):
            donor_kind = dice.pick(["individual"] * 6 + ["anonymous", "association"])
            params = {"purpose": dice.pick(purposes)} if gift % 3 == 0 else {}
            receive(at(first + timedelta(gift), 9 + dice.below(9), dice.below(60)), donor_kind,
                    dice.pick([20_00, 30_00, 50_00, 50_00, 100_00, 150_00, 500_00]), **params)
        if month % 4 == 1:
            amount, pledge = 5_000_00 + 1_000_00 * dice.below(10), f"pledge-{month // 4 + 1}"
            story.say("donation.pledge", at(first, 11), pledge=pledge, fund=fund,
                      donor_kind=dice.pick(["company", "foundation"]), amount=amount,
                      due=(first + timedelta(20)).isoformat())
            if month < 16:
                receive(at(first + timedelta(20), 10), "company", amount, pledge=pledge)
        if month == 5:
            # Given twice by mistake: the receipt has to go before the money can.
            receive(at(first + timedelta(18), 12), "individual", 150_00)
            story.say("donation.void_receipt", at(first + timedelta(21), 10), receipt=f"receipt-{number:04}",
                      reason="refund")
            story.say("donation.refund", at(first + timedelta(21), 11), donation=f"gift-{number:04}", amount=150_00)
            balance -= 150_00
        if month % 3 == 2:
            spent = share(balance * 4 // 5 // 1_000_00 * 1_000_00, [4, 3, 2, 1])
            for purpose, beneficiary, amount in zip(purposes, beneficiaries, spent):
                day = first + timedelta(21)
                site = {"site": "cpa-ney"} if purpose == "reception" and day > CPA_OPENED else {}
                story.say("donation.allocate", at(day, 15), fund=fund, amount=amount, purpose=purpose,
                          beneficiary=beneficiary, **site)
                balance -= amount


def collections(story, dice):
    """Engagement 14: collection points in most arrondissements, goods from people and companies, at last for the CPA.

    All quantities are drawn. A point sorts what came in, throws away what nobody can wear, and sends the rest on.
    """
    stock = Counter()

    def move(method, when, point, category, quantity, **params):
        story.say(f"collection.{method}", when, point=point, category=category, unit="item", quantity=quantity,
                  **params)
        stock[point, category] += quantity if method == "receive" else -quantity

    points = [f"collecte-{number:02}" for number in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 17, 18, 19, 20)]
    for point in points:
        number = int(point[-2:])
        story.say("collection.open_point", at(date(2015, 9, 15), 9), point=point, commune=PARIS, arrondissement=number,
                  name=f"Lieu de collecte du {number}e arrondissement", operators=CITY)
        story.say("collection.declare_need", at(date(2015, 9, 15), 10), need=f"need-{point}", point=point,
                  category="jackets", unit="item", priority="high")
        story.say("collection.close_need", at(CPA_OPENED, 9), need=f"need-{point}", outcome="replaced")
    hub = "vestiaire-ney"
    story.say("collection.open_point", at(CPA_OPENED, 8), point=hub, name="Vestiaire du centre de premier accueil",
              commune=PARIS, arrondissement=18, operators=["utopia-56"])

    def at_point(day, point):
        quantity = 40 + dice.below(80)
        move("receive", at(day, 9), point, "unsorted", quantity, donor_kind="individual")
        *sorted_in, spoilt = share(quantity, [2, 4, 3, 2, 2, 1])
        for each, (kind, items) in enumerate(zip(CLOTHES, sorted_in)):
            story.say("collection.sort", at(day, 10, each), point=point, unit="item", quantity=items, into=kind)
            stock[point, "unsorted"] -= items
            stock[point, kind] += items
        move("discard", at(day, 11), point, "unsorted", spoilt, reason="damaged")
        for each, kind in enumerate(CLOTHES if day.month % 2 == 0 else []):
            items, to_hub = stock[point, kind], day > CPA_OPENED
            move("dispatch", at(day, 12, each), point, kind, items,
                 **{"to_point": hub} if to_hub else {"to_site": "chu-paris-autres"})
            stock[hub, kind] += items if to_hub else 0

    def at_hub(day, week):
        weekday = day.weekday()
        if weekday == 0:
            move("receive", at(day, 13), hub, "underwear", 300, donor_kind="company", donor="company-textile")
            move("receive", at(day, 13, 5), hub, "hygiene", 250, donor_kind="company", donor="company-hygiene")
            move("receive", at(day, 13, 10), hub, "bedding", 60, donor_kind="company", donor="company-textile")
            move("dispatch", at(day, 14), hub, "bedding", 50, to_site="cpa-ney")
        if weekday == 1:
            for each, kind in enumerate(CLOTHES + ["hygiene"]):
                items = stock[hub, kind] // 3
                if items:
                    move("distribute", at(day, 14, each), hub, kind, items, people=(items + 1) // 2)
        # Priority goods are declared anew every Wednesday; the need for bedding is met in January.
        if weekday == 2:
            for kind, priority in PRIORITIES.items():
                if kind != "bedding" or week < 10:
                    story.say("collection.declare_need", at(day, 9), need=f"need-ney-{kind}", site="cpa-ney",
                              category=kind, unit="item", quantity=300, priority=priority)
                elif week == 10:
                    story.say("collection.close_need", at(day, 9), need=f"need-ney-{kind}", outcome="met")
        if weekday == 3 and week % 4 == 3:
            for each, kind in enumerate(CLOTHES + ["hygiene", "bedding"]):
                stock[hub, kind] = max(stock[hub, kind] - dice.below(3), 0)
                story.say("collection.count", at(day, 18, each), point=hub, category=kind, unit="item",
                          quantity=stock[hub, kind])

    for day in days(date(2015, 10, 1), BILAN):
        for index, point in enumerate(points):
            if day.day == 3 + index:
                at_point(day, point)
        if day > CPA_OPENED:
            at_hub(day, (day - CPA_OPENED).days // 7)


def in_care(story, dice):
    """Engagement 1: 1 400 unaccompanied minors and young adults in the city's care in March 2017, in groups."""
    began = date(2015, 4, 1)
    for number in range(20):
        story.say("placement.start", began, placement=f"g-ase-before-{number + 1:02}", site="ase-paris",
                  audience="unaccompanied_minors", adults=0, children=50)
        story.say("placement.end", began + timedelta(30 * (number + 1)), placement=f"g-ase-before-{number + 1:02}",
                  destination=dice.pick(["own_housing", "third_party", "other"]))
    arriving = months(began + timedelta(1), BILAN)
    for first, people in zip(arriving, share(1400, [20 + dice.below(8) for _ in arriving])):
        minors, adults = share(people, [2, 1])
        story.say("placement.start", first, placement=f"g-ase-minors-{first:%Y-%m}", site="ase-paris",
                  audience="unaccompanied_minors", adults=0, children=minors)
        story.say("placement.start", first, placement=f"g-ase-adults-{first:%Y-%m}", site="ase-paris",
                  audience="young_adults", adults=adults)


def journalists_and_families(story, dice):
    """Engagement 17: 34 journalists hosted in a year; engagement 12: 50 families hosted in the Diocese."""
    for number in range(42):
        came = date(2016, 1, 4) + timedelta(number * 366 // 34)
        story.say("placement.start", at(came, 15), placement=f"p-mdj-{number + 1:02}", site="maison-des-journalistes",
                  person=f"s-mdj-{number + 1:02}", audience="any")
        left = came + timedelta(110 + dice.below(31))
        if left <= BILAN:
            story.say("placement.end", at(left, 10), placement=f"p-mdj-{number + 1:02}",
                      destination=dice.pick(["own_housing", "third_party", "CADA", "other"]))
    for number in range(50):
        adults, children = dice.pick([(2, 1), (2, 2), (1, 1), (1, 2), (2, 0)])
        story.say("placement.start", at(date(2015, 10, 5) + timedelta(number * 10), 16),
                  placement=f"p-diocese-{number + 1:02}", site="diocese-paris", person=f"s-diocese-{number + 1:02}",
                  audience="families", adults=adults, children=children)


def evaluations(story, dice):
    """Engagement 5: the 1 497 who declare themselves minors, as one group a day, are evaluated by the DEMIE.

    They are sheltered at once. The bilan tells no outcome, so that none is told here.
    """
    declared = Counter(CPA_OPENED + timedelta(number * 134 // 1497) for number in range(1497))
    for day, people in declared.items():
        evaluation = f"e-{day}"
        story.say("evaluation.request", at(day, 18), evaluation=evaluation, headcount=people, service="demie",
                  site="cpa-ney")
        story.say("evaluation.refer", at(day, 18, 30), evaluation=evaluation, destination="child_protection",
                  to="demie")
        story.say("evaluation.shelter", at(day, 19), evaluation=evaluation, site="mna-mise-a-l-abri")
        concluded = day + timedelta(2 + dice.below(4))
        if concluded <= BILAN:
            story.say("evaluation.conclude", at(concluded, 17), evaluation=evaluation, outcome="other")


WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def services(story):
    """What people are offered besides a place, engagement by engagement, with what the bilan tells of each."""

    def service(id, kind, opened, name, **params):
        story.say("service.open", opened, service=id, kind=kind, name=name, **params)

    def capacity(id, day, places):
        story.say("service.set_capacity", day, service=id, places=places)

    def staff(id, day, role, **numbers):
        story.say("service.set_staffing", day, service=id, role=role, **numbers)

    def schedule(id, day, last, **hours):
        story.say("service.set_schedule", day, service=id, days=WEEK[:WEEK.index(last) + 1], **hours)

    def spaces(id, day, *places, **params):
        for place in places:
            story.say("service.add_site", day, service=id, place=place, **params)

    # 1: The DEMIE. Those it has evaluated are in `evaluations`.
    began, doubled = date(2016, 1, 1), date(2017, 1, 1)
    service("demie", "evaluation", began, "Dispositif d'évaluation des mineurs isolés étrangers (DEMIE)",
            operators=["croix-rouge"], audience="unaccompanied_minors", commune=PARIS)
    staff("demie", began, "psychologist", posts=1)
    staff("demie", began, "nurse", posts=1)
    staff("demie", began, "team", fte="10.7")
    staff("demie", doubled, "team", fte="22.8")
    schedule("demie", began, "fri")
    schedule("demie", doubled, "sat")
    spaces("demie", doubled, "espace-accueil", "espace-evaluation")
    spaces("demie", doubled, "poste-avance", site="cpa-ney")
    service("demie-poste-avance", "evaluation", doubled, "Poste avancé du DEMIE, porte de la Chapelle",
            operators=["croix-rouge"], sites=["cpa-ney"], audience="unaccompanied_minors", commune=PARIS,
            arrondissement=18)
    staff("demie-poste-avance", doubled, "evaluator", posts=2, fte="3")
    schedule("demie-poste-avance", doubled, "fri")
    service("plateforme-jie", "follow_up", LATELY, "Plateforme d'accompagnement des jeunes isolés étrangers",
            audience="young_adults", age_min=17, age_max=21)
    capacity("plateforme-jie", LATELY, 96)

    # 2
    service("suivi-hotel-crf", "follow_up", date(2015, 11, 1), "Suivi des femmes isolées et familles à l'hôtel",
            operators=["croix-rouge"], audience="families")

    # 3: The UASA was there before; the first day of this story stands for that.
    service("uasa", "outreach_team", date(2015, 6, 1), "Unité d'assistance aux sans-abris (UASA)", operators=CITY)
    staff("uasa", date(2015, 11, 1), "translator")
    staff("uasa", date(2016, 5, 1), "coordinator", posts=1)
    service("equipe-dediee", "outreach_team", date(2016, 2, 1), "Équipe d'intervention dédiée",
            operators=["emmaus-solidarite", "ftda"])
    story.say("service.set_operator", date(2017, 2, 1), service="equipe-dediee", operators=["ftda"])

    # 4
    service("permanences-resome", "legal", LATELY, "Permanences d'accès aux droits des étudiants migrants",
            operators=["resome"], commune=PARIS)

    # 5
    service("pole-accueil", "reception", CPA_OPENED, "Pôle accueil du centre de premier accueil",
            operators=["emmaus-solidarite"], partners=["ofii", "gip-his"], sites=["cpa-ney"], commune=PARIS,
            arrondissement=18)
    schedule("pole-accueil", CPA_OPENED, "sun", opens="08:00", closes="20:00")
    service("pole-sante-ney", "health", CPA_OPENED, "Pôle santé du centre de premier accueil", operators=["ssp"],
            partners=["ars", "mdm", "empp"], sites=["cpa-ney"], commune=PARIS, arrondissement=18)
    service("pole-sante-ivry", "health", IVRY_OPENED, "Pôle santé du centre d'Ivry", operators=["ssp"],
            partners=["ars", "mdm", "empp"], sites=["chu-ivry"], commune="94041")
    service("pole-enseignement", "teaching", CPA_OPENED, "Pôle enseignement", partners=["casnav-75", "casnav-94"])

    # 6
    service("cms", "health", LATELY, "Offre de soins et de prévention des centres municipaux de santé",
            operators=CITY, commune=PARIS)
    for id, name in [("rattrapage-vaccinal", "Rattrapage vaccinal"), ("analyses", "Analyses médicales"),
                     ("depistage-ist", "Dépistage des IST"), ("depistage-tuberculose", "Dépistage de la tuberculose")]:
        service(f"cms-{id}", "health", LATELY, name, operators=["cms-paris"], commune=PARIS)
    service("accueil-belleville", "health", LATELY, "Accueil spécifique du centre médico-social de Belleville",
            commune=PARIS)
    service("infirmiers-chu", "health", LATELY, "Diagnostics infirmiers dans les CHU migrants", operators=["ssp"],
            partners=["ars"])
    service("pass-psychiatrique", "health", LATELY, "PASS psychiatrique")
    service("empp", "health", LATELY, "Équipes mobiles de psychiatrie précarité (EMPP)")

    # 8
    service("parcours-linguistiques", "language", date(2015, 6, 1), "Parcours linguistiques à visée professionnelle",
            partners=["fse"])
    capacity("parcours-linguistiques", date(2015, 6, 1), 300)
    capacity("parcours-linguistiques", doubled, 500)
    service("permanence-cefil", "language", date(2016, 5, 1), "Permanence d'accueil linguistique du CEFIL",
            operators=["cefil"])
    service("permanence-alpha-choisy", "language", date(2016, 5, 1), "Permanence d'accueil linguistique Alpha-Choisy",
            operators=["alpha-choisy"])
    service("modules-francais", "language", date(2016, 9, 1), "Modules d'apprentissage du français en centre",
            partners=[f"association-francais-{number:02}" for number in range(1, 13)])
    service("ateliers-socio-linguistiques", "language", LATELY, "Ateliers socio-linguistiques", partners=["ofii"])
    service("garantie-jeunes-refugies", "employment", LATELY, "Garantie Jeunes Réfugiés",
            operators=["mission-locale"], age_min=16, age_max=25)
    service("diagnostics-pole-emploi", "employment", LATELY, "Conseillers de Pôle emploi dans les centres",
            operators=["pole-emploi"])
    service("afpa", "training", LATELY, "Expérimentation AFPA : hébergement, langue et métier", operators=["afpa"])
    capacity("afpa", LATELY, 100)
    service("fntp", "training", LATELY, "Formation de coffreurs-bancheurs", operators=["fntp"])
    capacity("fntp", LATELY, 28)
    service("siae", "employment", doubled, "Postes en structures de l'insertion par l'activité économique")
    capacity("siae", doubled, 200)
    service("fsgt-multisport", "sport", LATELY, "Séances multisport", operators=["fsgt"])
    service("ideas-box", "culture", LATELY, "Ideas-box", sites=["chu-jean-quarre"], commune=PARIS, arrondissement=19)
    service("ateliers-beaux-arts", "culture", LATELY, "Ateliers Beaux-Arts", operators=CITY)
    service("une-image-pour-un-accueil", "culture", LATELY, "Une image pour un accueil", sites=["cpa-ney"],
            commune=PARIS, arrondissement=18)

    # 9
    service("jeunes-majeurs-scolarises", "teaching", LATELY, "Jeunes majeurs isolés étrangers scolarisés",
            operators=["etat", "ville-paris", "rectorat"], audience="young_adults")
    capacity("jeunes-majeurs-scolarises", LATELY, 100)
    service("ecole-ivry", "teaching", IVRY_OPENED, "Classes du centre d'Ivry", partners=["casnav-75", "casnav-94"],
            sites=["chu-ivry"], commune="94041")
    spaces("ecole-ivry", IVRY_OPENED, "classe-1", "classe-2", "classe-3", "classe-4", site="chu-ivry")
    staff("ecole-ivry", IVRY_OPENED, "teacher_fle", posts=4)
    staff("ecole-ivry", IVRY_OPENED, "coordinator", posts=1)
    for subject in ("music", "arts", "sport"):
        staff("ecole-ivry", IVRY_OPENED, f"teacher_{subject}")
    service("maison-initiatives-etudiantes", "support", LATELY, "Maison des initiatives étudiantes", operators=CITY)

    # 10 to 12 and 17
    service("plateforme-coordination", "support", date(2015, 9, 15), "Plateforme de coordination de l'accueil",
            operators=CITY)
    service("accompagnement-unis-cite", "follow_up", date(2016, 10, 1), "Accompagnement par Unis-Cité",
            operators=["unis-cite"])
    service("louez-solidaire-refugies", "housing", LATELY, "Louez solidaire pour les réfugiés statutaires",
            audience="single_men")
    service("calm", "housing", LATELY, "Comme à la maison (CALM)", operators=["singa"], partners=["groupe-sos"])
    service("plateforme-diocese", "support", LATELY, "Plateforme des paroisses et congrégations",
            operators=["diocese-paris"])
    service("suivi-journalistes", "follow_up", date(2016, 1, 1), "Accompagnement par la Maison des journalistes",
            operators=["maison-des-journalistes"])
    service("pause", "research", LATELY, "Accueil en urgence des scientifiques en exil (PAUSE)", operators=["etat"],
            partners=["college-de-france", "ville-paris"])


def acts(story, dice):
    """What the services have done: totals are the bilan's, the days between are drawn; some it gives no number for."""

    def act(id, kind, when, **params):
        story.say("service.record_act", when, service=id, kind=kind, **params)

    def spread(id, kind, people, when, weight=lambda: 1, **params):
        for moment, headcount in zip(when, share(people, [weight() for _ in when])):
            if headcount:
                act(id, kind, moment, headcount=headcount, **params)

    def evenings(first, last, step=1):
        return [at(day, 20) for day in days(first, last)[::step]]

    def around(middle):
        return lambda: middle + dice.below(middle)

    health = "pole-sante-ney"
    spread(health, "nurse_assessment", 2354, evenings(CPA_OPENED, BILAN), around(20), provider="ssp")
    spread(health, "medical_consultation", 1950, evenings(CPA_OPENED, BILAN), around(20), provider="mdm")
    mdm, empp = share(335, [3, 2])
    spread(health, "psychological_consultation", mdm, evenings(CPA_OPENED, BILAN, 7), around(9), provider="mdm")
    spread(health, "psychological_consultation", empp, evenings(CPA_OPENED, BILAN, 7), around(9), provider="empp")
    act(health, "referral", LATELY, to="pass")
    act(health, "referral", LATELY, to="cms")
    act("infirmiers-chu", "nurse_assessment", LATELY, provider="ssp")

    spread("suivi-hotel-crf", "enrolment", 561, months(date(2015, 11, 1), BILAN), around(10))
    spread("diagnostics-pole-emploi", "job_diagnosis", 118,
           [moment for moment in evenings(LATELY, BILAN) if moment.weekday() < 5], around(5))
    act("garantie-jeunes-refugies", "enrolment", LATELY, headcount=22)
    # «Près de 600»: a little fewer.
    spread("accompagnement-unis-cite", "accompaniment", 594, months(date(2016, 10, 1), BILAN), around(5))
    spread("suivi-journalistes", "follow_up", 60, months(date(2016, 1, 1), date(2016, 12, 31)))
    spread("suivi-journalistes", "follow_up", 15, months(date(2017, 1, 1), BILAN))
    meetings = [date(2015, 9, 15), date(2015, 10, 8), date(2016, 2, 19), date(2016, 10, 14), date(2017, 3, 10)]
    spread("plateforme-coordination", "enrolment", 600, meetings, around(10))


def volunteers(story, dice):
    """Engagement 11, in anonymous groups: 21 000 on jemengage.paris.fr, 500 at the CPA, 830 in the 246 actions of two
    organisations that bring volunteers to 23 others, and 30 in civic service, 10 of them refugees."""

    def group(id, when, headcount, **params):
        story.say("volunteer.register", when, volunteer=id, headcount=headcount, **params)

    def mission(id, when, **params):
        story.say("volunteer.open_mission", when, mission=id, **params)

    def sign_up(id, volunteer, when):
        story.say("volunteer.sign_up", when, mission=id, volunteer=volunteer)

    def attend(id, volunteer, when, minutes):
        story.say("volunteer.attend", when, mission=id, volunteer=volunteer, minutes=minutes)

    firsts = months(date(2015, 10, 1), BILAN)
    for first, people in zip(firsts, share(21000, range(10, 10 + len(firsts)))):
        group(f"v-jemengage-{first:%Y-%m}", first, people, channel="jemengage")

    # A shift every Saturday, by those who are new and those of the week before.
    saturdays = [day for day in days(CPA_OPENED, BILAN) if day.weekday() == 5]
    before = None
    for number, (day, people) in enumerate(zip(saturdays, share(500, [20 + dice.below(9) for _ in saturdays])), 1):
        id, new, eve = f"m-ney-{number:02}", f"v-ney-{number:02}", day - timedelta(2)
        organisation = ["utopia-56", "emmaus-solidarite"][number % 2]
        group(new, at(eve, 9), people, organisation=organisation)
        mission(id, at(eve, 10), organisation=organisation, site="cpa-ney", starts=story.written(at(day, 13)),
                ends=story.written(at(day, 17)), seats=80)
        for minute, volunteer in enumerate([new] + [before] * (before is not None)):
            sign_up(id, volunteer, at(eve, 11, minute))
            attend(id, volunteer, at(day, 17, 1 + minute), 240)
        story.say("volunteer.close_mission", at(day, 18), mission=id)
        before = new

    # 246 actions with 23 associations and 830 volunteers: nobody is counted twice, so that parts add up.
    bringing = {"passerelles-et-competences": ("skills", ["emmaus-solidarite"], 9, 96, 240),
                "benenova": ("citizen", ["utopia-56"], 12, 150, 590)}
    for partner, (kind, named, others, actions, people) in bringing.items():
        short = partner.split("-")[0]
        associations = named + [f"association-{short}-{number + 1:02}" for number in range(others)]
        for number, headcount in enumerate(share(people, [2 + dice.below(3) for _ in range(actions)])):
            day = date(2015, 10, 12) + timedelta(number * 520 // actions)
            id, volunteer = f"m-{short}-{number + 1:03}", f"v-{short}-{number + 1:03}"
            organisation = associations[number % len(associations)]
            group(volunteer, at(day, 9), headcount, kind=kind, channel=partner, organisation=organisation)
            mission(id, at(day, 9, 30), partner=partner, organisation=organisation)
            sign_up(id, volunteer, at(day, 10))
            attend(id, volunteer, at(day, 17), 60 * (2 + dice.below(5)))
            story.say("volunteer.close_mission", at(day, 18), mission=id)

    for organisation, young, refugees in [("singa", 6, 3), ("groupe-sos", 5, 3), ("armee-du-salut", 5, 2),
                                          ("aurore", 4, 2)]:
        civic = {"kind": "civic_service", "channel": "unis-cite", "organisation": organisation}
        group(f"v-unis-cite-{organisation}", date(2016, 10, 1), young, **civic)
        group(f"v-unis-cite-{organisation}-refugees", date(2016, 10, 1), refugees, refugee=True, **civic)


def story():
    story = Story("paris", in_paris)
    sites(story)
    grants(story)
    shelter_operations(story, Dice(1))
    cpa(story, Dice(2))
    reception_desk(story, Dice(3))
    ivry(story, Dice(4))
    bourg_la_reine_and_lima(story, Dice(5))
    fund(story, Dice(6))
    collections(story, Dice(7))
    in_care(story, Dice(8))
    journalists_and_families(story, Dice(9))
    services(story)
    evaluations(story, Dice(10))
    acts(story, Dice(11))
    volunteers(story, Dice(12))
    adopt(story)
    reach_milestones(story)
    state_figures(story)
    return story.lines()


def figures(requests):
    """What the lines add up to, and what the bilan says, in its own words; nothing here comes from the story above."""
    of = defaultdict(list)
    for request in requests:
        params = dict(request["params"])
        params["day"] = date.fromisoformat(params["time"][:10])
        of[request["method"]].append(params)

    def people(party):
        return party.get("adults", 1) + party.get("children", 0)

    ended = {end["placement"]: end for end in of["placement.end"]}

    def there(site, day):
        return [stay for stay in of["placement.start"] if stay["site"] == site and stay["day"] <= day
                and not (stay["placement"] in ended and ended[stay["placement"]]["day"] <= day)]

    def came(site, first, last):
        return [stay for stay in of["placement.start"] if stay["site"] == site and first <= stay["day"] <= last]

    def capacity(site, day):
        return [each["places"] for each in of["site.set_capacity"] if each["site"] == site and each["day"] <= day][-1]

    plans = {plan["operation"]: plan for plan in of["operation.plan"]}

    def operations(kind, first, last):
        done = [plans[each["operation"]] | each for each in of["operation.carry_out"] if first <= each["day"] <= last]
        return [each for each in done if each["kind"] == kind]

    def met(operations):
        return sum(entry["people"] for each in operations for entry in each["headcount"])

    shelter = operations("shelter", date(2015, 6, 1), CPA_OPENED)
    yield "30 opérations de mise à l'abri", len(shelter), 30
    yield "pour 23 000 personnes", met(shelter), 23000
    in_18th = [each for each in shelter if (each["commune"], each["arrondissement"]) == ("75056", 18)]
    yield "80% dans le 18ème", met(in_18th) * 100, met(shelter) * 80
    yield "associant la Ville, la Préfecture, l'OFII, l'OFPRA, Emmaüs Solidarité, FTDA, SSP", \
        sorted({partner for each in shelter for partner in each["partners"]}), \
        ["emmaus-solidarite", "ftda", "ofii", "ofpra", "prefecture-idf", "ssp", "ville-paris"]
    outreach = operations("outreach", CPA_OPENED, BILAN)
    yield "25 opérations d'aller vers", len(outreach), 25
    yield "plus de 1 500 personnes", met(outreach), 1530
    yield "en lien avec le CPA", {each["site"] for each in outreach}, {"cpa-ney"}

    men = came("cpa-ney", CPA_OPENED, BILAN)
    yield "10 novembre 2016 : ouverture", [each["time"] for each in of["site.open"] if each["site"] == "cpa-ney"], \
        ["2016-11-10"]
    yield "un pôle hébergement pour 400 hommes isolés", capacity("cpa-ney", BILAN), 400
    yield "durée de séjour : 5 à 10 jours", [(each["days_min"], each["days_max"]) for each in of["site.set_stay_target"]
                                            if each["site"] == "cpa-ney"], [(5, 10)]
    yield "5 379 hommes célibataires hébergés", len({stay["person"] for stay in men}), 5379
    yield "5 379 hommes, un séjour chacun", sum(people(stay) for stay in men), 5379
    yield "hommes célibataires", {stay["audience"] for stay in men}, {"single_men"}
    ways = Counter(ended[stay["placement"]]["destination"] for stay in men if stay["placement"] in ended)
    lost = ways.pop("unknown_departure")
    yield "3 956 sortis via une orientation en structure adaptée", sum(ways.values()), 3956
    yield "en structure adaptée", sorted(ways), ["CADA", "CAO", "CHU", "HUDA"]
    yield "5 379 − 3 956 : ni orientés ni présents", lost, 5379 - 3956 - len(there("cpa-ney", BILAN))
    nights = [len(there("cpa-ney", day)) for day in days(CPA_OPENED, BILAN)]
    yield "jamais plus de 400 présents", max(nights) <= 400, True
    yield "presque plein depuis la mi-décembre", min(nights[(date(2016, 12, 16) - CPA_OPENED).days:]) >= 380, True
    yield "5 à 10 jours en moyenne", 5 <= sum(nights) / len(men) <= 10, True
    present = Counter(stay["nationality"] for stay in there("cpa-ney", date(2017, 3, 9)))
    all_present = sum(present.values())

    def percent(count):
        return (count * 200 + all_present) // (all_present * 2)

    named = ["AFG", "SDN", "SOM", "ERI", "ETH"]
    yield "40 % d'afghans, 27 % de soudanais, 8 % de somaliens, 7 % d'érythréens, 5 % d'éthiopiens", \
        [percent(present[code]) for code in named], [40, 27, 8, 7, 5]
    yield "13 % d'autres nationalités", percent(all_present - sum(present[code] for code in named)), 13

    asked = {each["request"]: each for each in of["placement.request"] if each["site"] == "cpa-ney"}
    closed = of["placement.close_request"]
    oriented = [asked[each["request"]] | each for each in closed if each["outcome"] == "oriented"]
    minors = [each for each in oriented if each["audience"] == "unaccompanied_minors"]
    women = [each for each in oriented if each["audience"] != "unaccompanied_minors"]
    yield "691 femmes seules et familles orientées", sum(map(people, women)), 691
    yield "1 497 jeunes se déclarant mineur", sum(map(people, minors)), 1497
    yield "vers la protection de l'enfance", {each["destination"] for each in minors}, {"child_protection"}
    yield "aucune demande sans réponse", len(asked), len(oriented)

    counted_on = date(2017, 3, 20)
    yield "400 personnes vulnérables", capacity("chu-ivry", counted_on), 400
    yield "431 personnes accueillies depuis le 17 janvier", \
        sum(map(people, came("chu-ivry", date(2017, 1, 17), counted_on))), 431
    yield "320 personnes présentes le 20 mars 2017", sum(map(people, there("chu-ivry", counted_on))), 320
    mothers = came("chu-bourg-la-reine", date(2016, 1, 1), date(2016, 12, 31))
    yield "40 mères", sum(stay.get("adults", 1) for stay in mothers), 40
    yield "58 enfants", sum(stay.get("children", 0) for stay in mothers), 58
    yield "98 personnes, toutes en 2016", sum(map(people, came("chu-bourg-la-reine", date.min, BILAN))), 98
    yield "50 femmes enceintes et femmes avec enfants", max(
        sum(map(people, there("chu-bourg-la-reine", day))) for day in days(date(2016, 2, 1), BILAN)) <= 50, True
    yield "25 personnes en familles", sum(map(people, there("chu-lima-14", BILAN))), 25

    opened = {each["site"]: each for each in of["site.open"]}
    named = ["chu-bourg-la-reine", "chu-coustou", "chu-forges-les-bains", "chu-ivry", "chu-jean-quarre", "chu-lima-14",
             "cpa-ney"]
    yield "exemples de sites d'accueil", [site for site in named if site in opened], named
    yield "1 484 places d'hébergement pour les migrants à Paris", sum(
        capacity(site, BILAN) for site, each in opened.items()
        if each.get("commune") == "75056" and each["kind"] in ("CPA", "CHU")), 1484
    yield "1 900 places dans le domaine intercalaire", capacity("intercalaire-paris", BILAN), 1900
    yield "70 places en janvier 2016 à 241 en mars 2017", \
        [capacity("mna-mise-a-l-abri", day) for day in (date(2016, 1, 31), date(2017, 2, 28), BILAN)], [70, 70, 241]
    yield "95 places en juillet 2015 à 150 en août 2016", \
        [capacity("mna-accueil-temporaire", date(*day)) for day in ((2015, 7, 31), (2016, 7, 31), (2016, 8, 31))], \
        [95, 95, 150]
    yield "centre Charles Godon pour 30 jeunes", capacity("charles-godon", BILAN), 30

    themes, countries = Counter(), set()
    for grant in of["donation.award_grant"]:
        themes[grant["theme"]] += grant.get("amount", 0)
        countries |= set(grant.get("countries", []))
    humanitarian = [each for each in of["donation.award_grant"] if each["theme"] == "humanitarian-aid"]
    yield "9 projets", len(humanitarian), 9
    yield "en Irak, Syrie, Liban, Cameroun, Nigéria", countries, {"IRQ", "SYR", "LBN", "CMR", "NGA"}
    yield "470 000 €", themes["humanitarian-aid"], 470_000_00
    yield "25 000 € dédiés à SOS Méditerranée", themes["sea-rescue"], 25_000_00
    yield "près de 1 140 000 € d'aide d'urgence", sum(
        themes[theme] for theme in ("humanitarian-aid", "sea-rescue", "emergency-aid-not-itemised")), 1_140_000_00

    fund, = of["donation.open_fund"]
    yield "plateforme de dons du 10 septembre 2015", fund["day"], date(2015, 9, 10)
    yield "l'accueil, les conditions de vie, l'implication locale, les espaces d'échange", \
        {each["purpose"] for each in of["donation.allocate"]}, set(fund["purposes"])
    yield "quatre affectations", len(fund["purposes"]), 4
    yield "un remboursement", len(of["donation.refund"]), 1
    collecting = [each for each in of["collection.open_point"] if each["operators"] == ["ville-paris"]]
    yield "lieux de collecte dans la plupart des arrondissements", \
        len({each["arrondissement"] for each in collecting}), 15
    yield "mécénat d'entreprise de biens prioritaires", \
        {each["point"] for each in of["collection.receive"] if each["donor_kind"] == "company"}, {"vestiaire-ney"}


def faults(requests):
    """What would have the register refuse a line: out of order, out of room, out of goods, out of money."""
    stock, held, placed, sites, full = Counter(), 0, {}, Counter(), {}
    before = ""
    for request in requests:
        params, method, now = request["params"], request["method"], request["params"]["time"]
        where = f"line {request['id']}: {method}"
        if now[:16] < before and method != "plan.reach_milestone":
            yield f"{where} happened before the line above it"
        before = max(before, now[:16])
        if method == "site.set_capacity":
            full[params["site"]] = params["places"]
        elif method == "placement.start":
            size = params.get("adults", 1) + params.get("children", 0)
            placed[params["placement"]] = (params["site"], size)
            sites[params["site"]] += size
            if sites[params["site"]] > full[params["site"]]:
                yield f"{where} finds {params['site']} full"
        elif method == "placement.end":
            site, size = placed.pop(params["placement"])
            sites[site] -= size
        elif method in ("donation.receive", "donation.allocate", "donation.refund"):
            held += params["amount"] if method == "donation.receive" else -params["amount"]
            if held < 0:
                yield f"{where} overdraws the fund"
        elif method.startswith("collection.") and "quantity" in params and "need" not in params:
            goods = params["point"], params.get("category", "unsorted")
            if method == "collection.count":
                stock[goods] = params["quantity"]
            else:
                stock[goods] += params["quantity"] if method == "collection.receive" else -params["quantity"]
            if "into" in params:
                stock[params["point"], params["into"]] += params["quantity"]
            if "to_point" in params:
                stock[params["to_point"], params["category"]] += params["quantity"]
            if stock[goods] < 0:
                yield f"{where} takes what is not there"


def check(path, list_path):
    with open(path, encoding="utf-8") as file:
        requests = [json.loads(line) for line in file]
    for fault in faults(requests):
        sys.exit(f"{path}: {fault}")
    count = 0
    for quote, found, told in list(figures(requests)) + list(listed_figures(requests, list_path, BILAN)):
        if found != told:
            sys.exit(f"{path}: « {quote} »: the lines give {found}, the bilan {told}")
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

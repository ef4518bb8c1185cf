"""A second, small reading of the examples: what the lines add up to, asked as the register is asked.

It knows the queries as far as the examples' calculations use them, goes through all lines for each, and shares nothing
with the register: where the two agree, both have read the lines right. Nothing in here comes from the stories either.
"""
import csv
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from functools import lru_cache

from plan import stated

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def corrected(requests):
    """The commands as they stand once what was voided is left out, and what was corrected is put right."""
    standing = {request["id"]: request for request in requests}
    for request in requests:
        params = request["params"]
        if request["method"] == "event.void":
            del standing[params["sequence"]]
        elif request["method"] == "event.correct":
            wrong = standing[params["sequence"]]
            right = {name: value for name, value in wrong["params"].items() if name not in params.get("unset", [])}
            right |= params.get("set", {}) | ({"time": params["happened"]} if "happened" in params else {})
            standing[params["sequence"]] = wrong | {"params": right}
    return list(standing.values())


def people(party):
    return party.get("adults", 1) + party.get("children", 0)


def listed_figures(requests, path, day):
    """For each figure in a list: its name, what the lines say and add up to, and what the list demands."""
    lines, commands = Reading(requests), defaultdict(dict)
    for request in requests:
        commands[request["method"]].setdefault(request["params"].get("indicator"), request["params"])
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            id, calculation = row["id"], commands["plan.define_indicator"][row["id"]].get("calculation")
            figure = lines.figure(calculation, day) if calculation else None
            wanted = row["expected"] if "-" in row["expected"] else row["expected"] and Fraction(row["expected"])
            yield f"{id} {row['subject_fr']}", str(figure) if isinstance(figure, date) else figure, wanted or None
            yield f"{id} unit", commands["plan.define_indicator"][id]["unit"], row["code"]
            yield f"{id} origin", "computed" if calculation else "recorded", row["origin"]
            said = commands["plan.measure_indicator"][id]
            said = {name: said[name] for name in ("value", "value_max", "precision") if name in said}
            yield f"{id} as stated", said, stated(row["figure"], row["code"])


class Reading:
    def __init__(self, requests):
        self.of = defaultdict(list)
        for request in corrected(requests):
            params = dict(request["params"])
            params["day"] = date.fromisoformat(params["time"][:10])
            self.of[request["method"]].append(params)
        later = defaultdict(list)
        for each in self.of["placement.transfer"] + self.of["placement.end"]:
            later[each["placement"]].append(each)
        self.all_stays = [stay for start in self.of["placement.start"]
                          for stay in self.stays_of(start, later[start["placement"]])]

    @staticmethod
    def stays_of(start, later):
        """A placement is one stay, and one more on each site that it is transferred to."""
        stay = start | {"left": None, "continues": False, "transferred": False}
        for each in sorted(later, key=lambda each: each["day"]):
            if "destination" in each:
                stay |= {"left": each["day"], "destination": each["destination"]}
            else:
                yield stay | {"left": each["day"], "transferred": True}
                stay |= {"site": each["site"], "day": each["day"], "continues": True}
        yield stay

    def figure(self, calculation, day):
        """A number, a day, or nothing where the day of a term has not come."""
        def found(terms):
            values = []
            for term in terms:
                params = dict(term.get("params", {}))
                as_of = date.fromisoformat(params.pop("as_of")) if "as_of" in params else day
                if as_of > day:
                    return None
                answer = getattr(self, term["method"].removeprefix("query."))(as_of, **{
                    "from_" if name == "from" else name: value for name, value in params.items()})
                values.append((-1 if term.get("minus") else 1, walk(answer, term["path"])))
            if any(isinstance(value, date) for _, value in values):
                return values[0][1]
            return sum((sign * value for sign, value in values), Fraction(0))

        above, below = found(calculation["sum"]), found(calculation["per"]) if "per" in calculation else 1
        if above is None or isinstance(above, date) or not below:
            return above if isinstance(above, date) else None
        scale = 10 ** calculation.get("decimals", 0)
        value = above / below * Fraction(calculation.get("factor", "1")) * scale
        return Fraction((2 * value.numerator + value.denominator) // (2 * value.denominator), scale)

    def until(self, method, as_of, from_=None, to=None, **fields):
        """Events up to a day, in a period, whose fields have these values; a field not asked for is `None`."""
        first, last = day_of(from_) or date.min, min(day_of(to) or as_of, as_of)
        return [each for each in self.of[method] if first <= each["day"] <= last
                and all(value is None or each.get(name) == value for name, value in fields.items())]

    def latest(self, method, as_of, preset=None, **fields):
        """The latest that was set, by the day from which it holds."""
        found = [each for each in self.of[method] if effective(each) <= as_of
                 and all(each.get(name) == value for name, value in fields.items())]
        return sorted(found, key=effective)[-1] if found else preset

    # MARK: Sites and placements

    def sites(self, as_of, site=None, kind=None, commune=None):
        for each in self.until("site.open", as_of, site=site, kind=kind, commune=commune):
            audiences = sorted({entry["audience"] for entry in self.of["site.set_capacity"]
                                if entry["site"] == each["site"]})
            set_ = [self.latest("site.set_capacity", as_of, {"places": 0}, site=each["site"], audience=audience)
                    for audience in audiences]
            is_open = not self.until("site.close", as_of, site=each["site"])
            operators = self.latest("site.set_operator", as_of, each, site=each["site"]).get("operators", [])
            yield each | {"open": is_open, "operators": operators,
                          "places": sum(entry["places"] for entry in set_) if is_open else 0}

    def begun(self, as_of, site=None, audience=None):
        return [stay for stay in self.all_stays if stay["day"] <= as_of and site in (None, stay["site"])
                and audience in (None, stay["audience"])]

    def stays(self, as_of, site=None):
        rows = []
        for each in self.sites(as_of, site):
            stays = self.begun(as_of, each["site"])
            lengths = [(min(stay["left"] or as_of, as_of) - stay["day"]).days * people(stay) for stay in stays]
            everybody = sum(map(people, stays))
            target = self.latest("site.set_stay_target", as_of, {}, site=each["site"])
            if stays:
                rows.append({"site": each["site"], "target_min": target.get("days_min"),
                             "target_max": target.get("days_max"), "stays": len(stays), "people": everybody,
                             "days_mean_tenths": (sum(lengths) * 20 + everybody) // (everybody * 2)})
        return {"rows": rows}

    def present(self, as_of, site):
        return [stay for stay in self.begun(as_of, site) if stay["left"] is None or stay["left"] > as_of]

    def occupancy(self, as_of, by=None, **which):
        rows, shares = [], Counter()
        for site in self.sites(as_of, **which):
            present = self.present(as_of, site["site"])
            for stay in present if by else []:
                shares[stay.get(by, "UNK")] += people(stay)
            rows.append(site | {"occupied": sum(map(people, present))})
        return {"places": sum(row["places"] for row in rows), "occupied": sum(row["occupied"] for row in rows),
                "rows": rows, "breakdown": [{"key": key, "people": count} for key, count in shares.items()]}

    def occupancy_series(self, as_of, from_, site):
        return {"days": [{}] * ((as_of - day_of(from_)).days + 1)}

    def flows(self, as_of, from_=None, to=None, site=None, audience=None, by=None):
        first, last = day_of(from_) or date.min, min(day_of(to) or as_of, as_of)
        rows, stays = defaultdict(Counter), self.begun(as_of, site, audience)
        came = [stay for stay in stays if first <= stay["day"] <= last and not stay["continues"]]
        for stay in came:
            rows[stay.get(by) if by != "destination" else None]["arrivals"] += people(stay)
        for stay in stays:
            if stay["left"] and first <= stay["left"] <= last:
                rows[stay.get(by)]["transfers_out" if stay["transferred"] else "departures"] += people(stay)
            if stay["continues"] and first <= stay["day"] <= last:
                rows[stay.get(by) if by != "destination" else None]["transfers_in"] += people(stay)
        asked = {each["request"]: each for each in self.until("placement.request", as_of, site=site, audience=audience)}
        for request in asked.values():
            if first <= request["day"] <= last:
                rows[request.get(by)]["requests"] += people(request)
        for closing in self.until("placement.close_request", as_of, from_, to, outcome="oriented"):
            if closing["request"] in asked:
                request = asked[closing["request"]]
                rows[(request | closing).get(by)]["oriented"] += people(request)
        return dict(sum(rows.values(), Counter())) | {
            "adults": sum(stay.get("adults", 1) for stay in came),
            "children": sum(stay.get("children", 0) for stay in came), "placements": len(came),
            "persons": len({stay["person"] for stay in came if "person" in stay}),
            "rows": [{"key": key} | counts for key, counts in rows.items() if key]}

    def requests(self, as_of, site=None):
        closed = {each["request"] for each in self.until("placement.close_request", as_of)}
        waiting = [each for each in self.until("placement.request", as_of, site=site) if each["request"] not in closed]
        return {"total": len(waiting), "people": sum(map(people, waiting))}

    def evaluations(self, as_of, from_=None, to=None, site=None, service=None, by=None):
        asked = {each["evaluation"]: each
                 for each in self.until("evaluation.request", as_of, site=site, service=service)}
        first, last = day_of(from_) or date.min, min(day_of(to) or as_of, as_of)

        def count(method, key=None):
            counts = Counter()
            for each in self.until(f"evaluation.{method}", as_of, from_, to):
                if each["evaluation"] in asked:
                    counts[each.get(key)] += asked[each["evaluation"]].get("headcount", 1)
            return counts

        outcomes = count("conclude", "outcome")
        ended = {each["evaluation"]: each["day"] for each in self.until("evaluation.conclude", as_of)}
        waiting = [each for each in asked.values()
                   if each["day"] <= last and ended.get(each["evaluation"], date.max) > last]
        days = sum((ended[id] - each["day"]).days * each.get("headcount", 1) for id, each in asked.items()
                   if id in ended and first <= ended[id] <= last)
        concluded = sum(outcomes.values())

        def norm(service):
            return self.latest("evaluation.set_norm", as_of, {"days": 5}, service=service)["days"]

        return {"requested": sum(count("request").values()), "sheltered": sum(count("shelter").values()),
                "concluded": concluded, "minors": outcomes["minor"], "adults": outcomes["adult"],
                "referred": sum(count("refer").values()),
                "waiting": sum(each.get("headcount", 1) for each in waiting),
                "waiting_beyond_norm": sum(each.get("headcount", 1) for each in waiting
                                           if (last - each["day"]).days > norm(each.get("service"))),
                "days_mean_tenths": (days * 20 + concluded) // (concluded * 2) if concluded else 0}

    # MARK: Operations, money and goods

    def operations(self, as_of, from_=None, to=None, kind=None, site=None, by=None):
        plans = {plan["operation"]: plan for plan in self.until("operation.plan", as_of)}
        met, rows, partners, placed = 0, Counter(), set(), 0
        done = [plans[each["operation"]] | each for each in self.until("operation.carry_out", as_of, from_, to)]
        done = [each for each in done if kind in (None, each["kind"]) and (
            site in (None, each.get("site")) or site in [entry.get("site") for entry in each.get("destinations", [])])]
        for each in done:
            headcount = sum(entry["people"] for entry in each["headcount"])
            met += headcount
            placed += sum(entry["people"] for entry in each.get("destinations", []))
            partners |= set(each.get("partners", []))
            rows["-".join(str(each[name]) for name in ("commune", "arrondissement") if name in each)] += headcount
        return {"carried_out": len(done), "people": met, "placed": placed, "not_placed": met - placed,
                "partners": sorted(partners),
                "rows": [{"key": key, "people": count} for key, count in rows.items()]
                if by == "arrondissement" else []}

    def donations(self, as_of, from_=None, to=None, fund=None, by=None):
        def amounts(method, **fields):
            return sum(each["amount"] for each in self.until(f"donation.{method}", as_of, from_, to, **fields))

        purposes = Counter()
        for each in self.until("donation.allocate", as_of, from_, to, fund=fund):
            purposes[each["purpose"]] += each["amount"]
        gifts = {each["donation"]: each["fund"] for each in self.of["donation.receive"]}
        rows = []
        for each in self.until("donation.open_fund", as_of, fund=fund):
            id = each["fund"]
            refunded = sum(entry["amount"] for entry in self.until("donation.refund", as_of, from_, to)
                           if gifts[entry["donation"]] == id)
            rows.append({"fund": id, "open": not self.until("donation.close_fund", as_of, fund=id),
                         "pledged": amounts("pledge", fund=id), "received": amounts("receive", fund=id),
                         "refunded": refunded, "allocated": amounts("allocate", fund=id),
                         "donations": len(self.until("donation.receive", as_of, from_, to, fund=id))})
        return {"funds": rows, "rows": [{"key": key, "amount": amount} for key, amount in purposes.items()]
                if by == "purpose" else []}

    def grants(self, as_of, from_=None, to=None, theme=None, beneficiary=None, payer=None, country=None):
        awarded = [each for each in self.until("donation.award_grant", as_of, from_, to, theme=theme,
                                               beneficiary=beneficiary, payer=payer)
                   if country is None or country in each.get("countries", [])]
        totals = Counter()
        for each in awarded:
            totals[each.get("currency", "EUR")] += each.get("amount", 0)
        countries = {code for each in awarded for code in each.get("countries", [])}
        return {"count": len(awarded), "countries": sorted(countries),
                "totals": [{"currency": currency, "awarded": amount} for currency, amount in totals.items()]}

    def stock(self, as_of, point=None, category=None):
        moved = Counter()
        for method, name in (("receive", "received"), ("sort", "sorted_in"), ("dispatch", "dispatched"),
                             ("distribute", "distributed"), ("discard", "discarded")):
            for each in self.until(f"collection.{method}", as_of):
                moved[each["point"], each.get("into") or each["category"], name] += each["quantity"]
                if "to_point" in each:
                    moved[each["to_point"], each["category"], "arrived"] += each["quantity"]
        goods = sorted({key[:2] for key in moved})
        return {"rows": [{"point": at, "category": kind} | {name: count for (*key, name), count in moved.items()
                                                            if key == [at, kind]}
                         for at, kind in goods if point in (None, at) and category in (None, kind)],
                "received_from": self.givers(as_of, point, category)}

    def givers(self, as_of, point, category):
        rows = {}
        for each in self.until("collection.receive", as_of, point=point, category=category):
            row = rows.setdefault((each["donor_kind"], each["unit"]), {
                "donor_kind": each["donor_kind"], "unit": each["unit"], "deliveries": 0, "quantity": 0})
            row["deliveries"] += 1
            row["quantity"] += each["quantity"]
        return list(rows.values())

    def needs(self, as_of, site=None, state="open"):
        closed = {each["need"] for each in self.until("collection.close_need", as_of)}
        rows = {each["need"]: each for each in self.until("collection.declare_need", as_of, site=site)}
        return {"rows": [each for id, each in rows.items() if state == "all" or (id in closed) == (state == "closed")]}

    # MARK: Services, volunteers and milestones

    def services(self, as_of, from_=None, to=None, service=None, kind=None, site=None, operator=None, provider=None):
        rows = []
        for opened in self.until("service.open", as_of, service=service, kind=kind):
            id = opened["service"]
            operators = self.latest("service.set_operator", as_of, opened, service=id).get("operators", [])
            if site not in (None, *opened.get("sites", [])) or operator not in (None, *operators):
                continue
            staffing = [self.latest("service.set_staffing", as_of, service=id, role=role)
                        for role in sorted({each["role"] for each in self.of["service.set_staffing"]
                                            if each["service"] == id and effective(each) <= as_of})]
            hours = self.latest("service.set_schedule", as_of, service=id)
            acts = [each for each in self.until("service.record_act", as_of, from_, to, service=id, provider=provider)]
            removed = {each["place"] for each in self.of["service.remove_site"]
                       if each["service"] == id and effective(each) <= as_of}
            rows.append(opened | {
                "opened": opened["day"], "open": not self.until("service.close", as_of, service=id),
                "operators": operators,
                "capacity": self.latest("service.set_capacity", as_of, {"places": 0}, service=id)["places"],
                "places": [each for each in self.of["service.add_site"] if each["service"] == id
                           and effective(each) <= as_of and each["place"] not in removed],
                "staffing": [each for each in staffing if not number(each, "posts") == number(each, "fte") == 0],
                "schedule": hours and hours | {
                    "days_per_week": len(set(hours["days"]) & set(DAYS)),
                    "opens_hour": int(hours.get("opens", "0")[:2]), "closes_hour": int(hours.get("closes", "0")[:2])},
                "acts": [each | {"records": 1, "unspecified": int("headcount" not in each)} for each in acts]})
        present = [row for row in rows if row["open"]]
        return {"count": len(present), "places": sum(row["capacity"] for row in present), "rows": rows,
                "headcount": sum(act.get("headcount", 0) for row in rows for act in row["acts"]),
                "posts": sum(number(each, "posts") or 0 for row in present for each in row["staffing"]),
                "fte": sum(number(each, "fte") or 0 for row in present for each in row["staffing"])}

    def plans(self, as_of, plan=None):
        rows = []
        for adopted in self.until("plan.adopt", as_of, plan=plan):
            declared = self.until("plan.declare_commitment", as_of, plan=adopted["plan"])
            rows.append(adopted | {"commitments": len(declared),
                                   "pillars": len({each["pillar"] for each in declared if "pillar" in each})})
        return {"rows": rows}

    def milestones(self, as_of, state="reached", from_=None, to=None, milestone=None, series=None, kind=None,
                   theme=None, commitment=None):
        planned = {each["milestone"]: each for each in self.until("plan.plan_milestone", as_of)}
        done = {each["milestone"] for each in self.until("plan.reach_milestone", as_of)}
        rows = []
        if state != "planned":
            rows += [planned.get(each["milestone"], {}) | each
                     for each in self.until("plan.reach_milestone", as_of, from_, to)]
        if state != "reached":
            rows += [each for id, each in planned.items() if id not in done]
        asked = {"milestone": milestone, "series": series, "kind": kind, "theme": theme, "commitment": commitment}
        rows = [row for row in rows if all(value in (None, row.get(name)) for name, value in asked.items())]
        return {"count": len(rows), "rows": rows, "copies": sum(row.get("count", 0) for row in rows),
                "attendance": sum(row.get("attendance", 0) for row in rows),
                "days": sum(row.get("days", 0) for row in rows),
                "partners": sorted({each for row in rows for each in row.get("partners", [])})}

    def volunteers(self, as_of, from_=None, to=None, kind=None, channel=None, partner=None, organisation=None,
                   site=None):
        groups = {each["volunteer"]: each for each in self.until("volunteer.register", as_of)}

        def matches(group):
            return (kind in (None, group.get("kind", "citizen")) and channel in (None, group.get("channel")))

        registered = [each for each in self.until("volunteer.register", as_of, from_, to, organisation=organisation)
                      if matches(each)]
        missions = {each["mission"]: each for each in self.until(
            "volunteer.open_mission", as_of, partner=partner, organisation=organisation, site=site)}
        opened = self.until("volunteer.open_mission", as_of, from_, to, partner=partner, organisation=organisation,
                            site=site)
        withdrawn = {(each["mission"], each["volunteer"]) for each in self.until("volunteer.withdraw", as_of)}
        came = self.until("volunteer.attend", as_of, from_, to)
        engaged = {(each["mission"], each["volunteer"])
                   for each in self.until("volunteer.sign_up", as_of, from_, to)} - withdrawn
        engaged |= {(each["mission"], each["volunteer"]) for each in came}
        mobilised = {volunteer for mission, volunteer in engaged if mission in missions and matches(groups[volunteer])}

        def size(each):
            return each.get("headcount", 1)

        return {"registered": sum(map(size, registered)), "missions": len(opened),
                "refugees": sum(size(each) for each in registered if each.get("refugee")),
                "organisations": len({each["organisation"] for each in opened if "organisation" in each}),
                "volunteer_organisations": len({each["organisation"] for each in registered if "organisation" in each}),
                "mobilised": sum(size(groups[each]) for each in mobilised),
                "minutes": sum(each["minutes"] * size(groups[each["volunteer"]]) for each in came
                               if each["mission"] in missions and matches(groups[each["volunteer"]]))}


def effective(event):
    return day_of(event.get("effective")) or event["day"]


def number(event, name):
    return Fraction(event[name]) if name in event else None


def day_of(text):
    return date.fromisoformat(text) if text else None


@lru_cache(None)
def steps(path):
    """`rows[key=AFG|SDN].people` is ("rows", {"key": ["AFG", "SDN"]}), ("people", None)."""
    found, rest = [], path
    while rest:
        name = rest.split(".")[0].split("[")[0]
        rest, conditions = rest[len(name):], None
        if rest.startswith("["):
            inside, rest = rest[1:].split("]", 1)
            conditions = {each.split("=")[0]: each.split("=")[1].split("|") for each in inside.split(",") if each}
        found.append((name, conditions))
        rest = rest.removeprefix(".")
    return found


def walk(answer, path):
    here = [answer]
    for index, (name, conditions) in enumerate(steps(path)):
        if index == len(steps(path)) - 1 and name in ("count", "distinct") and isinstance(here, Elements):
            return Fraction(len(here) if name == "count" else len({str(each) for each in here}))
        values = [each[name] for each in here if each.get(name) is not None]
        lists = [value for value in values if isinstance(value, list)]
        if not lists:
            elements = isinstance(here, Elements)
            here = Elements(values) if elements else values
        else:
            here = Elements(each for value in lists for each in value
                            if all(any(text(entry) in wanted for entry in listed(each.get(field)))
                                   for field, wanted in (conditions or {}).items()))
    if any(isinstance(each, date) for each in here):
        return min(here)
    return sum((Fraction(each) for each in here), Fraction(0))


class Elements(list):
    """What brackets lead to: it can be counted."""


def listed(value):
    return value if isinstance(value, list) else [value]


def text(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)

"""Plans, commitments and indicators as the examples write them down."""
from calendar import monthrange
from datetime import date

PEOPLE = ("people", "families")


def term(method, path, minus=False, **params):
    return {"method": f"query.{method}", "path": path} | ({"params": params} if params else {}) | (
        {"minus": True} if minus else {})


def total(*terms, per=(), **options):
    """The sum of some terms, over that of others; `factor` is written as text, as decimals are."""
    return {"sum": list(terms)} | ({"per": list(per)} if per else {}) | options


def one(method, path, **params):
    return total(term(method, path, **params))


def stated(figure, unit):
    """What a document says of a figure, written `400`, `~300` (about), `>1500`, `<30`, `5-10`, or empty: some.

    A day, `2017-03-09`, is a number of eight digits; a month is the range of its days.
    """
    precisions = {"~": "about", ">": "more_than", "<": "less_than"}
    if unit == "date":
        year, month, *day = map(int, figure.split("-"))
        first, last = day * 2 or (1, monthrange(year, month)[1])
        figure = "-".join(f"{year}{month:02}{day:02}" for day in sorted({first, last}))
    if not figure:
        return {"precision": "unspecified"}
    if figure[0] in precisions:
        return {"value": figure[1:], "precision": precisions[figure[0]]}
    if "-" in figure:
        least, most = figure.split("-")
        return {"value": least, "value_max": most, "precision": "range"}
    return {"value": figure, "precision": "exact"}


def known_from(calculation):
    """The day from which a calculation gives what it is meant to give: that of its latest term; `None` if any day."""
    ends = [each.get("params", {}) for each in calculation["sum"]] if calculation else [{}]
    ends = [params.get("as_of") or params.get("to") for params in ends]
    return date.fromisoformat(max(ends)) if all(ends) else None

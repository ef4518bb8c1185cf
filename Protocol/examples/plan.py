"""Plans, commitments and indicators as the examples write them down."""
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


def stated(figure):
    """What a document says of a figure, written `400`, `~300` (about), `>1500`, `<30`, `5-10`, or empty: some."""
    precisions = {"~": "about", ">": "more_than", "<": "less_than"}
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

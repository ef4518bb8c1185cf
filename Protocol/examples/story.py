"""How the examples tell their stories: requests in order of time, and dice that fall the same way everywhere."""
import json
import random
from datetime import date, datetime, time, timedelta


class Dice(random.Random):
    """`random()` alone gives the same numbers in every version of Python, so everything is drawn from it."""

    def below(self, n):
        return int(self.random() * n)

    def pick(self, values):
        return values[self.below(len(values))]

    def shuffled(self, values):
        return sorted(values, key=lambda _: self.random())


def share(total, weights):
    """Parts of a total in proportion to whole weights; they add up to it."""
    parts, weight = [], 0
    for each in weights:
        weight += each
        parts.append(total * weight // sum(weights) - sum(parts))
    return parts


def days(first, last):
    return [first + timedelta(each) for each in range((last - first).days + 1)]


def months(first, last):
    return [day for day in days(first, last) if day.day == 1]


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute))


def in_paris(when):
    """A date as it is, a time in Paris with its offset: summer time lasts from late March to late October."""
    if not isinstance(when, datetime):
        return when.isoformat()

    def last_sunday(month):
        last = date(when.year, month, 31)
        return at(last - timedelta(days=(last.weekday() + 1) % 7), 2)

    summer = last_sunday(3) <= when < last_sunday(10)
    return when.isoformat() + ("+02:00" if summer else "+01:00")


def in_utc(when):
    return when.isoformat() + ("Z" if isinstance(when, datetime) else "")


class Line:
    """One request. Where it stands among the others is known once the whole story is told."""

    def __init__(self, key, method, params):
        self.key, self.method, self.params = key, method, params
        self.number = None


class Story:
    """Requests in order of time. `name` begins their command ids: told again, they change nothing. `written` writes
    times as the city's clocks show them."""

    def __init__(self, name, written):
        self.name, self.written, self.said = name, written, []

    def say(self, method, when, late=None, **params):
        """`when` it happened; `late` is when it is told, where that is later. Gives the line, to be spoken of later on:
        a line among the params stands for its number."""
        key = late or when
        key = key if isinstance(key, datetime) else at(key, 0)
        line = Line((key, len(self.said)), method, params | {"time": self.written(when)})
        self.said.append(line)
        return line

    def lines(self):
        """Every command leads to one event, so a line's number is the event's position in a fresh register."""
        ordered = sorted(self.said, key=lambda line: line.key)
        for number, line in enumerate(ordered, 1):
            line.number = number
        for line in ordered:
            params = {name: value.number if isinstance(value, Line) else value for name, value in line.params.items()}
            params["command_id"] = f"{self.name}-{line.number:0{len(str(len(ordered))) + 1}}"
            request = {"jsonrpc": "2.0", "id": line.number, "method": line.method, "params": params}
            yield json.dumps(request, ensure_ascii=False, separators=(",", ":"))

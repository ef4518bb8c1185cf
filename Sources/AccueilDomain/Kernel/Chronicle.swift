/// A quantity that changes by days and is asked for by days: people present, places blocked.
///
/// One number a day between the first and the last change, so a late fact is absorbed by one addition.
public struct DailyCount: Sendable {
    private var first: Day = Day(rawValue: 0)
    private var changes: [Int] = []
    /// The sum of all changes, whenever they happen.
    public private(set) var total = 0

    public init() {}

    public mutating func add(_ amount: Int, on day: Day) {
        if changes.isEmpty {
            first = day
            changes = [0]
        } else if day < first {
            changes.insert(contentsOf: repeatElement(0, count: first - day), at: 0)
            first = day
        } else if day - first >= changes.count {
            changes.append(contentsOf: repeatElement(0, count: day - first - changes.count + 1))
        }
        changes[day - first] += amount
        total += amount
    }

    /// The value at the end of `day`: all changes up to and including it.
    public func value(on day: Day) -> Int {
        guard !changes.isEmpty, day >= first else { return 0 }
        let index = day - first
        guard index < changes.count else { return total }
        // Recent days are asked for most: count back from today's total.
        guard index >= changes.count / 2 else {
            return changes[0...index].reduce(0, +)
        }
        return total - changes[(index + 1)...].reduce(0, +)
    }

    /// The values on `count` days from `day` on.
    public func values(from day: Day, count: Int) -> [Int] {
        var value = value(on: day + -1)
        return (0..<count).map { offset in
            let index = day - first + offset
            if changes.indices.contains(index) { value += changes[index] }
            return value
        }
    }

    /// The last day on which anything changed.
    public var last: Day? { changes.isEmpty ? nil : first + (changes.count - 1) }
}

/// A value that is set from a day on: a capacity, an operator. Later entries for the same day replace earlier ones.
public struct DatedValue<Value: Sendable>: Sendable {
    public private(set) var entries: [(from: Day, value: Value)] = []

    public init() {}

    public mutating func set(_ value: Value, from day: Day) {
        var index = entries.count
        while index > 0, entries[index - 1].from > day { index -= 1 }
        if index > 0, entries[index - 1].from == day {
            entries[index - 1].value = value
        } else {
            entries.insert((day, value), at: index)
        }
    }

    public func value(on day: Day) -> Value? { entries.last { $0.from <= day }?.value }

    /// The value that was set from exactly that day on.
    public func value(setFrom day: Day) -> Value? {
        entries.last { $0.from == day }?.value
    }
}

extension DatedValue where Value: Equatable {
    /// The value on a day, and since when it holds: said once more, it does not begin anew.
    public func entry(on day: Day) -> (from: Day, value: Value)? {
        guard var index = entries.lastIndex(where: { $0.from <= day }) else { return nil }
        while index > 0, entries[index - 1].value == entries[index].value { index -= 1 }
        return entries[index]
    }
}

/// An account that must never be overdrawn at any time: goods in stock, money in a fund.
///
/// Entries lie in order of the time of the fact, whenever they were recorded. A `counted` entry states the balance
/// outright and starts the sum anew.
public struct Account: Sendable {
    public enum Change: Sendable, Equatable {
        case by(Int)
        case counted(Int)
    }

    public struct Entry: Sendable {
        public let time: Timestamp
        public let day: Day
        public let change: Change
    }

    public private(set) var entries: [Entry] = []
    /// The balance after all entries.
    public private(set) var balance = 0

    public init() {}

    public mutating func enter(_ change: Change, _ stamp: Stamp) {
        let entry = Entry(time: stamp.time, day: stamp.day, change: change)
        let index = insertionIndex(at: stamp.time)
        entries.insert(entry, at: index)
        balance = index == entries.count - 1 ? Self.apply(change, to: balance) : balance(before: entries.count)
    }

    /// The least balance from `time` on, if `amount` were added at `time`: below zero, the change is refused.
    public func leastBalance(adding amount: Int, at time: Timestamp) -> (balance: Int, day: Day?) {
        let index = insertionIndex(at: time)
        var running = index == entries.count ? balance : balance(before: index)
        running += amount
        var least: (balance: Int, day: Day?) = (running, nil)
        for entry in entries[index...] {
            if case .counted = entry.change { break }
            running = Self.apply(entry.change, to: running)
            if running < least.balance { least = (running, entry.day) }
        }
        return least
    }

    public func balance(at time: Timestamp) -> Int {
        let index = insertionIndex(at: time)
        return index == entries.count ? balance : balance(before: index)
    }

    public func balance(on day: Day) -> Int {
        guard let last = entries.last, last.day > day else { return balance }
        return balance(before: entries.firstIndex { $0.day > day } ?? entries.count)
    }

    private func balance(before index: Int) -> Int {
        var start = index
        while start > 0 {
            start -= 1
            if case .counted = entries[start].change { break }
        }
        return entries[start..<index].reduce(0) { Self.apply($1.change, to: $0) }
    }

    /// Behind every entry of the same time: what is recorded later happened later.
    private func insertionIndex(at time: Timestamp) -> Int {
        var index = entries.count
        while index > 0, entries[index - 1].time > time { index -= 1 }
        return index
    }

    private static func apply(_ change: Change, to balance: Int) -> Int {
        switch change {
        case .by(let amount): balance + amount
        case .counted(let count): count
        }
    }
}

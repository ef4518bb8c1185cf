import AccueilDomain
import EventCoding

/// What stands at a path in a JSON text: `result.events.0.type`, `result.events.count`.
public func look(_ path: String, in json: String) -> String? {
    let parser = JSONParser()
    return withExtendedLifetime(parser) {
        guard var value = parser.parse(Array(json.utf8).span) else { return nil }
        for step in path.split(separator: ".") {
            var found: JSONValue?
            value.forEachMember { key, value in if key.string == String(step) { found = value } }
            var count = 0
            let isList = value.forEachElement { element in
                if String(count) == step { found = element }
                count += 1
            }
            if isList, step == "count" { return String(count) }
            guard let found else { return nil }
            value = found
        }
        return value.string ?? value.integer().map { String($0) } ?? value.boolean().map { String($0) }
    }
}

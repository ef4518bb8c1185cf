// How the parameters that an indicator keeps become those of a query.

extension Parameters {
    subscript(_ name: String) -> Parameter? {
        get { all.first { $0.name == name }?.value }
        set {
            all.removeAll { $0.name == name }
            if let newValue { all.append((name, newValue)) }
        }
    }

    /// A record with these for its fields. Unknown names are refused like values that do not fit.
    func read<Fields: Record>(_ type: Fields.Type) throws(Malformed) -> Fields { try Fields(from: FieldTree(of: self)) }
}

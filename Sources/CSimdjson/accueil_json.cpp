#include "accueil_json.h"

#include <cstring>
#include <new>
#include <simdjson.h>

struct accueil_json_parser {
    simdjson::dom::parser parser;
};

extern "C" accueil_json_parser *accueil_json_parser_new(void) { return new (std::nothrow) accueil_json_parser; }

extern "C" void accueil_json_parser_free(accueil_json_parser *parser) { delete parser; }

extern "C" accueil_json_document accueil_json_parse(accueil_json_parser *parser, const uint8_t *bytes, size_t count) {
    // The parser copies the bytes to where it may read past their end.
    const auto error = parser->parser.parse(bytes, count, true).error();
    if (error != simdjson::SUCCESS) return {static_cast<int32_t>(error), false, nullptr, nullptr};
    const bool has_escapes = std::memchr(bytes, '\\', count) != nullptr;
    return {0, has_escapes, parser->parser.doc.tape.get(), parser->parser.doc.string_buf.get()};
}

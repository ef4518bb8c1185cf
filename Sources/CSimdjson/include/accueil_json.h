#ifndef ACCUEIL_JSON_H
#define ACCUEIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A parser keeps its buffers between documents; one per thread. */
typedef struct accueil_json_parser accueil_json_parser;

/* A parsed document: simdjson's tape and string buffer (doc/tape.md of simdjson 3), valid until the parser's next
   document. `error` is 0 or one of simdjson's error codes, and then there is no tape. `has_escapes`: there is a backslash
   in the text. */
typedef struct {
    int32_t error;
    bool has_escapes;
    const uint64_t *tape;
    const uint8_t *strings;
} accueil_json_document;

accueil_json_parser *accueil_json_parser_new(void);
void accueil_json_parser_free(accueil_json_parser *parser);
accueil_json_document accueil_json_parse(accueil_json_parser *parser, const uint8_t *bytes, size_t count);

#ifdef __cplusplus
}
#endif

#endif

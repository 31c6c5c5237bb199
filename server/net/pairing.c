#include "server/net/pairing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"

static bool is_valid(const struct pairing_code *code, uint64_t now_us)
{
    return code->id != 0 && now_us < code->until_us;
}

static void burn(struct pairing_code *code)
{
    explicit_bzero(&code->code, sizeof code->code);
    *code = (struct pairing_code){0};
}

int pairing_add(struct pairing *pairing, const char *name, uint64_t now_us, uint32_t *ret_id,
                char ret_text[CODE_TEXT_ROOM])
{
    struct pairing_code *place = NULL;
    for (int i = 0; i < PAIRING_CODES_MAX && !place; i++)
        if (pairing->codes[i].id == 0)
            place = &pairing->codes[i];
    if (!place)
        return -EBUSY;

    struct code code;
    int result = code_make(&code);
    if (result < 0)
        return result;
    place->code = code;
    place->id = ++pairing->last_id;
    place->until_us = now_us + time_us(TIME_CODE_VALID);
    snprintf(place->name, sizeof place->name, "%s", name ? name : "");
    code_format(&code, ret_text);
    explicit_bzero(&code, sizeof code);
    *ret_id = place->id;
    return 0;
}

bool pairing_is_open(const struct pairing *pairing, uint64_t now_us)
{
    for (int i = 0; i < PAIRING_CODES_MAX; i++)
        if (is_valid(&pairing->codes[i], now_us))
            return true;
    return false;
}

bool pairing_cancel(struct pairing *pairing, uint32_t id)
{
    for (int i = 0; i < PAIRING_CODES_MAX; i++) {
        if (id == 0 || pairing->codes[i].id != id)
            continue;
        burn(&pairing->codes[i]);
        return true;
    }
    return false;
}

uint32_t pairing_take_expired(struct pairing *pairing, uint64_t now_us)
{
    for (int i = 0; i < PAIRING_CODES_MAX; i++) {
        uint32_t id = pairing->codes[i].id;
        if (id == 0 || is_valid(&pairing->codes[i], now_us))
            continue;
        burn(&pairing->codes[i]);
        return id;
    }
    return 0;
}

bool pairing_try(struct pairing *pairing, const uint8_t proof[CODE_PROOF_BYTES],
                 const struct pairing_ends *ends, uint64_t now_us, struct pairing_match *ret_match)
{
    int found = -1;
    /* All places are computed and compared, the free ones too. */
    for (int i = 0; i < PAIRING_CODES_MAX; i++) {
        struct pairing_code *code = &pairing->codes[i];
        uint8_t expected[CODE_PROOF_BYTES];
        int result =
            code_proof(&code->code, "agent", ends->exporter, &ends->agent, &ends->server, expected);
        bool equal = code_proof_equal(expected, proof);
        if (equal && result == 0 && is_valid(code, now_us))
            found = i;
        explicit_bzero(expected, sizeof expected);
    }
    if (found < 0)
        return false;

    struct pairing_code *code = &pairing->codes[found];
    struct pairing_match match = {.id = code->id};
    snprintf(match.name, sizeof match.name, "%s", code->name);
    int result = code_proof(&code->code, "server", ends->exporter, &ends->agent, &ends->server,
                            match.answer);
    burn(code);
    if (result < 0)
        return false;
    *ret_match = match;
    return true;
}

/*
 * Short texts that people, files and other computers give, as libFuzzer calls what reads them:
 * pairing codes, addresses, names, destinations of `hotdesk add`, fingerprints, chords, the list of
 * paired targets, the pin of a server. The first byte tells which. What is taken must come out the
 * same when it is written and read again.
 */
#include "tests/hostile/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/pin.h"
#include "common/code.h"
#include "common/endpoint.h"
#include "common/name.h"
#include "common/paths.h"
#include "protocol/cursor.h"
#include "server/cli/destination.h"
#include "server/hotkey/chord.h"
#include "server/target/registry.h"

static char reason[ERROR_ROOM];

static const char GOOD[] = "it was taken";

static const char *run_code(const char *text)
{
    char again[CODE_TEXT_ROOM];
    struct code code, same;

    if (!code_parse(text, &code))
        return "mistyped";
    code_format(&code, again);
    if (code.secret[0] >> 3 || !code_parse(again, &same) || memcmp(&code, &same, sizeof code) != 0)
        abort();
    return GOOD;
}

static const char *run_endpoint(const char *text)
{
    struct endpoint endpoint, same;
    char again[DIAL_HOST_ROOM + 16];

    if (!endpoint_parse(text, MESSAGE_PORT_DEFAULT, &endpoint))
        return "no HOST[:PORT]";
    endpoint_format(&endpoint, again, sizeof again);
    if (endpoint.port == 0 || !endpoint.host[0] ||
        !endpoint_parse(again, MESSAGE_PORT_DEFAULT, &same) ||
        strcmp(endpoint.host, same.host) != 0 || endpoint.port != same.port)
        abort();
    return GOOD;
}

static bool is_taken(void *context, const char *name)
{
    unsigned *left = context;
    return (*left)-- > 0;
}

static const char *run_name(const char *text)
{
    char made[NAME_ROOM], unique[NAME_ROOM];
    unsigned taken = 12;
    const char *why = NULL;
    const bool valid = name_is_valid(text, &why);

    name_make_valid(text, made);
    name_make_unique(made, is_taken, &taken, unique);
    if (!name_is_valid(made, &why) || !name_is_valid(unique, &why) ||
        (valid && strcmp(made, text) != 0))
        abort();
    if (!valid && (name_is_valid(text, &why) || !why || !why[0]))
        abort();
    return valid ? GOOD : why;
}

static const char *run_destination(const char *text)
{
    struct destination destination;
    const char *why = NULL;

    destination_address_is_plain(text);
    destination_port(text);
    if (!destination_parse(text, &destination, &why)) {
        if (!why || !why[0])
            abort();
        return why;
    }
    /* What a shell would make something else of, or ssh an option. */
    if (destination.ssh[0] == '-' || destination.host[0] == '-' ||
        strpbrk(destination.ssh, "'`\"$;&<>|(){} \t\r\n\x7f\x1b") || strchr(destination.host, '\\'))
        abort();
    return GOOD;
}

static const char *run_fingerprint(const char *text)
{
    char again[FINGERPRINT_TEXT_ROOM];
    struct fingerprint fingerprint;

    if (!fingerprint_parse(text, &fingerprint))
        return "no fingerprint";
    fingerprint_format(&fingerprint, again);
    if (strcmp(again, text) != 0)
        abort();
    return GOOD;
}

/* All its keys are down and no other: one of them completes it. */
static void press(const struct chord *chord)
{
    struct keyset down;
    bool completes = false;

    keyset_clear(&down);
    for (uint8_t i = 0; i < chord->count; i++)
        keyset_add(&down, chord->keys[i].code);
    for (uint8_t i = 0; i < chord->count; i++)
        completes |= chord_completes(chord, &down, chord->keys[i].code);
    if (!completes || chord_is_better(chord, chord))
        abort();
}

static const char *run_chord(const char *text)
{
    static char why[256];
    struct chord chord;

    why[0] = '\0';
    if (!chord_parse(text, &chord, why, sizeof why)) {
        if (!why[0])
            abort();
        return why;
    }
    if (chord.count == 0 || chord.count > CHORD_KEYS_MAX || !chord_contains(&chord, &chord))
        abort();
    press(&chord);
    return GOOD;
}

/* --- files --- */

static const char *directory(void)
{
    static char path[] = "/tmp/hotdesk-fuzz-text.XXXXXX";
    static bool made;

    if (!made && !mkdtemp(path))
        abort();
    made = true;
    return path;
}

static void write_file(const char *path, const char *text, size_t size_bytes)
{
    FILE *file = fopen(path, "w");

    if (!file || fwrite(text, 1, size_bytes, file) != size_bytes || fclose(file) != 0)
        abort();
}

/* Each entry is found by all that it is found by. */
static void use_registry(const struct registry *registry)
{
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct registry_entry *entry = registry_at(registry, i);
        if (registry_by_number(registry, entry->number) != entry ||
            registry_by_name(registry, entry->name) != entry ||
            registry_by_key(registry, &entry->fingerprint) != entry)
            abort();
    }
}

static const char *run_registry(const char *text, size_t size_bytes)
{
    static char error[ERROR_ROOM];
    struct registry *registry = NULL, *same = NULL;
    char path[64];

    snprintf(path, sizeof path, "%s/targets.json", directory());
    write_file(path, text, size_bytes);
    error[0] = '\0';
    const int result = registry_load(path, &registry, error);
    if (result < 0) {
        unlink(path);
        if (!error[0])
            abort();
        return "a list of targets that is not understood";
    }
    use_registry(registry);
    if (registry_count(registry) > 0) { /* written by us it is understood, too */
        const uint16_t number = registry_at(registry, 0)->number;
        const size_t count = registry_count(registry);
        registry_note_address(registry, number, "192.0.2.9");
        if (registry_save_notes(registry) < 0 || registry_load(path, &same, error) < 0 ||
            registry_count(same) != count)
            abort();
        registry_destroy(same);
    }
    registry_destroy(registry);
    unlink(path);
    return GOOD;
}

static const char *run_pin(const char *text, size_t size_bytes)
{
    char path[64], error[ERROR_ROOM] = "";
    struct pin pin, same;

    snprintf(path, sizeof path, "%s/" PIN_FILE, directory());
    write_file(path, text, size_bytes);
    const int result = pin_load(directory(), &pin, error);
    if (result < 0) {
        unlink(path);
        if (!error[0])
            abort();
        return "a pin that is not understood";
    }
    if (!text_is_clean(pin.server_name, strlen(pin.server_name)) ||
        pin_save(directory(), &pin, error) < 0 || pin_load(directory(), &same, error) < 0 ||
        !pin_equal(&pin, &same) || strcmp(pin.target_name, same.target_name) != 0)
        abort();
    pin_remove(directory(), error);
    return GOOD;
}

static const char *run(unsigned kind, const char *text, size_t size_bytes)
{
    switch (kind) {
    case 0:
        return run_code(text);
    case 1:
        return run_endpoint(text);
    case 2:
        return run_name(text);
    case 3:
        return run_destination(text);
    case 4:
        return run_fingerprint(text);
    case 5:
        return run_chord(text);
    case 6:
        return run_registry(text, size_bytes);
    default:
        return run_pin(text, size_bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    if (size_bytes == 0)
        return 0;
    char *text = calloc(1, size_bytes);
    if (!text)
        abort();
    memcpy(text, bytes + 1, size_bytes - 1);
    snprintf(reason, sizeof reason, "%s", run(bytes[0] % 8, text, size_bytes - 1));
    free(text);
    return 0;
}

const char *fuzz_reason(void)
{
    return reason;
}

__attribute__((destructor)) static void clear_up(void)
{
    rmdir(directory());
}

/* hotdesk status */
#include <stdio.h>
#include <string.h>

#include "server/cli/cli.h"
#include "server/cli/client.h"
#include "server/cli/fields.h"
#include "server/cli/vnc.h"
#include "server/cli/words.h"

#define LABEL "    %-12s "

static void print_server(const json_t *server, bool has_targets)
{
    printf("console %s: hotdesk-server %s, process %lld\n", field_text(server, "name", "?"),
           field_text(server, "version", "?"), field_number(server, "pid", 0));
    if (field_true(server, "listening"))
        printf(LABEL "for agents on TCP port %lld\n", "listens", field_number(server, "port", 0));
    else if (has_targets)
        printf(LABEL "no: no agent can connect, its log says why\n", "listens");
    else
        printf(LABEL "not now: it does once something is paired, or while a code waits\n",
               "listens");
    printf(LABEL "%s\n", "fingerprint", field_text(server, "fingerprint", "?"));
}

static void print_sources(const json_t *sources)
{
    size_t index;
    json_t *source;
    json_array_foreach(sources, index, source)
    {
        const char *kind = field_text(source, "kind", "?");
        const char *grabbed = field_true(source, "grabbed") ? "grabbed now" : "not grabbed now";
        if (!strcmp(kind, "evdev"))
            printf(LABEL "%lld devices of this computer, %s\n", "input",
                   field_number(source, "devices_taken", 0), grabbed);
        else
            printf(LABEL "a %s, %s\n", "input", kind, grabbed);
    }
    if (json_array_size(sources) == 0)
        printf(LABEL
               "none: hotdesk-input is not running, and no window ('hotdesk-viewer --window')\n",
               "input");
}

static void print_mode(const json_t *mode)
{
    if (field_true(mode, "locked"))
        printf(LABEL "to the active target\n", "locked");
    if (field_true(mode, "scanning"))
        printf(LABEL "goes round over the ready targets\n", "scan");
    if (mode && !field_true(mode, "hotkeys"))
        printf(LABEL "off: all keys pass\n", "hotkeys");
}

static void print_state(const json_t *target)
{
    char since[WORDS_ROOM];
    const char *state = field_text(target, "state", "?"),
               *reason = field_text(target, "reason", "");
    words_since(field_number(target, "since_s", -1), since);
    printf("\n%lld  %s: %s%s", field_number(target, "number", 0), field_text(target, "name", "?"),
           field_true(target, "active") ? "active, " : "", state);
    printf("%s%s%s%s\n", *since ? " " : "", since, *reason ? ": " : "", reason);
}

static void print_text(const json_t *target, const char *label, const char *key)
{
    const char *text = field_text(target, key, "");
    if (*text)
        printf(LABEL "%s\n", label, text);
}

static void print_injector(const json_t *target)
{
    const char *injector = field_text(target, "injector", "");
    const char *reason = field_text(target, "injector_reason", "");
    if (*injector)
        printf(LABEL "%s%s%s\n", "injector", injector, *reason ? ": " : "", reason);
}

static void print_latency(const json_t *target)
{
    char round_trip[WORDS_ROOM], p50[WORDS_ROOM], p99[WORDS_ROOM];
    long long round_trip_us = field_number(target, "round_trip_us", -1);
    long long p50_us = field_number(target, "latency_p50_us", -1);
    words_latency(round_trip_us, round_trip);
    words_latency(p50_us, p50);
    words_latency(field_number(target, "latency_p99_us", -1), p99);
    if (round_trip_us >= 0)
        printf(LABEL "%s\n", "round trip", round_trip);
    if (p50_us >= 0)
        printf(LABEL "p50 %s, p99 %s from event to injection, %lld reports sent\n", "latency", p50,
               p99, field_number(target, "reports_sent", 0));
}

static void print_screen(const json_t *target)
{
    const json_t *monitors = json_object_get(target, "monitors");
    long long width_px = field_number(target, "width_px", 0);
    size_t index;
    json_t *monitor;
    if (width_px <= 0)
        return;
    printf(LABEL "%lld x %lld", "screen", width_px, field_number(target, "height_px", 0));
    json_array_foreach(monitors, index, monitor)
    {
        printf("%s %s %lld x %lld at %lld, %lld", index ? "," : ":",
               field_text(monitor, "name", "?"), field_number(monitor, "width_px", 0),
               field_number(monitor, "height_px", 0), field_number(monitor, "x_px", 0),
               field_number(monitor, "y_px", 0));
    }
    putchar('\n');
}

static void print_picture(const json_t *target)
{
    static const struct {
        const char *state, *words;
    } known[] = {{"off", "nobody looks"},
                 {"warm", "nobody looks; it is kept to be shown at once"},
                 {"waiting", "waiting for it"},
                 {"shown", "shown"}};
    const json_t *picture = json_object_get(target, "picture");
    const char *text = field_text(picture, "text", ""), *how = field_text(picture, "how", "");
    const char *state = field_text(picture, "state", "");
    long long faults = field_number(picture, "faults", 0);
    long long followers = field_number(picture, "followers", 0);
    long long updates = field_number(picture, "updates", 0);
    if (!*state || (!*text && !*how && strcmp(state, "off") == 0))
        return; /* not known: it is not connected */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].state, state) == 0)
            state = known[i].words;
    printf(LABEL "%s", "picture", *text ? text : state);
    if (followers > 0)
        printf("; %lld look%s", followers, followers == 1 ? "s" : "");
    if (*how)
        printf("; captured by %s", how);
    if (updates > 0)
        printf("; %lld updates, %.1f MB so far", updates,
               (double)field_number(picture, "bytes", 0) / 1e6);
    if (faults > 0)
        printf("; its decoder stopped %lld times", faults);
    putchar('\n');
}

/* What its agent sent, and why it is not more. */
static void print_sent(const json_t *target)
{
    static const struct {
        const char *limit, *words;
    } known[] = {{"nobody", "nothing is sent: nobody looks"},
                 {"still", "nothing changes there"},
                 {"link", "by the link: the picture waits for the network"},
                 {"agent", "by its agent: that computer's processor is busy with the picture"},
                 {"decoder", "by this computer: its decoder does not keep up"},
                 {"none", "by nothing: each change is sent at once"}};
    const json_t *picture = json_object_get(target, "picture");
    const json_t *sent = json_object_get(picture, "sent");
    const char *limit = field_text(picture, "limit", "");
    long long merged = field_number(sent, "merged", 0);
    if (!json_is_object(sent))
        return;
    printf(LABEL "Tight %.1f MB, JPEG %.1f MB, Raw %.1f MB", "sent",
           (double)field_number(sent, "tight_bytes", 0) / 1e6,
           (double)field_number(sent, "jpeg_bytes", 0) / 1e6,
           (double)field_number(sent, "raw_bytes", 0) / 1e6);
    if (merged > 0)
        printf("; %lld changes dropped: later ones were sent in their place", merged);
    putchar('\n');
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].limit, limit) == 0)
            printf(LABEL "%s\n", "limited", known[i].words);
}

static void print_locks(const json_t *target)
{
    static const char *const names[] = {"Num Lock", "Caps Lock",
                                        "Scroll Lock"}; /* enum message_lock */
    long long locks = field_number(target, "locks", 0);
    const char *separator = "";
    if (locks <= 0)
        return;
    printf(LABEL, "locks");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(locks & 1 << i))
            continue;
        printf("%s%s", separator, names[i]);
        separator = ", ";
    }
    putchar('\n');
}

static void print_troubles(const json_t *target)
{
    long long unsendable = field_number(target, "unsendable_keys", 0);
    long long held = field_number(target, "held_too_long", 0);
    if (unsendable > 0)
        printf(LABEL "%lld could not be sent: its display knows no such key\n", "keys", unsendable);
    if (held > 0)
        printf(LABEL "%lld times keys were lifted there because the link was silent\n", "link",
               held);
}

static void print_target(const json_t *target)
{
    print_state(target);
    print_text(target, "address", "address");
    print_text(target, "fingerprint", "fingerprint");
    print_injector(target);
    print_latency(target);
    print_screen(target);
    print_picture(target);
    print_sent(target);
    vnc_print(json_object_get(target, "vnc"));
    print_locks(target);
    print_troubles(target);
}

int cli_status(const struct arguments *arguments)
{
    json_t *answer = NULL, *target;
    size_t index;
    int code = client_ask_once(arguments->socket_path, "status", &answer);
    if (code != EXIT_DONE)
        return code;
    const json_t *targets = json_object_get(answer, "targets");
    if (arguments->json) {
        client_print_json(answer);
    } else {
        print_server(json_object_get(answer, "server"), json_array_size(targets) > 0);
        print_sources(json_object_get(answer, "sources"));
        print_mode(json_object_get(answer, "mode"));
        json_array_foreach(targets, index, target)
        {
            print_target(target);
        }
        if (json_array_size(targets) == 0)
            printf("\nno targets yet: run 'hotdesk pair' and follow what it says\n");
    }
    json_decref(answer);
    return EXIT_DONE;
}

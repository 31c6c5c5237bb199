#include "server/net/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/net/wishes.h"

static const char *const pointers[] = {"auto", "counts", NULL}; /* enum pointer_option */
static const char *const log_levels[] = {"error", "warning", "info", "debug", NULL};

const struct config_option server_option_table[] = {
    {.name = "listen",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "IP address to listen on; empty: all addresses of this machine.",
     .offset = offsetof(struct server_options, listen),
     .at_start = true},
    {.name = "port",
     .type = CONFIG_NUMBER,
     .min = 0,
     .max = 65535,
     .default_text = "24810",
     .help = "TCP port that agents dial; 0: any that is free, told by `hotdesk status`.",
     .offset = offsetof(struct server_options, port),
     .at_start = true},
    {.name = "name",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "What agents call this machine; empty: the host name.",
     .offset = offsetof(struct server_options, name)},
    {.name = "input",
     .type = CONFIG_TEXT,
     .default_text = "auto",
     .help = "Where keyboard and mouse come from besides the viewer's window. auto: start "
             "hotdesk-input if "
             "there are devices that can be read; none; or the path of the socket of an installed "
             "hotdesk-input.",
     .offset = offsetof(struct server_options, input),
     .at_start = true},
    {.name = "use-group",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "Members of this group may list, switch and type, also when they do not sit at this "
             "computer, but not pair or forget; empty: nobody.",
     .offset = offsetof(struct server_options, use_group)},
    {.name = "own-group",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "Members of this group may pair and forget, too; empty: root alone.",
     .offset = offsetof(struct server_options, own_group)},
    {.name = "seat",
     .type = CONFIG_TEXT,
     .default_text = "seat0",
     .help = "logind's seat: the user of its active session may list, switch and type; its lock, "
             "sleep and change of session bring the keyboard home; empty: nobody sits there, and "
             "only viewers tell of locks.",
     .offset = offsetof(struct server_options, seat),
     .at_start = true},
    {.name = "quality",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help =
         "How targets' screens are sent, by name, such as \"lab3\" = \"low\"; \"*\": all others. "
         "auto: photos and films as JPEG first, exact once they rest; lossless: always exact; "
         "low: smaller while it moves, for slow links.",
     .offset = offsetof(struct server_options, quality),
     .check = wishes_check_quality},
    {.name = "scale",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help = "In which size they are sent, from 0.25 to 1, such as \"lab3\" = \"0.5\": half of the "
             "width and of the height; \"*\": all others.",
     .offset = offsetof(struct server_options, scale),
     .check = wishes_check_scale},
    {.name = "pointer",
     .type = CONFIG_CHOICE,
     .choices = pointers,
     .default_text = "auto",
     .help =
         "What a mouse's motion becomes. auto: places, while the target's screen is shown here, so "
         "that its pointer is drawn at once; counts: always what the mouse says, for targets "
         "whose programs want that.",
     .offset = offsetof(struct server_options, pointer)},
    {.name = "vnc-port",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help =
         "Where VNC programs see a target, and without this nowhere: \"NAME\" = \"unix\", a "
         "socket vnc-NAME in the run directory for this user alone, or \"NAME\" = \"5901\", a TCP "
         "port of this computer alone, with a password; NAME may be * for every other (unix "
         "only).",
     .offset = offsetof(struct server_options, vnc.port),
     .check = vnc_port_check},
    {.name = "vnc-control",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help = "\"NAME\" = \"yes\": VNC programs may type on that target, too, while nobody does at "
             "the console; else they only look.",
     .offset = offsetof(struct server_options, vnc.control),
     .check = vnc_control_check},
    {.name = "vnc-layout",
     .type = CONFIG_SECTION,
     .default_text = "",
     .help = "\"NAME\" = \"de\", or \"us(intl)\": the target's keyboard layout, in which VNC "
             "programs' characters are typed; who is not here has us.",
     .offset = offsetof(struct server_options, vnc.layout),
     .check = vnc_layout_check},
    {.name = "vnc-password-file",
     .type = CONFIG_TEXT,
     .default_text = "",
     .help = "A file of mode 600 whose first line is the password of TCP ports, at most 8 "
             "characters.",
     .offset = offsetof(struct server_options, vnc_password_file)},
    {.name = "log-level",
     .type = CONFIG_CHOICE,
     .choices = log_levels,
     .default_text = "info",
     .help = "How much is logged. Typed keys never are.",
     .offset = offsetof(struct server_options, log_level)},
};

const size_t server_option_count = sizeof server_option_table / sizeof server_option_table[0];

int server_options_check(const struct server_options *options, char ret_error[ERROR_ROOM])
{
    struct in6_addr address;
    if (options->listen[0] && inet_pton(AF_INET, options->listen, &address) != 1 &&
        inet_pton(AF_INET6, options->listen, &address) != 1) {
        snprintf(ret_error, ERROR_ROOM, "listen: \"%s\" is no IP address", options->listen);
        return -EINVAL;
    }
    if (strcmp(options->input, "auto") != 0 && strcmp(options->input, "none") != 0 &&
        options->input[0] != '/') {
        snprintf(ret_error, ERROR_ROOM,
                 "input: \"%s\" is not auto, none or a path that begins with /", options->input);
        return -EINVAL;
    }
    if (options->vnc_password_file[0] && options->vnc_password_file[0] != '/') {
        snprintf(ret_error, ERROR_ROOM, "vnc-password-file: \"%s\" does not begin with /",
                 options->vnc_password_file);
        return -EINVAL;
    }
    if (vnc_wants_tcp(&options->vnc) && !options->vnc_password_file[0]) {
        snprintf(ret_error, ERROR_ROOM, "vnc-port: a TCP port needs a vnc-password-file");
        return -EINVAL;
    }
    return 0;
}

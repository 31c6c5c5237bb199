#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/times.h"
#include "server/cli/cli.h"

#define TAKES_WORD  1u /* exactly one; otherwise none */
#define TAKES_JSON  2u
#define TAKES_NAME  4u
#define TAKES_WATCH 8u
#define TAKES_TWO   16u  /* another one behind the word */
#define TAKES_WAY   32u  /* -p, --address, --dry-run */
#define TAKES_MANY  64u  /* more words behind the one; with --wall perhaps one, or none */
#define TAKES_MORE  128u /* one word or more behind the word */
#define TAKES_WAIT  256u /* --image, --still and what belongs to them */
#define TAKES_MAYBE 512u /* perhaps another one behind the word */

static const struct command {
    const char *name;
    const char *usage; /* what stands behind the name */
    const char *summary;
    const char *help;
    unsigned takes;
    int (*run)(const struct arguments *arguments);
} commands[] = {
    {"list", "[--json]", "the targets and their states",
     "Lists this computer (local) and all paired targets: number, name, state, since when, and why "
     "one is not ready.",
     TAKES_JSON, cli_list},
    {"switch", "TARGET", "give keyboard and mouse to a target",
     "TARGET is a name, a number (0 is local), or one of: local, this computer; next and prev, the "
     "ready ones in\n"
     "turn; last, the one that was active before.",
     TAKES_WORD, cli_switch},
    {"switcher", "", "choose among all computers on the screen",
     "Shows all of them as small pictures over a window of hotdesk-viewer, and takes the keyboard "
     "for the choice:\n"
     "by number, arrows, a part of a name, Enter, Escape. Again: takes it away.",
     0, cli_switcher},
    {"lock", "on|off", "stay with the active target, or not any more",
     "While locked, hotkeys and 'hotdesk switch' lead to no other target; 'hotdesk switch local' "
     "and the panic\n"
     "keys always work. The lock ends when its target is no more the active one.",
     TAKES_WORD, cli_lock},
    {"scan", "SECONDS|off", "go round over the ready targets",
     "Switches to the next ready target every so many seconds. A key or mouse button ends it and "
     "goes nowhere.",
     TAKES_WORD, cli_scan},
    {"osd", "stats on|off|toggle", "figures over the picture, or not any more",
     "The viewer's windows write in a corner: pictures and bits a second, how long keys take to be "
     "typed there and\n"
     "the picture to be here (half of them and 99 %, of the last seconds). A chord may do the "
     "same: "
     "stats.",
     TAKES_WORD | TAKES_TWO, cli_osd},
    {"status", "[--json]", "all about the server and each target",
     "Shows the server, its inputs, and of each target: state and reason, address, fingerprint of "
     "its key, round\n"
     "trip, latency from the key's event to its injection (half and 99 % of the reports are "
     "faster), screen, lock\n"
     "keys, what its picture takes and what limits that, and its VNC port.",
     TAKES_JSON, cli_status},
    {"send", "TARGET KEYS...", "press keys on a target",
     "Presses and lifts KEYS on TARGET, one combination after the other, whether or not it is the "
     "active target: keyboard\n"
     "and mouse stay where they are. KEYS: names with - or + between them, as in chords: "
     "ctrl-alt-del, alt-f4, enter,\n"
     "meta-l, altgr-e, f12, kp3, pageup, volumeup, buttonright, key183 (any code of the kernel). A "
     "name that is none is\n"
     "told before the first key goes down.",
     TAKES_WORD | TAKES_MORE, cli_send},
    {"type", "TARGET", "type a text on a target",
     "Reads a text from standard input and has TARGET's agent type it, with the keys that the "
     "keyboard layout there has for it,\n"
     "whether or not TARGET is active. A line's end is Enter, a tab is Tab. A character without a "
     "key "
     "is told, with its line\n"
     "and column, before the first is typed. The text is nowhere logged or kept. Ctrl+C stops it; "
     "no "
     "key stays down.",
     TAKES_WORD, cli_type},
    {"wait", "TARGET OPTIONS", "until a target shows something",
     "With --image PART.png: until that is anywhere on TARGET's screen; prints where, as X,Y of "
     "its "
     "upper left corner. With\n"
     "--still SECONDS: until the picture has not changed for so long; the pointer does not count. "
     "Exit code 5: it did not\n"
     "come in time; where it was nearest is told. OPTIONS: --timeout SECONDS (otherwise 10); "
     "--tolerance N, from 0 to 255, by\n"
     "which red, green and blue of each pixel may differ (otherwise 0); --at X,Y only there, --at "
     "X,Y,WxH only inside of that\n"
     "area. Transparent pixels match any. Waiting counts as looking: TARGET's person sees it.",
     TAKES_WORD | TAKES_WAIT, cli_wait},
    {"screenshot", "TARGET FILE.png", "a picture of a target's screen",
     "Writes what TARGET shows now into FILE.png, each pixel as it is there; - is standard output. "
     "No window is\n"
     "needed. It waits at most ten seconds for the picture.",
     TAKES_WORD | TAKES_TWO, cli_screenshot},
    {"monitor", "TARGET [next|all|NAME]", "which of a target's monitors is shown",
     "Lists TARGET's monitors as its xrandr names them, those that are shown with a star; or shows "
     "another: next, each\n"
     "in turn and then all of them; all, as one picture; or the one of this NAME. It stays so "
     "until its agent ends.",
     TAKES_WORD | TAKES_MAYBE, cli_monitor},
    {"view", "[--wall] [NAME...]", "watch targets' screens in a window",
     "Starts hotdesk-viewer with a window of the target NAME, or of several side by side. Keys and "
     "mouse stay\n"
     "where they are. --wall: all targets, or those of the set NAME in viewer.conf (option sets), "
     "with "
     "their names and\n"
     "states; a click on one gives it keyboard and mouse. F11: over the whole screen, and back.",
     TAKES_WORD | TAKES_MANY, cli_view},
    {"watch", "", "one JSON line for each thing that happens",
     "Prints events until it is interrupted, each as one line of JSON: switched, refused, mode, "
     "target, "
     "paired,\n"
     "forgotten, device and others.",
     0, cli_watch},
    {"add", "[OPTIONS] [USER@]HOST", "pair with a computer that you reach by ssh",
     "Runs your own ssh to HOST, which asks what it always asks, and pairs the hotdesk-agent that "
     "is "
     "installed\n"
     "there with this computer; nobody types a code. Then it starts the agent's service and waits "
     "until it is\n"
     "connected. USER@ is whose desktop it is; root@ sets up the system's agent (Wayland, login "
     "screens). Again is\n"
     "fine. OPTIONS: --name NAME as in 'pair'; -p PORT of HOST's ssh; --address HOST[:PORT] where "
     "the agent finds\n"
     "this computer (otherwise: where the ssh came from); --dry-run asks HOST and changes nothing.",
     TAKES_WORD | TAKES_NAME | TAKES_WAY, cli_add},
    {"pair", "[--name NAME]", "let a new computer become a target",
     "Shows a code and the command to run on the other computer, and waits until it has paired. "
     "The code is good\n"
     "for ten minutes and once; Ctrl+C takes it back. NAME is what the target is called (otherwise "
     "its host name):\n"
     "letters a-z, digits and hyphens.",
     TAKES_NAME, cli_pair},
    {"forget", "TARGET", "never let that target in again",
     "Cuts the connection of the target, if there is one, and removes its key. TARGET is a name or "
     "a number.",
     TAKES_WORD, cli_forget},
    {"rename", "TARGET NAME", "call a target by another name",
     "TARGET is its name or number now. NAME: letters a-z, digits and hyphens. Nothing is cut; "
     "chords "
     "in input.conf\n"
     "that name the target must be changed by hand.",
     TAKES_WORD | TAKES_TWO, cli_rename},
    {"order", "TARGET NUMBER", "give a target another number",
     "NUMBER, from 1 to 999, is what hotkeys choose it by. The target that has it so far gets the "
     "old number of\n"
     "TARGET. Nothing is cut.",
     TAKES_WORD | TAKES_TWO, cli_order},
    {"vnc", "", "VNC ports and who is connected",
     "Where VNC programs see which target, whether they may type there, and who does.\n"
     "Ports are given in server.conf: vnc-port, vnc-control.",
     0, cli_vnc},
    {"reload", "", "read the configuration again",
     "hotdesk-server and hotdesk-input read server.conf and input.conf again. Nothing is cut and "
     "no "
     "key is lost. Prints\n"
     "what has changed, and what has to wait for a restart. A file that is wrong changes nothing.",
     0, cli_reload},
    {"devices", "[--json|--watch]", "this computer's input devices",
     "Lists each input device with whether it is taken for switching, and why or why not. With "
     "--watch it\n"
     "goes on, and shows which device says something, how often and of what kind, but never which "
     "key.",
     TAKES_JSON | TAKES_WATCH, cli_devices},
};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const char codes_text[] =
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no server, 4 not allowed, 5 not in "
    "time (wait).\n";

static void print_help(FILE *out)
{
    fprintf(out, "usage: hotdesk [--socket PATH] COMMAND\n\n"
                 "One keyboard and one mouse for several computers. Commands:\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].usage);
        fprintf(out, "  %-26s %s\n", left, commands[i].summary);
    }
    fprintf(out,
            "  %-26s more about one\n\n"
            "  -p PORT, --address HOST[:PORT], --dry-run   of add\n"
            "  --image, --still, --timeout, --tolerance, --at   of wait\n"
            "  --socket PATH              the server's control socket, when it is not in its usual "
            "place\n"
            "  --version                  the version of this program\n\n%s",
            "help COMMAND", codes_text);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static int wrong_usage(const struct command *command)
{
    if (command)
        fprintf(stderr, "usage: hotdesk %s%s%s\n", command->name, *command->usage ? " " : "",
                command->usage);
    else
        fprintf(stderr, "hotdesk: 'hotdesk --help' lists the commands\n");
    return EXIT_USAGE;
}

static int unknown_command(const char *name)
{
    fprintf(stderr, "hotdesk: there is no command '%s'\n", name);
    return wrong_usage(NULL);
}

static int print_command_help(const struct command *command)
{
    printf("usage: hotdesk %s%s%s\n\n%s\n", command->name, *command->usage ? " " : "",
           command->usage, command->help);
    return EXIT_DONE;
}

static int help(int count, char **words)
{
    if (count == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    const struct command *command = find_command(words[0]);
    return command ? print_command_help(command) : unknown_command(words[0]);
}

enum {
    OPTION_SOCKET = 256,
    OPTION_JSON,
    OPTION_NAME,
    OPTION_WATCH,
    OPTION_WALL,
    OPTION_ADDRESS,
    OPTION_DRY_RUN,
    OPTION_IMAGE,
    OPTION_STILL,
    OPTION_TIMEOUT,
    OPTION_TOLERANCE,
    OPTION_AT,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"json", no_argument, NULL, OPTION_JSON},
    {"name", required_argument, NULL, OPTION_NAME},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"watch", no_argument, NULL, OPTION_WATCH},
    {"wall", no_argument, NULL, OPTION_WALL},
    {"address", required_argument, NULL, OPTION_ADDRESS},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"image", required_argument, NULL, OPTION_IMAGE},
    {"still", required_argument, NULL, OPTION_STILL},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"tolerance", required_argument, NULL, OPTION_TOLERANCE},
    {"at", required_argument, NULL, OPTION_AT},
    {NULL, 0, NULL, 0},
};

static bool takes_words(unsigned takes, bool is_wall, int count)
{
    if (is_wall)
        return (takes & TAKES_MANY) && count <= 1;
    if (takes & TAKES_MANY)
        return count >= 1;
    if (takes & TAKES_MORE)
        return count >= 2;
    int least = (takes & TAKES_WORD ? 1 : 0) + (takes & TAKES_TWO ? 1 : 0);
    return count >= least && count <= least + (takes & TAKES_MAYBE ? 1 : 0);
}

static int run(const struct command *command, struct arguments *arguments, int count, char **words)
{
    unsigned takes = command->takes;
    if (!takes_words(takes, arguments->wall, count) || (arguments->json && !(takes & TAKES_JSON)) ||
        (arguments->name && !(takes & TAKES_NAME)) ||
        (arguments->watch && (arguments->json || !(takes & TAKES_WATCH))) ||
        ((arguments->port || arguments->address || arguments->dry_run) && !(takes & TAKES_WAY)) ||
        ((arguments->image || arguments->still || arguments->timeout || arguments->tolerance ||
          arguments->at) &&
         !(takes & TAKES_WAIT)))
        return wrong_usage(command);
    arguments->words = words;
    arguments->word_count = count;
    arguments->word = count > 0 ? words[0] : NULL;
    arguments->second = count > 1 ? words[1] : NULL;
    return command->run(arguments);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    bool help_wanted = false;
    int option;
    times_read_factor();
    while ((option = getopt_long(argc, argv, "hp:", long_options, NULL)) != -1) {
        switch (option) {
        case OPTION_SOCKET:
            arguments.socket_path = optarg;
            break;
        case OPTION_JSON:
            arguments.json = true;
            break;
        case OPTION_NAME:
            arguments.name = optarg;
            break;
        case OPTION_WATCH:
            arguments.watch = true;
            break;
        case OPTION_WALL:
            arguments.wall = true;
            break;
        case 'p':
            arguments.port = optarg;
            break;
        case OPTION_ADDRESS:
            arguments.address = optarg;
            break;
        case OPTION_DRY_RUN:
            arguments.dry_run = true;
            break;
        case OPTION_IMAGE:
            arguments.image = optarg;
            break;
        case OPTION_STILL:
            arguments.still = optarg;
            break;
        case OPTION_TIMEOUT:
            arguments.timeout = optarg;
            break;
        case OPTION_TOLERANCE:
            arguments.tolerance = optarg;
            break;
        case OPTION_AT:
            arguments.at = optarg;
            break;
        case OPTION_VERSION:
            printf("hotdesk %s\n", HOTDESK_VERSION);
            return EXIT_DONE;
        case 'h':
        case OPTION_HELP:
            help_wanted = true;
            break;
        default:
            return wrong_usage(NULL);
        }
    }
    char **words = argv + optind;
    int count = argc - optind;
    if (help_wanted)
        return help(count, words);
    if (count == 0) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(words[0], "help"))
        return help(count - 1, words + 1);
    const struct command *command = find_command(words[0]);
    return command ? run(command, &arguments, count - 1, words + 1) : unknown_command(words[0]);
}

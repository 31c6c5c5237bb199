#include "fake_evdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/input/select.h"

#define LOG_ROOM  4096
#define SLOTS     5
#define AXIS_MAX  32767
#define UNHANDLED -100 /* umockdev's word for: do what you would do without me */

struct fake_evdev {
    UMockdevIoctlBase *handler;
    char path[64];
    char name[128];
    int pipe; /* what we say goes in here */
    struct fake_evdev **all;
    unsigned all_count;
    pthread_mutex_t lock;
    uint64_t types, relatives, absolutes, misc, leds_there;
    struct keyset keys;
    struct keyset down;
    uint64_t leds;
    unsigned led_writes;
    uint64_t muted, muted_places; /* axes that the reader does not want */
    int32_t touches[SLOTS];       /* their numbers; -1: none */
    int32_t slot;
    bool grabbed, grabbed_elsewhere, gone;
    bool frame_has_events;
    uint16_t press_before_grab, release_before_grab, press_when_grabbed;
    uint16_t press_before_ioctl, release_before_ioctl, release_before_write;
    char log[LOG_ROOM], told[LOG_ROOM];
};

__attribute__((format(printf, 2, 3))) static void note(struct fake_evdev *fake, const char *format,
                                                       ...)
{
    size_t used = strlen(fake->log);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && used < LOG_ROOM - 1)
        fake->log[used++] = ' ';
    vsnprintf(fake->log + used, LOG_ROOM - used, format, arguments);
    va_end(arguments);
}

static void queue(struct fake_evdev *fake, uint16_t type, uint16_t code, int32_t value)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct input_event event = {.type = type, .code = code, .value = value};
    event.input_event_sec = now.tv_sec;
    event.input_event_usec = now.tv_nsec / 1000;
    if (!fake->grabbed_elsewhere && write(fake->pipe, &event, sizeof event) != sizeof event)
        abort();
}

/* Slots of protocol B, as input_handle_abs_event has them. False when nothing has changed. */
static bool touch(struct fake_evdev *fake, uint16_t code, int32_t value)
{
    if (code == ABS_MT_SLOT) {
        fake->slot = value >= 0 && value < SLOTS ? value : fake->slot;
        return false;
    }
    if (code != ABS_MT_TRACKING_ID || fake->touches[fake->slot] == value)
        return code != ABS_MT_TRACKING_ID;
    fake->touches[fake->slot] = value;
    note(fake, "%s slot%d:%d", fake->grabbed ? "us" : "desktop", fake->slot, value);
    return true;
}

/* One event, from the device or from a writer. */
static void happen(struct fake_evdev *fake, uint16_t type, uint16_t code, int32_t value)
{
    if (type == EV_SYN) {
        if (fake->frame_has_events)
            queue(fake, type, code, value);
        fake->frame_has_events = false;
        return;
    }
    if (type == EV_KEY && value != 2) {
        if (!(value ? keyset_add(&fake->down, code) : keyset_remove(&fake->down, code)))
            return;
        note(fake, "%s %u:%d", fake->grabbed ? "us" : "desktop", (unsigned)code, value);
    }
    if (type == EV_LED) {
        uint64_t bit = UINT64_C(1) << code;
        if (!(fake->leds_there & bit) || !(fake->leds & bit) == !value)
            return;
        fake->leds ^= bit;
    }
    if (type == EV_REL && fake->muted & UINT64_C(1) << code)
        return;
    if (type == EV_ABS && (!touch(fake, code, value) || fake->muted_places & UINT64_C(1) << code))
        return;
    fake->frame_has_events = true;
    queue(fake, type, code, value);
}

/* What a test asked for, if it did: the hand moves. The kernel tells the key's number even if it
 * drops the key. */
static void once(struct fake_evdev *fake, uint16_t *code, int32_t value)
{
    if (*code) {
        if (fake->misc & UINT64_C(1) << MSC_SCAN)
            happen(fake, EV_MSC, MSC_SCAN, *code);
        happen(fake, EV_KEY, *code, value);
        happen(fake, EV_SYN, SYN_REPORT, 0);
    }
    *code = 0;
}

/* As EVIOCGKEY does with the reader's queue. */
static void forget_queued_keys(struct fake_evdev *fake)
{
    struct input_event events[256];
    ssize_t size = read(fake->pipe, events, sizeof events);
    for (size_t i = 0; size > 0 && i < (size_t)size / sizeof *events; i++)
        if (events[i].type != EV_KEY &&
            write(fake->pipe, &events[i], sizeof *events) != sizeof *events)
            abort();
}

static void reply(UMockdevIoctlClient *client, const void *bytes, size_t size_bytes)
{
    size_t room = _IOC_SIZE(umockdev_ioctl_client_get_request(client));
    UMockdevIoctlData *data =
        umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, room, NULL);
    if (size_bytes > room)
        size_bytes = room;
    umockdev_ioctl_data_update(data, 0, (guint8 *)(uintptr_t)bytes, (gint)size_bytes);
    umockdev_ioctl_data_unref(data);
    umockdev_ioctl_client_complete(client, (glong)size_bytes, 0);
}

static void reply_bits(UMockdevIoctlClient *client, const uint64_t *words, size_t count)
{
    uint8_t bytes[KEY_CNT / 8 + 8] = {0};
    for (size_t i = 0; i < count * 8 && i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(words[i / 8] >> i % 8 * 8);
    reply(client, bytes, count * 8);
}

static void reply_event_bits(struct fake_evdev *fake, UMockdevIoctlClient *client, unsigned type)
{
    const uint64_t none = 0;
    const uint64_t *const words[] = {[0] = &fake->types,
                                     [EV_REL] = &fake->relatives,
                                     [EV_ABS] = &fake->absolutes,
                                     [EV_MSC] = &fake->misc,
                                     [EV_LED] = &fake->leds_there};
    if (type == EV_KEY)
        reply_bits(client, fake->keys.words, KEYSET_WORDS);
    else if (type < sizeof words / sizeof *words && words[type])
        reply_bits(client, words[type], 1);
    else
        reply_bits(client, &none, 1);
}

/* The kernel's console has its own idea of the LEDs of all keyboards: none is lit. Only umockdev's
 * thread has two locks at once. */
static void lights_out(struct fake_evdev *fake)
{
    for (unsigned i = 0; i < fake->all_count; i++) {
        struct fake_evdev *other = fake->all[i];
        if (!other)
            continue;
        if (other != fake)
            pthread_mutex_lock(&other->lock);
        for (uint16_t led = 0; led < LED_CNT; led++)
            happen(other, EV_LED, led, 0);
        happen(other, EV_SYN, SYN_REPORT, 0);
        if (other != fake)
            pthread_mutex_unlock(&other->lock);
    }
}

static void grab(struct fake_evdev *fake, UMockdevIoctlClient *client)
{
    UMockdevIoctlData *data = umockdev_ioctl_client_get_arg(client);
    unsigned long wanted;
    memcpy(&wanted, data->data, sizeof wanted);
    if (wanted) {
        once(fake, &fake->press_before_grab, 1);
        once(fake, &fake->release_before_grab, 0);
    }
    if (fake->grabbed_elsewhere || !wanted == !fake->grabbed) {
        umockdev_ioctl_client_complete(client, -1, wanted ? EBUSY : EINVAL);
        return;
    }
    fake->grabbed = wanted;
    if (!wanted)
        lights_out(fake);
    note(fake, wanted ? "grab" : "ungrab");
    umockdev_ioctl_client_complete(client, 0, 0);
}

/* Each key has its own code for a number. */
static void reply_scan_key(UMockdevIoctlClient *client)
{
    struct input_keymap_entry entry;
    UMockdevIoctlData *data =
        umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof entry, NULL);
    memcpy(&entry, data->data, sizeof entry);
    memcpy(&entry.keycode, entry.scancode, sizeof entry.keycode);
    umockdev_ioctl_data_update(data, 0, (guint8 *)&entry, (gint)sizeof entry);
    umockdev_ioctl_data_unref(data);
    umockdev_ioctl_client_complete(client, 0, 0);
}

static void set_mask(struct fake_evdev *fake, UMockdevIoctlClient *client)
{
    UMockdevIoctlData *data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
                                                          sizeof(struct input_mask), NULL);
    struct input_mask mask;
    memcpy(&mask, data->data, sizeof mask);
    UMockdevIoctlData *codes = umockdev_ioctl_data_resolve(
        data, offsetof(struct input_mask, codes_ptr), mask.codes_size, NULL);
    bool whole_longs = mask.codes_size % sizeof(long) == 0; /* else -EINVAL, as evdev.c has it */
    if (mask.type == EV_REL && whole_longs)
        fake->muted = ~(uint64_t)(codes->data[0] | codes->data[1] << 8);
    if (mask.type == EV_ABS && whole_longs)
        fake->muted_places = ~(uint64_t)codes->data[0] & 0xff;
    umockdev_ioctl_data_unref(codes);
    umockdev_ioctl_data_unref(data);
    umockdev_ioctl_client_complete(client, whole_longs ? 0 : -1, whole_longs ? 0 : EINVAL);
}

static void reply_touches(struct fake_evdev *fake, UMockdevIoctlClient *client)
{
    size_t room = _IOC_SIZE(umockdev_ioctl_client_get_request(client));
    UMockdevIoctlData *data =
        umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, room, NULL);
    bool ids = *(uint32_t *)(void *)data->data == ABS_MT_TRACKING_ID;
    for (size_t i = 0; i < SLOTS && (i + 2) * sizeof(int32_t) <= room; i++) {
        int32_t value = ids ? fake->touches[i] : 0;
        umockdev_ioctl_data_update(data, (i + 1) * sizeof value, (guint8 *)&value, sizeof value);
    }
    umockdev_ioctl_data_unref(data);
    bool has_slots = fake->absolutes & UINT64_C(1) << ABS_MT_SLOT;
    umockdev_ioctl_client_complete(client, has_slots ? 0 : -1, has_slots ? 0 : EINVAL);
}

static void answer_ioctl(struct fake_evdev *fake, UMockdevIoctlClient *client)
{
    const unsigned long request = umockdev_ioctl_client_get_request(client);
    const unsigned number = _IOC_NR(request);
    const int version = EV_VERSION, repeat[2] = {250, 33};
    const struct input_id id = {.bustype = BUS_USB, .vendor = 1, .product = 1};
    const struct input_absinfo axis = {.maximum = AXIS_MAX}, slots = {.maximum = SLOTS - 1};
    const uint64_t none = 0;
    if (_IOC_TYPE(request) != 'E') /* FIONBIO and the like are for the pipe */
        umockdev_ioctl_client_complete(client, UNHANDLED, 0);
    else if (number >= 0x20 && number < 0x20 + EV_CNT)
        reply_event_bits(fake, client, number - 0x20);
    else if (number == 0x40 + ABS_MT_SLOT)
        reply(client, &slots, sizeof slots);
    else if (number == _IOC_NR(EVIOCGMTSLOTS(0)))
        reply_touches(fake, client);
    else if (number >= 0x40 && number < 0x40 + ABS_CNT)
        reply(client, &axis, sizeof axis);
    else if (number == _IOC_NR(EVIOCGVERSION))
        reply(client, &version, sizeof version);
    else if (number == _IOC_NR(EVIOCGKEYCODE_V2))
        reply_scan_key(client);
    else if (number == _IOC_NR(EVIOCGID))
        reply(client, &id, sizeof id);
    else if (number == _IOC_NR(EVIOCGREP))
        reply(client, repeat, sizeof repeat);
    else if (number == _IOC_NR(EVIOCGNAME(0)))
        reply(client, fake->name, strlen(fake->name) + 1);
    else if (number == _IOC_NR(EVIOCGPROP(0)) || number == _IOC_NR(EVIOCGSW(0)))
        reply_bits(client, &none, 1);
    else if (number == _IOC_NR(EVIOCGLED(0)))
        reply_bits(client, &fake->leds, 1);
    else if (number == _IOC_NR(EVIOCGKEY(0))) {
        forget_queued_keys(fake);
        reply_bits(client, fake->down.words, KEYSET_WORDS);
    } else if (number == _IOC_NR(EVIOCGRAB))
        grab(fake, client);
    else if (number == _IOC_NR(EVIOCSMASK))
        set_mask(fake, client);
    else if (number == _IOC_NR(EVIOCSCLOCKID))
        umockdev_ioctl_client_complete(client, 0, 0);
    else /* PHYS and UNIQ: it has none */
        umockdev_ioctl_client_complete(client, -1, ENOENT);
}

static gboolean on_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer context)
{
    struct fake_evdev *fake = context;
    pthread_mutex_lock(&fake->lock);
    once(fake, &fake->press_before_ioctl, 1);
    once(fake, &fake->release_before_ioctl, 0);
    if (fake->gone)
        umockdev_ioctl_client_complete(client, -1, ENODEV);
    else
        answer_ioctl(fake, client);
    pthread_mutex_unlock(&fake->lock);
    return TRUE;
}

static gboolean on_read(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer context)
{
    struct fake_evdev *fake = context;
    pthread_mutex_lock(&fake->lock);
    bool gone = fake->gone;
    if (fake->grabbed)
        once(fake, &fake->press_when_grabbed, 1);
    if (gone)
        umockdev_ioctl_client_complete(client, -1, ENODEV);
    pthread_mutex_unlock(&fake->lock);
    return gone; /* else it reads from the pipe */
}

static gboolean on_write(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer context)
{
    struct fake_evdev *fake = context;
    UMockdevIoctlData *data = umockdev_ioctl_client_get_arg(client);
    pthread_mutex_lock(&fake->lock);
    bool has_leds = false;
    once(fake, &fake->release_before_write, 0);
    for (gint at = 0; at + (gint)sizeof(struct input_event) <= data->data_len && !fake->gone;
         at += (gint)sizeof(struct input_event)) {
        struct input_event event;
        memcpy(&event, data->data + at, sizeof event);
        happen(fake, event.type, event.code, event.value);
        has_leds |= event.type == EV_LED;
    }
    fake->led_writes += has_leds;
    umockdev_ioctl_client_complete(client, fake->gone ? -1 : data->data_len,
                                   fake->gone ? ENODEV : 0);
    pthread_mutex_unlock(&fake->lock);
    return TRUE;
}

static bool read_line(const char *directory, const char *name, char *ret_text, size_t room_bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    bool read = file && fgets(ret_text, (int)room_bytes, file);
    if (file)
        fclose(file);
    if (read)
        ret_text[strcspn(ret_text, "\n")] = '\0';
    return read;
}

static void read_bits(const char *directory, const char *name, uint64_t *ret_bits, unsigned words)
{
    char text[512] = "", path[64];
    snprintf(path, sizeof path, "../capabilities/%s", name);
    read_line(directory, path, text, sizeof text);
    capabilities_parse(text, ret_bits, words);
}

struct fake_evdev *fake_evdev_create(UMockdevTestbed *testbed, const char *syspath, unsigned number,
                                     struct fake_evdev **all, unsigned count)
{
    struct fake_evdev *fake = calloc(1, sizeof *fake);
    fake->all = all;
    fake->all_count = count;
    char *root = umockdev_testbed_get_root_dir(testbed);
    snprintf(fake->path, sizeof fake->path, "/dev/input/event%u", number);
    read_line(syspath, "../name", fake->name, sizeof fake->name);
    for (size_t i = 0; i < SLOTS; i++)
        fake->touches[i] = -1;
    read_bits(syspath, "ev", &fake->types, 1);
    read_bits(syspath, "key", fake->keys.words, KEYSET_WORDS);
    read_bits(syspath, "rel", &fake->relatives, 1);
    read_bits(syspath, "abs", &fake->absolutes, 1);
    read_bits(syspath, "msc", &fake->misc, 1);
    read_bits(syspath, "led", &fake->leds_there, 1);
    pthread_mutex_init(&fake->lock, NULL);

    char node[512];
    snprintf(node, sizeof node, "%s%s", root, fake->path);
    g_free(root);
    unlink(node);
    fake->pipe = mkfifo(node, 0600) < 0 ? -1 : open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    fake->handler = umockdev_ioctl_base_new();
    g_signal_connect(fake->handler, "handle-ioctl", G_CALLBACK(on_ioctl), fake);
    g_signal_connect(fake->handler, "handle-read", G_CALLBACK(on_read), fake);
    g_signal_connect(fake->handler, "handle-write", G_CALLBACK(on_write), fake);
    if (fake->pipe < 0 || !umockdev_testbed_attach_ioctl(testbed, fake->path, fake->handler, NULL))
        return fake_evdev_destroy(fake, testbed);
    return fake;
}

struct fake_evdev *fake_evdev_destroy(struct fake_evdev *fake, UMockdevTestbed *testbed)
{
    if (!fake)
        return NULL;
    umockdev_testbed_detach_ioctl(testbed, fake->path, NULL);
    g_signal_handlers_disconnect_by_data(fake->handler, fake);
    g_object_unref(fake->handler);
    if (fake->pipe >= 0)
        close(fake->pipe);
    pthread_mutex_destroy(&fake->lock);
    free(fake);
    return NULL;
}

void fake_evdev_say(struct fake_evdev *fake, uint16_t type, uint16_t code, int32_t value)
{
    pthread_mutex_lock(&fake->lock);
    happen(fake, type, code, value);
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_say_report(struct fake_evdev *fake, const struct fake_event *events, size_t count)
{
    pthread_mutex_lock(&fake->lock);
    for (size_t i = 0; i < count; i++)
        happen(fake, events[i].type, events[i].code, events[i].value);
    happen(fake, EV_SYN, SYN_REPORT, 0);
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_say_unheard(struct fake_evdev *fake, uint16_t code, int32_t value)
{
    pthread_mutex_lock(&fake->lock);
    if (value)
        keyset_add(&fake->down, code);
    else
        keyset_remove(&fake->down, code);
    queue(fake, EV_SYN, SYN_DROPPED, 0);
    queue(fake, EV_SYN, SYN_REPORT, 0);
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_grab_elsewhere(struct fake_evdev *fake, bool grabbed)
{
    pthread_mutex_lock(&fake->lock);
    fake->grabbed_elsewhere = grabbed;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_press_before_grab(struct fake_evdev *fake, uint16_t code)
{
    pthread_mutex_lock(&fake->lock);
    fake->press_before_grab = code;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_release_before_grab(struct fake_evdev *fake, uint16_t code)
{
    pthread_mutex_lock(&fake->lock);
    fake->release_before_grab = code;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_press_when_grabbed(struct fake_evdev *fake, uint16_t code)
{
    pthread_mutex_lock(&fake->lock);
    fake->press_when_grabbed = code;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_press_before_ioctl(struct fake_evdev *fake, uint16_t code)
{
    pthread_mutex_lock(&fake->lock);
    fake->press_before_ioctl = code;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_release_before_ioctl(struct fake_evdev *fake, uint16_t code)
{
    pthread_mutex_lock(&fake->lock);
    fake->release_before_ioctl = code;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_release_before_write(struct fake_evdev *fake, uint16_t code)
{
    pthread_mutex_lock(&fake->lock);
    fake->release_before_write = code;
    pthread_mutex_unlock(&fake->lock);
}

void fake_evdev_vanish(struct fake_evdev *fake)
{
    pthread_mutex_lock(&fake->lock);
    queue(fake, EV_SYN, SYN_REPORT, 0); /* wakes the reader */
    fake->gone = true;
    fake->grabbed = false;
    pthread_mutex_unlock(&fake->lock);
}

bool fake_evdev_is_grabbed(struct fake_evdev *fake)
{
    pthread_mutex_lock(&fake->lock);
    bool grabbed = fake->grabbed;
    pthread_mutex_unlock(&fake->lock);
    return grabbed;
}

uint64_t fake_evdev_leds(struct fake_evdev *fake)
{
    pthread_mutex_lock(&fake->lock);
    uint64_t leds = fake->leds;
    pthread_mutex_unlock(&fake->lock);
    return leds;
}

unsigned fake_evdev_led_writes(struct fake_evdev *fake)
{
    pthread_mutex_lock(&fake->lock);
    unsigned writes = fake->led_writes;
    pthread_mutex_unlock(&fake->lock);
    return writes;
}

const char *fake_evdev_log(struct fake_evdev *fake)
{
    pthread_mutex_lock(&fake->lock);
    memcpy(fake->told, fake->log, sizeof fake->told);
    fake->log[0] = '\0';
    pthread_mutex_unlock(&fake->lock);
    return fake->told;
}

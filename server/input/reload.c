#include "server/input/reload.h"

#include <stdio.h>

#include "common/log.h"
#include "protocol/cursor.h"
#include "server/input/sent_keys.h"

static void make_hotkeys(struct reload *reload)
{
    reload->values.hotkeys = reload->wanted.hotkeys;
    hotkey_config_make_rules(&reload->values.hotkeys, &reload->rules);
}

static void make_devices(struct reload *reload)
{
    reload->values.devices = reload->wanted.devices;
    snprintf(reload->values.send_keys, sizeof reload->values.send_keys, "%s",
             reload->wanted.send_keys);
    sent_keys_parse(reload->values.send_keys, &reload->sent_keys);
}

void reload_init(struct reload *reload, const struct settings *settings,
                 const struct settings_values *values)
{
    *reload = (struct reload){.settings = settings, .values = *values, .wanted = *values};
    make_hotkeys(reload);
    make_devices(reload);
}

void reload_read(struct reload *reload, struct link_reloaded *ret_result)
{
    struct settings_values read;
    struct config_changes changes;
    char error[ERROR_ROOM] = "";

    *ret_result = (struct link_reloaded){0};
    if (settings_load(reload->settings, &read, error) < 0) {
        text_make_clean(error, ret_result->error, sizeof ret_result->error);
        return;
    }
    settings_compare(&reload->wanted, &read, &changes);
    snprintf(ret_result->changed, sizeof ret_result->changed, "%s", changes.now);
    reload->wanted = read;
    if (changes.now[0]) /* what was due and nobody changed since is due still */
        reload->hotkeys_due = reload->devices_due = true;
    reload->values.log_level = read.log_level;
    log_init("hotdesk-input", settings_log_level(&read));
}

bool reload_take_hotkeys(struct reload *reload)
{
    if (!reload->hotkeys_due)
        return false;
    reload->hotkeys_due = false;
    make_hotkeys(reload);
    return true;
}

bool reload_take_devices(struct reload *reload)
{
    if (!reload->devices_due)
        return false;
    reload->devices_due = false;
    make_devices(reload);
    return true;
}

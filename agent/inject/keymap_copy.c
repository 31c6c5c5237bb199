#include "agent/inject/keymap_copy.h"

#include <X11/XKBlib.h>
#include <string.h>

static bool types_equal(const XkbKeyTypeRec *a, const XkbKeyTypeRec *b)
{
    if (a->mods.mask != b->mods.mask || a->num_levels != b->num_levels ||
        a->map_count != b->map_count)
        return false;
    for (int i = 0; i < a->map_count; i++) {
        if (a->map[i].active != b->map[i].active || a->map[i].level != b->map[i].level ||
            a->map[i].mods.mask != b->map[i].mods.mask)
            return false;
    }
    return true;
}

static bool keys_equal(XkbDescPtr a, XkbDescPtr b, int code)
{
    const int count = XkbKeyNumSyms(a, code), groups = XkbKeyNumGroups(a, code);

    if (a->map->modmap[code] != b->map->modmap[code] || count != XkbKeyNumSyms(b, code) ||
        XkbKeyGroupInfo(a, code) != XkbKeyGroupInfo(b, code))
        return false;
    for (int group = 0; group < groups && group < XkbNumKbdGroups; group++) {
        if (!types_equal(XkbKeyKeyType(a, code, group), XkbKeyKeyType(b, code, group)))
            return false;
    }
    return count == 0 || memcmp(XkbKeySymsPtr(a, code), XkbKeySymsPtr(b, code),
                                (size_t)count * sizeof(KeySym)) == 0;
}

static bool descriptions_equal(XkbDescPtr a, XkbDescPtr b)
{
    if (a->min_key_code != b->min_key_code || a->max_key_code != b->max_key_code)
        return false;
    for (int code = a->min_key_code; code <= a->max_key_code; code++) {
        if (!keys_equal(a, b, code))
            return false;
    }
    return true;
}

bool keymap_devices_equal(Display *xlib, int device, int other)
{
    XkbDescPtr a = XkbGetMap(xlib, XkbAllClientInfoMask, (unsigned)device);
    XkbDescPtr b = XkbGetMap(xlib, XkbAllClientInfoMask, (unsigned)other);
    const bool equal = a && b && descriptions_equal(a, b);

    if (a)
        XkbFreeKeyboard(a, XkbAllComponentsMask, True);
    if (b)
        XkbFreeKeyboard(b, XkbAllComponentsMask, True);
    return equal;
}

static bool description_read(Display *xlib, XkbDescPtr map)
{
    return XkbGetCompatMap(xlib, XkbAllCompatMask, map) == Success &&
           XkbGetIndicatorMap(xlib, XkbAllIndicatorsMask, map) == Success &&
           XkbGetNames(xlib, XkbAllNamesMask, map) == Success;
}

static void description_write(Display *xlib, XkbDescPtr map)
{
    XkbSetMap(xlib, XkbAllMapComponentsMask, map);
    XkbSetIndicatorMap(xlib, XkbAllIndicatorsMask, map);
    XkbSetCompatMap(xlib, XkbAllCompatMask, map, True);
    XkbSetNames(xlib, XkbAllNamesMask & ~(unsigned)XkbGeometryNameMask, 0, map->map->num_types,
                map);
}

bool keymap_copy_device(Display *xlib, int from, int to)
{
    XkbDescPtr map = XkbGetMap(xlib, XkbAllMapComponentsMask, (unsigned)from);
    const bool read = map && description_read(xlib, map);

    if (read) {
        map->device_spec = (unsigned short)to;
        description_write(xlib, map);
    }
    if (map)
        XkbFreeKeyboard(map, XkbAllComponentsMask, True);
    return read;
}

void keymap_copy_group(Display *xlib, int device)
{
    XkbStateRec wanted, has;

    if (XkbGetState(xlib, XkbUseCoreKbd, &wanted) == Success &&
        XkbGetState(xlib, (unsigned)device, &has) == Success &&
        wanted.locked_group != has.locked_group)
        XkbLockGroup(xlib, (unsigned)device, wanted.locked_group);
}

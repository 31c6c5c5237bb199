#include "server/viewer/toast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/times.h"

#define WARNING_COLOR 0xfbbf24u

void toast_finish(struct toast *toast)
{
    free((void *)toast->image.pixels);
    *toast = (struct toast){0};
}

static void take_down(struct toast *toast, struct layers *layers)
{
    if (toast->image.pixels)
        layers_set(layers, 0, NULL, 0, 0, 0);
    free((void *)toast->image.pixels);
    toast->image.pixels = NULL;
}

void toast_say(struct toast *toast, const char *title, const char *text, uint64_t now_us)
{
    struct osd_panel *panel = &toast->panel;
    *panel = (struct osd_panel){.line_count = 2, .color = WARNING_COLOR};
    panel->lines[1].style = OSD_TEXT;
    snprintf(panel->lines[0].text, sizeof panel->lines[0].text, "%s", title);
    snprintf(panel->lines[1].text, sizeof panel->lines[1].text, "%s", text);
    toast->until_us = now_us + time_us(TIME_NOTICE);
    toast->window.width_px = 0;
}

void toast_show(struct toast *toast, struct osd_paint *paint, struct layers *layers,
                const struct osd_window *window, uint64_t now_us)
{
    struct osd_layout layout;
    if (toast->panel.line_count > 0 && now_us >= toast->until_us) {
        toast->panel.line_count = 0;
        take_down(toast, layers);
    }
    if (toast->panel.line_count == 0 || !paint || window->width_px == 0 || window->height_px == 0 ||
        memcmp(&toast->window, window, sizeof *window) == 0)
        return;
    take_down(toast, layers);
    toast->window = *window;
    if (osd_paint_panel(paint, &toast->panel, OSD_SWITCH, window, &layout, &toast->image) == 0)
        layers_set(layers, 0, &toast->image, layout.panel.x_px, layout.panel.y_px, 255);
}

uint64_t toast_deadline_us(const struct toast *toast)
{
    return toast->panel.line_count > 0 ? toast->until_us : UINT64_MAX;
}

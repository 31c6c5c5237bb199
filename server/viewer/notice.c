#include "server/viewer/notice.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/times.h"

#define WARNING_COLOR 0xfbbf24u

void notice_finish(struct notice *notice)
{
    free((void *)notice->image.pixels);
    *notice = (struct notice){0};
}

static void take_down(struct notice *notice, struct layers *layers)
{
    if (notice->image.pixels)
        layers_set(layers, 0, NULL, 0, 0, 0);
    free((void *)notice->image.pixels);
    notice->image.pixels = NULL;
}

void notice_say(struct notice *notice, const char *title, const char *text, uint64_t now_us)
{
    struct osd_panel *panel = &notice->panel;
    *panel = (struct osd_panel){.line_count = 2, .color = WARNING_COLOR};
    panel->lines[1].style = OSD_TEXT;
    snprintf(panel->lines[0].text, sizeof panel->lines[0].text, "%s", title);
    snprintf(panel->lines[1].text, sizeof panel->lines[1].text, "%s", text);
    notice->until_us = now_us + time_us(TIME_NOTICE);
    notice->width_px = 0;
}

void notice_show(struct notice *notice, struct osd_paint *paint, struct layers *layers,
                 uint32_t width_px, uint32_t height_px, uint64_t now_us)
{
    struct osd_layout layout;
    if (notice->panel.line_count > 0 && now_us >= notice->until_us) {
        notice->panel.line_count = 0;
        take_down(notice, layers);
    }
    if (notice->panel.line_count == 0 || !paint || width_px == 0 || height_px == 0 ||
        (notice->width_px == width_px && notice->height_px == height_px))
        return;
    take_down(notice, layers);
    notice->width_px = width_px;
    notice->height_px = height_px;
    if (osd_paint_panel(paint, &notice->panel, OSD_SWITCH, width_px, height_px, &layout,
                        &notice->image) == 0)
        layers_set(layers, 0, &notice->image, layout.panel.x_px, layout.panel.y_px, 255);
}

uint64_t notice_deadline_us(const struct notice *notice)
{
    return notice->panel.line_count > 0 ? notice->until_us : UINT64_MAX;
}

#include "server/viewer/osd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/times.h"
#include "server/viewer/colors.h"
#include "server/viewer/osd_paint.h"

#define LOG_MODULE "osd"

_Static_assert(OSD_PLACES <= CANVAS_PANELS, "each panel has its place on the canvas");

struct osd {
    bool writes, frames;
    struct osd_paint *paint; /* NULL: no font */
    struct border border;    /* as it is shown */
    char name[OSD_TEXT_ROOM];
    SDL_Rect framed;          /* the field in it; w 0: not yet */
    struct osd_words words;   /* as they are shown */
    struct osd_window window; /* the field that they are for */
    struct osd_rectangle places[OSD_PLACES];
    struct overlay_image images[OSD_PLACES]; /* pixels NULL: not up */
    uint64_t dark_since_us;                  /* there is no picture; 0: there is, or need not be */
    uint64_t deadline_us;
};

struct osd *osd_create(const char *font, bool writes, bool frames)
{
    struct osd *osd = writes || frames ? calloc(1, sizeof *osd) : NULL;
    if (!osd)
        return NULL;
    osd->deadline_us = UINT64_MAX;
    osd->paint = osd_paint_create(font);
    osd->writes = writes && osd->paint;
    osd->frames = frames;
    return osd;
}

struct osd *osd_destroy(struct osd *osd)
{
    if (!osd)
        return NULL;
    for (size_t i = 0; i < OSD_PLACES; i++)
        free((void *)osd->images[i].pixels);
    free((void *)osd->border.name.pixels);
    osd_paint_destroy(osd->paint);
    free(osd);
    return NULL;
}

/* A moment without a picture, as at each first switch, is not worth a word. */
static uint64_t wait_dark(struct osd *osd, struct osd_facts *facts, uint64_t now_us)
{
    if (!*facts->no_picture) {
        osd->dark_since_us = 0;
        return UINT64_MAX;
    }
    if (osd->dark_since_us == 0)
        osd->dark_since_us = now_us;
    uint64_t until_us = osd->dark_since_us + time_us(TIME_OSD_STATE);
    if (now_us >= until_us)
        return UINT64_MAX;
    facts->no_picture = "";
    return until_us;
}

static void render(struct osd *osd, enum osd_place place, const struct osd_panel *panel)
{
    struct osd_layout layout;
    free((void *)osd->images[place].pixels);
    osd->images[place].pixels = NULL;
    if (panel->line_count == 0)
        return;
    if (osd_paint_panel(osd->paint, panel, place, &osd->window, &layout, &osd->images[place]) < 0)
        log_debug("a panel of the on-screen display could not be painted");
    osd->places[place] = layout.panel;
}

static void write_words(struct osd *osd, struct canvas *canvas, const struct osd_facts *facts,
                        uint64_t now_us, const struct osd_window *window)
{
    struct osd_words words;
    struct osd_facts now = *facts;
    uint64_t dark_us = wait_dark(osd, &now, now_us);
    osd_words_make(&now, now_us, &words);
    bool resized = memcmp(window, &osd->window, sizeof *window) != 0;
    osd->window = *window;
    for (size_t i = 0; i < OSD_PLACES; i++) {
        bool is_other = memcmp(&words.panels[i], &osd->words.panels[i], sizeof *words.panels) != 0;
        if (is_other || resized)
            render(osd, (enum osd_place)i, &words.panels[i]);
        if (is_other || resized || words.opacity[i] != osd->words.opacity[i])
            canvas_set_panel(canvas, i, osd->images[i].pixels ? &osd->images[i] : NULL,
                             osd->places[i].x_px, osd->places[i].y_px, words.opacity[i]);
    }
    osd->words = words;
    osd->deadline_us = osd_words_deadline_us(&now, now_us);
    if (dark_us < osd->deadline_us)
        osd->deadline_us = dark_us;
}

/* The window's own size decides how large the letters of its frame are. */
static void frame(struct osd *osd, struct canvas *canvas, const struct osd_facts *facts)
{
    char name[OSD_TEXT_ROOM];
    const char *target = osd_words_name(facts->status, facts->number);
    uint32_t color = colors_of_target(facts->colors, target, facts->number);
    struct osd_window window = canvas_window(canvas);
    SDL_Rect field = canvas_field(canvas), before = osd->framed;
    if (facts->number > 0)
        snprintf(name, sizeof name, "%u  %s", facts->number, target);
    else
        strcpy(name, "local");
    if (before.w > 0 && strcmp(name, osd->name) == 0 && color == osd->border.color &&
        SDL_RectEquals(&field, &before))
        return;
    free((void *)osd->border.name.pixels);
    osd->border = (struct border){.color = color};
    canvas_set_border(canvas, &osd->border);
    osd->framed = canvas_field(canvas);
    strcpy(osd->name, name);
    if (osd->paint)
        osd_paint_line(osd->paint, name, colors_ink_on(color), &window, &osd->border.name);
    canvas_set_border(canvas, &osd->border);
}

void osd_show(struct osd *osd, struct canvas *canvas, const struct osd_facts *facts,
              uint64_t now_us)
{
    if (osd && osd->frames)
        frame(osd, canvas, facts);
    SDL_Rect field = canvas_field(canvas);
    struct osd_window window = canvas_window(canvas);
    window.width_px = (uint32_t)field.w;
    window.height_px = (uint32_t)field.h;
    if (osd && osd->writes && field.w > 0 && field.h > 0)
        write_words(osd, canvas, facts, now_us, &window);
}

uint64_t osd_deadline_us(const struct osd *osd)
{
    return osd ? osd->deadline_us : UINT64_MAX;
}

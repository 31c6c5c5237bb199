/*
 * The on-screen display over a window's picture: shows what osd_words says, renders it anew only
 * when that or the window's size changes, and costs nothing while it says nothing.
 */
#pragma once

#include "server/viewer/canvas.h"
#include "server/viewer/osd_words.h"

struct osd;

/* `font`: as osd_paint_create; without one (logged) nothing is written. `writes`: panels over the
 * picture; `frames`: a border around it. NULL: neither, or no memory; the other functions take
 * that. */
struct osd *osd_create(const char *font, bool writes, bool frames);
struct osd *osd_destroy(struct osd *osd); /* its canvas shows nothing of it any more, or is gone */
/* Before the canvas is painted. */
void osd_show(struct osd *osd, struct canvas *canvas, const struct osd_facts *facts,
              uint64_t now_us);
uint64_t osd_deadline_us(const struct osd *osd); /* call osd_show again then; UINT64_MAX: never */

/*
 * Texts of the on-screen display that have only so much room: cut with an ellipsis, or ended at a
 * blank. Pure; letters are measured by a callback.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "server/viewer/osd_words.h"

struct osd_metrics {
    /* Of the first `size_bytes` of a text. */
    uint32_t (*width_px)(void *context, enum osd_style style, const char *text, size_t size_bytes);
    void *context;
    uint32_t line_px[OSD_STYLES]; /* from one line to the next */
};

uint32_t osd_text_width_px(const struct osd_metrics *metrics, enum osd_style style,
                           const char *text, size_t size_bytes);
/* In place: as much of it as fits with an ellipsis. */
void osd_text_cut(const struct osd_metrics *metrics, enum osd_style style, uint32_t room_px,
                  char text[OSD_TEXT_ROOM]);
/* How much of a text is one line: to its last blank that fits, or at least a letter. */
size_t osd_text_fitting(const struct osd_metrics *metrics, enum osd_style style, uint32_t room_px,
                        const char *text);

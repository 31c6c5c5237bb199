#include "server/viewer/osd_text.h"

#include <stdbool.h>
#include <string.h>

static const char ELLIPSIS[] = "…";

uint32_t osd_text_width_px(const struct osd_metrics *metrics, enum osd_style style,
                           const char *text, size_t size_bytes)
{
    return metrics->width_px(metrics->context, style, text, size_bytes);
}

static bool is_inside_letter(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t letter_before(const char *text, size_t size_bytes)
{
    while (size_bytes > 0 && is_inside_letter(text[--size_bytes]))
        ;
    return size_bytes;
}

void osd_text_cut(const struct osd_metrics *metrics, enum osd_style style, uint32_t room_px,
                  char text[OSD_TEXT_ROOM])
{
    size_t size_bytes = strlen(text);
    if (osd_text_width_px(metrics, style, text, size_bytes) <= room_px)
        return;
    do {
        size_bytes = letter_before(text, size_bytes);
        while (size_bytes + sizeof ELLIPSIS > OSD_TEXT_ROOM)
            size_bytes = letter_before(text, size_bytes);
        while (size_bytes > 0 && text[size_bytes - 1] == ' ')
            size_bytes--;
        strcpy(text + size_bytes, ELLIPSIS);
    } while (size_bytes > 0 &&
             osd_text_width_px(metrics, style, text, size_bytes + sizeof ELLIPSIS - 1) > room_px);
}

size_t osd_text_fitting(const struct osd_metrics *metrics, enum osd_style style, uint32_t room_px,
                        const char *text)
{
    size_t best = 0, size_bytes = strlen(text);
    if (osd_text_width_px(metrics, style, text, size_bytes) <= room_px)
        return size_bytes;
    for (size_t i = 1; i < size_bytes; i++)
        if (text[i] == ' ' && osd_text_width_px(metrics, style, text, i) <= room_px)
            best = i;
    while (best == 0 && size_bytes > 0) {
        size_t shorter = letter_before(text, size_bytes);
        if (shorter == 0 || osd_text_width_px(metrics, style, text, shorter) <= room_px)
            best = shorter == 0 ? size_bytes : shorter;
        size_bytes = shorter;
    }
    return best;
}

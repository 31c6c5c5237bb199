#include "server/viewer/osd_paint.h"

#include <SDL_ttf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/viewer/colors.h"
#include "server/viewer/ink.h"

#define LOG_MODULE "osd"

#define BACK_COLOR    0x14171cu
#define BACK_ALPHA    0xe8u
#define OUTLINE_COLOR 0x4b5563u
#define TITLE_COLOR   0xffffffu
#define TEXT_COLOR    0xd8dde4u

/* The first that is there: Debian, Fedora, Arch. The title is of the bold one beside it. */
static const char *const FONTS[][2] = {
    {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
     "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"},
    {"/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
     "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf"},
    {"/usr/share/fonts/TTF/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf"},
};

struct osd_paint {
    TTF_Font *fonts[OSD_STYLES];
    uint32_t letter_px[OSD_STYLES]; /* that they are set to */
};

/* --- fonts --- */

static bool open_fonts(struct osd_paint *paint, const char *text, const char *title)
{
    const int any_px = 16;
    paint->fonts[OSD_TEXT] = TTF_OpenFont(text, any_px);
    paint->fonts[OSD_TITLE] = TTF_OpenFont(title, any_px);
    for (int i = 0; i < OSD_STYLES; i++)
        if (paint->fonts[i])
            TTF_SetFontHinting(paint->fonts[i], TTF_HINTING_LIGHT);
    return paint->fonts[OSD_TEXT] && paint->fonts[OSD_TITLE];
}

static bool find_fonts(struct osd_paint *paint, const char *path)
{
    if (*path)
        return open_fonts(paint, path, path);
    for (size_t i = 0; i < sizeof FONTS / sizeof *FONTS; i++)
        if (access(FONTS[i][0], R_OK) == 0 && access(FONTS[i][1], R_OK) == 0)
            return open_fonts(paint, FONTS[i][0], FONTS[i][1]);
    SDL_SetError("DejaVu Sans is not installed");
    return false;
}

struct osd_paint *osd_paint_create(const char *path)
{
    struct osd_paint *paint = calloc(1, sizeof *paint);
    if (!paint)
        return NULL;
    if (TTF_Init() == 0 && find_fonts(paint, path))
        return paint;
    log_warning("no on-screen display: no font: %s (option font)", SDL_GetError());
    return osd_paint_destroy(paint);
}

struct osd_paint *osd_paint_destroy(struct osd_paint *paint)
{
    if (!paint)
        return NULL;
    for (int i = 0; i < OSD_STYLES; i++)
        if (paint->fonts[i])
            TTF_CloseFont(paint->fonts[i]);
    if (TTF_WasInit())
        TTF_Quit();
    free(paint);
    return NULL;
}

static uint32_t measure(void *context, enum osd_style style, const char *text, size_t size_bytes)
{
    const struct osd_paint *paint = context;
    char part[OSD_TEXT_ROOM];
    int width_px = 0;
    memcpy(part, text, size_bytes);
    part[size_bytes] = '\0';
    TTF_SizeUTF8(paint->fonts[style], part, &width_px, NULL);
    return width_px > 0 ? (uint32_t)width_px : 0;
}

int osd_paint_set_letters(struct osd_paint *paint, const uint32_t letter_px[OSD_STYLES])
{
    for (int i = 0; i < OSD_STYLES; i++) {
        if (letter_px[i] == paint->letter_px[i])
            continue;
        if (TTF_SetFontSize(paint->fonts[i], (int)letter_px[i]) < 0)
            return -EIO;
        paint->letter_px[i] = letter_px[i];
    }
    return 0;
}

static int set_sizes(struct osd_paint *paint, const struct osd_window *window)
{
    uint32_t letter_px[OSD_STYLES];
    for (int i = 0; i < OSD_STYLES; i++)
        letter_px[i] = osd_layout_letter_px((enum osd_style)i, window);
    return osd_paint_set_letters(paint, letter_px);
}

struct osd_metrics osd_paint_metrics(struct osd_paint *paint)
{
    struct osd_metrics metrics = {.width_px = measure, .context = paint};
    for (int i = 0; i < OSD_STYLES; i++)
        metrics.line_px[i] = (uint32_t)TTF_FontLineSkip(paint->fonts[i]);
    return metrics;
}

/* --- pixels --- */

/* The outline is what a smaller rectangle leaves of the panel. */
static void paint_back(struct overlay_image *image, uint32_t *pixels,
                       const struct osd_layout *layout, uint32_t color)
{
    float width = (float)image->width_px, height = (float)image->height_px;
    float line = (float)layout->line_px, radius = (float)layout->corner_px;
    struct osd_rectangle whole = {.width_px = image->width_px, .height_px = image->height_px};
    for (uint32_t y = 0; y < image->height_px; y++)
        for (uint32_t x = 0; x < image->width_px; x++) {
            float part = ink_cover((float)x, (float)y, width, height, radius);
            float inner = ink_cover((float)x - line, (float)y - line, width - 2 * line,
                                    height - 2 * line, radius - line);
            uint32_t one = ink_mixed(OUTLINE_COLOR, BACK_COLOR, (uint32_t)(inner * 255 + 0.5f));
            pixels[y * image->width_px + x] =
                ink_mixed(0, one, (uint32_t)(part * BACK_ALPHA + 0.5f));
        }
    ink_fill(pixels, image->width_px, &whole, layout->corner_px, color, 255, layout->stripe_px);
}

int osd_paint_text(struct osd_paint *paint, const struct osd_piece *piece, uint32_t color,
                   const struct overlay_image *image, uint32_t *pixels)
{
    SDL_Color white = {255, 255, 255, 255};
    if (!*piece->text)
        return 0; /* SDL_ttf calls it an error */
    SDL_Surface *text = TTF_RenderUTF8_Blended(paint->fonts[piece->style], piece->text, white);
    if (!text)
        return -EIO;
    for (int y = 0; y < text->h && piece->y_px + y < (int32_t)image->height_px; y++) {
        const uint32_t *from =
            (const void *)((const uint8_t *)text->pixels + (ptrdiff_t)y * text->pitch);
        uint32_t *row = pixels + (uint32_t)(piece->y_px + y) * image->width_px + piece->x_px;
        for (int x = 0; x < text->w && piece->x_px + x < (int32_t)image->width_px; x++)
            row[x] = ink_mixed(row[x], color, from[x] >> 24);
    }
    SDL_FreeSurface(text);
    return 0;
}

static int paint_texts(struct osd_paint *paint, const struct osd_panel *panel,
                       const struct osd_layout *layout, struct overlay_image *image,
                       uint32_t *pixels)
{
    int error = 0;
    for (size_t i = 0; i < layout->piece_count && error == 0; i++) {
        const struct osd_piece *piece = &layout->pieces[i];
        bool is_number = panel->has_number && i + 1 == layout->piece_count;
        uint32_t color = is_number                   ? colors_ink_on(panel->color)
                         : piece->style == OSD_TITLE ? TITLE_COLOR
                                                     : TEXT_COLOR;
        error = osd_paint_text(paint, piece, color, image, pixels);
    }
    return error;
}

int osd_paint_line(struct osd_paint *paint, const char *text, uint32_t color,
                   const struct osd_window *window, struct overlay_image *ret_image)
{
    struct osd_piece piece = {.style = OSD_TEXT};
    if (set_sizes(paint, window) < 0)
        return -EIO;
    snprintf(piece.text, sizeof piece.text, "%s", text);
    struct overlay_image image = {
        .width_px = measure(paint, OSD_TEXT, piece.text, strlen(piece.text)) + 1,
        .height_px = (uint32_t)TTF_FontHeight(paint->fonts[OSD_TEXT]),
    };
    uint32_t *pixels = calloc((size_t)image.width_px * image.height_px, sizeof *pixels);
    if (!pixels)
        return -ENOMEM;
    int error = osd_paint_text(paint, &piece, color, &image, pixels);
    if (error < 0) {
        free(pixels);
        return error;
    }
    image.pixels = pixels;
    *ret_image = image;
    return 0;
}

int osd_paint_panel(struct osd_paint *paint, const struct osd_panel *panel, enum osd_place place,
                    const struct osd_window *window, struct osd_layout *ret_layout,
                    struct overlay_image *ret_image)
{
    if (set_sizes(paint, window) < 0)
        return -EIO;
    struct osd_metrics metrics = osd_paint_metrics(paint);
    osd_layout_make(panel, place, &metrics, window, ret_layout);
    struct overlay_image image = {.width_px = ret_layout->panel.width_px,
                                  .height_px = ret_layout->panel.height_px};
    uint32_t *pixels = calloc((size_t)image.width_px * image.height_px, sizeof *pixels);
    if (!pixels)
        return -ENOMEM;
    paint_back(&image, pixels, ret_layout, panel->color);
    if (panel->has_number)
        ink_fill(pixels, image.width_px, &ret_layout->number, ret_layout->corner_px / 2,
                 panel->color, 255, UINT32_MAX);
    int error = paint_texts(paint, panel, ret_layout, &image, pixels);
    if (error < 0) {
        free(pixels);
        return error;
    }
    image.pixels = pixels;
    *ret_image = image;
    return 0;
}

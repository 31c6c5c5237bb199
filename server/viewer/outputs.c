#include "server/viewer/outputs.h"

#include <SDL_events.h>
#include <SDL_syswm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#include "server/viewer/choice.h"

#define OUTPUT_VERSION 4 /* the first that has a name */

struct output {
    uint32_t number; /* in the registry */
    struct wl_output *output;
    char name[MONITOR_NAME_ROOM];
    struct outputs *outputs; /* that has it */
    int32_t scale;           /* 0: not told yet */
};

struct outputs {
    uint32_t event_type;
    uint32_t new_scale; /* 0: none */
    struct wl_registry *registry;
    size_t count;
    struct output *all[MONITORS_MAX]; /* in the order in which they came */
};

static void on_geometry(void *context, struct wl_output *output, int32_t x, int32_t y,
                        int32_t width_mm, int32_t height_mm, int32_t subpixel, const char *make,
                        const char *model, int32_t transform)
{
}

static void on_mode(void *context, struct wl_output *output, uint32_t flags, int32_t width_px,
                    int32_t height_px, int32_t refresh)
{
}

static void on_done(void *context, struct wl_output *output)
{
}

static void on_scale(void *context, struct wl_output *output, int32_t factor)
{
    struct output *one = context;
    SDL_Event event = {.user = {.type = one->outputs->event_type}};
    bool is_other = one->scale > 0 && factor != one->scale;
    one->scale = factor;
    if (!is_other)
        return;
    one->outputs->new_scale = (uint32_t)factor;
    SDL_PushEvent(&event);
}

static void on_name(void *context, struct wl_output *output, const char *name)
{
    struct output *one = context;
    snprintf(one->name, sizeof one->name, "%s", name);
}

static void on_description(void *context, struct wl_output *output, const char *text)
{
}

static const struct wl_output_listener OUTPUT = {
    .geometry = on_geometry,
    .mode = on_mode,
    .done = on_done,
    .scale = on_scale,
    .name = on_name,
    .description = on_description,
};

static void drop(struct output *one)
{
    if (one->output)
        wl_output_release(one->output);
    free(one);
}

/* An older one keeps its place in the order, without a name. */
static void on_global(void *context, struct wl_registry *registry, uint32_t number,
                      const char *interface, uint32_t version)
{
    struct outputs *outputs = context;
    if (strcmp(interface, wl_output_interface.name) != 0 || outputs->count == MONITORS_MAX)
        return;
    struct output *one = calloc(1, sizeof *one);
    if (!one)
        return;
    one->number = number;
    one->outputs = outputs;
    outputs->all[outputs->count++] = one;
    if (version < OUTPUT_VERSION)
        return;
    one->output = wl_registry_bind(registry, number, &wl_output_interface, OUTPUT_VERSION);
    wl_output_add_listener(one->output, &OUTPUT, one);
}

static void on_global_remove(void *context, struct wl_registry *registry, uint32_t number)
{
    struct outputs *outputs = context;
    for (size_t i = 0; i < outputs->count; i++) {
        if (outputs->all[i]->number != number)
            continue;
        drop(outputs->all[i]);
        outputs->count--;
        memmove(&outputs->all[i], &outputs->all[i + 1],
                (outputs->count - i) * sizeof outputs->all[0]);
        return;
    }
}

static const struct wl_registry_listener REGISTRY = {.global = on_global,
                                                     .global_remove = on_global_remove};

struct outputs *outputs_create(struct wl_display *display)
{
    struct outputs *outputs = calloc(1, sizeof *outputs);
    if (!outputs)
        return NULL;
    outputs->event_type = SDL_RegisterEvents(1);
    outputs->registry = wl_display_get_registry(display);
    wl_registry_add_listener(outputs->registry, &REGISTRY, outputs);
    /* The first tells which there are, the second their names. A display that is lost is SDL's to
     * notice. */
    for (int i = 0; i < 2; i++)
        wl_display_roundtrip(display);
    return outputs;
}

struct outputs *outputs_of_window(SDL_Window *window)
{
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_WAYLAND)
        return NULL;
    return outputs_create(info.info.wl.display);
}

struct outputs *outputs_destroy(struct outputs *outputs)
{
    if (!outputs)
        return NULL;
    for (size_t i = 0; i < outputs->count; i++)
        drop(outputs->all[i]);
    wl_registry_destroy(outputs->registry);
    free(outputs);
    return NULL;
}

uint32_t outputs_take_scale(struct outputs *outputs)
{
    uint32_t scale = outputs ? outputs->new_scale : 0;
    if (outputs)
        outputs->new_scale = 0;
    return scale;
}

const char *outputs_name(const struct outputs *outputs, size_t index, size_t count)
{
    if (!outputs || count != outputs->count || index >= count || !*outputs->all[index]->name)
        return NULL;
    return outputs->all[index]->name;
}

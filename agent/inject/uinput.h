/*
 * Types as a keyboard and a mouse of the kernel's own (uinput): into whatever reads devices, be it
 * X, Wayland, a text console or a login screen.
 *
 * Its devices are made when it is opened and stay until it is destroyed: a switch plugs nothing in
 * or out. It knows no screen: places are 0..REPORT_FIELD_SPAN across the whole desktop. The lock
 * state is what the target shows on its keyboards' LEDs. When the process dies the kernel takes the
 * devices away and lifts their keys.
 */
#pragma once

#include "agent/inject/inject.h"
#include "agent/inject/uinput_device.h"

/* `layout`: of what reads the devices, for texts (layout.h); "" or NULL: not known. It outlives the
 * injector. */
int uinput_open(uv_loop_t *loop, const struct uinput_layer *layer, const char *layout,
                const struct injector_events *events, void *context, struct injector **ret_injector,
                char ret_why[MESSAGE_REASON_ROOM]);

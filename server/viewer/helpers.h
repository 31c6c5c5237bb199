/* All full-screen windows of a session: that of the active target, and one for each monitor that
 * has a target of its own. */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "server/viewer/helper.h"
#include "server/viewer/options.h"

#define HELPERS_MAX (1 + CONFIG_ENTRIES_MAX)

struct helpers {
    size_t count;
    struct helper all[HELPERS_MAX];
};

/* Texts are borrowed. */
void helpers_init(struct helpers *helpers, const char *config_path,
                  const struct viewer_options *options);
void helpers_finish(struct helpers *helpers);
void helpers_tick(struct helpers *helpers, uint64_t now_us);
/* One of `fds` for each; given back to helpers_ended after poll. */
void helpers_set_fds(const struct helpers *helpers, struct pollfd *fds);
void helpers_ended(struct helpers *helpers, const struct pollfd *fds, uint64_t now_us);
uint64_t helpers_deadline_us(const struct helpers *helpers); /* UINT64_MAX: none */

/*
 * A source in another size than its screen has: another source, read in full and shrunk. At full
 * size it is that source itself, with its moves, and costs nothing.
 */
#pragma once

#include "agent/screen/source.h"

struct scaled;

/* `inner` outlives it. 0 or -ENOMEM. */
int scaled_create(struct source *inner, struct scaled **ret_scaled);
struct scaled *scaled_destroy(struct scaled *scaled); /* NULL ok */
/* Who reads it and who watches it. source_destroy is not for it. */
struct source *scaled_source(struct scaled *scaled);
/* Another scale, or the inner source has another size. *ret_resized: width and height are others
 * now. 0 or -ENOMEM: then it has full size. */
int scaled_fit(struct scaled *scaled, int permille, bool *ret_resized);
/* The inner source has news. */
void scaled_on_changed(struct scaled *scaled);

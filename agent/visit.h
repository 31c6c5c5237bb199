/*
 * Whether a console controls or watches this computer, as the person in front of it is told. Pure.
 *
 * What begins is told at once, and what is more than before replaces it; what ends is told on only
 * when it did not begin again for TIME_VISIT_REST, so that a person who switches back and forth
 * does not cause a notice each time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum visit_kind { VISIT_NONE, VISIT_WATCHES, VISIT_CONTROLS };

struct visit {
    bool controls, watches;
    enum visit_kind shown;
    uint64_t less_since_us; /* less than what is shown happens; 0: it does happen */
};

/* What happens now: controlling is more than watching. */
enum visit_kind visit_kind(const struct visit *visit);
/* Each true when `shown` is another one now. */
bool visit_set(struct visit *visit, bool controls, bool watches, uint64_t now_us);
bool visit_tick(struct visit *visit, uint64_t now_us);
/* It is over, and does not begin again soon. True when something was shown. */
bool visit_end(struct visit *visit);
uint64_t visit_deadline_us(const struct visit *visit); /* UINT64_MAX: none */

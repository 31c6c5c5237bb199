#include "agent/visit.h"

#include "common/times.h"

enum visit_kind visit_kind(const struct visit *visit)
{
    return visit->controls ? VISIT_CONTROLS : visit->watches ? VISIT_WATCHES : VISIT_NONE;
}

static bool visit_settle(struct visit *visit, uint64_t now_us)
{
    const enum visit_kind kind = visit_kind(visit), before = visit->shown;

    if (kind >= visit->shown) {
        visit->less_since_us = 0;
        visit->shown = kind;
    } else if (!visit->less_since_us) {
        visit->less_since_us = now_us;
    } else if (now_us >= visit_deadline_us(visit)) {
        visit->less_since_us = 0;
        visit->shown = kind;
    }
    return visit->shown != before;
}

bool visit_set(struct visit *visit, bool controls, bool watches, uint64_t now_us)
{
    visit->controls = controls;
    visit->watches = watches;
    return visit_settle(visit, now_us);
}

bool visit_tick(struct visit *visit, uint64_t now_us)
{
    return visit_settle(visit, now_us);
}

bool visit_end(struct visit *visit)
{
    const bool was_shown = visit->shown != VISIT_NONE;

    *visit = (struct visit){0};
    return was_shown;
}

uint64_t visit_deadline_us(const struct visit *visit)
{
    return visit->less_since_us ? visit->less_since_us + time_us(TIME_VISIT_REST) : UINT64_MAX;
}

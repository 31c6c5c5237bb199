#include "server/input/presses.h"

#include <assert.h>

bool presses_add(struct presses *presses, struct keyset *device_down, uint16_t code)
{
    if (!keyset_add(device_down, code))
        return false;
    assert(presses->counts[code] < UINT8_MAX);
    return presses->counts[code]++ == 0;
}

bool presses_remove(struct presses *presses, struct keyset *device_down, uint16_t code)
{
    if (!keyset_remove(device_down, code))
        return false;
    assert(presses->counts[code] > 0);
    return --presses->counts[code] == 0;
}

bool presses_drop(struct presses *presses, struct keyset *device_down, uint16_t *ret_code,
                  bool *ret_last)
{
    uint16_t code = keyset_next(device_down, 0);
    if (code >= KEY_CNT)
        return false;
    *ret_last = presses_remove(presses, device_down, code);
    *ret_code = code;
    return true;
}

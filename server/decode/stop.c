#include "server/decode/stop.h"

#include <stdarg.h>
#include <stdio.h>

bool stop_because(struct stop *stop, const char *format, ...)
{
    va_list arguments;

    if (stop->why[0] != '\0')
        return false;
    va_start(arguments, format);
    vsnprintf(stop->why, sizeof stop->why, format, arguments);
    va_end(arguments);
    return false;
}

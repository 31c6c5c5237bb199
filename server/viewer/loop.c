#include "server/viewer/loop.h"

#include <SDL.h>
#include <X11/Xlib.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define LOG_MODULE "window"

bool loop_init_sdl(void)
{
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
    SDL_SetHint(SDL_HINT_ALLOW_ALT_TAB_WHILE_GRABBED, "0");
    SDL_SetHint(SDL_HINT_APP_NAME, "hotdesk");
    /* Else a hidden pointer is locked to its place when a window goes. */
    SDL_SetHint(SDL_HINT_VIDEO_WAYLAND_EMULATE_MOUSE_WARP, "0");
    /* SDL prefers X11, which on a Wayland desktop is Xwayland: no shortcuts of the desktop there.
     */
    if (getenv("WAYLAND_DISPLAY"))
        SDL_SetHint(SDL_HINT_VIDEODRIVER, "wayland,x11");
    if (SDL_Init(SDL_INIT_VIDEO) == 0)
        return true;
    log_error("no window can be opened: %s (is DISPLAY or WAYLAND_DISPLAY set?)", SDL_GetError());
    return false;
}

/* SDL asks for the place of a frame that the window manager has just taken away, and Xlib would end
 * the program for that. */
static int ignore_error(Display *display, XErrorEvent *error)
{
    return 0;
}

void loop_prepare_window(void)
{
    /* SDL paints through software OpenGL by default, many times slower; on Wayland that is its only
     * way. */
    const char *driver = SDL_GetCurrentVideoDriver();
    if (driver && strcmp(driver, "x11") == 0) {
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
        XSetErrorHandler(ignore_error);
    }
    /* Else an input method stands in the path of each key. */
    SDL_StopTextInput();
}

uint64_t loop_earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

int loop_wait_ms(uint64_t deadline_us, uint64_t now_us)
{
    if (deadline_us == UINT64_MAX)
        return -1;
    return deadline_us <= now_us ? 0 : (int)((deadline_us - now_us + 999) / 1000);
}

bool loop_is_readable(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, 0) > 0;
}

#include "shm.h"

#include <X11/Xutil.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/shm.h>

void shm_make(Display *x, unsigned width_px, unsigned height_px, struct shm *ret_shm)
{
    const int screen = DefaultScreen(x);
    XShmSegmentInfo *segment = &ret_shm->segment;
    XImage *image = XShmCreateImage(x, DefaultVisual(x, screen), (unsigned)DefaultDepth(x, screen),
                                    ZPixmap, NULL, segment, width_px, height_px);

    ret_shm->image = NULL;
    if (!image || image->bits_per_pixel != 32)
        return;
    segment->shmid =
        shmget(IPC_PRIVATE, (size_t)image->bytes_per_line * (size_t)image->height, 0600);
    segment->shmaddr = image->data = shmat(segment->shmid, NULL, 0);
    segment->readOnly = False;
    XShmAttach(x, segment);
    XSync(x, False);
    shmctl(segment->shmid, IPC_RMID, NULL);
    ret_shm->image = image;
}

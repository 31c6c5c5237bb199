#include "agent/screen/arrow.h"

#define ROWS    16
#define COLUMNS 11

static const char rows[ROWS][COLUMNS + 1] = {
    "#          ", "##         ", "#.#        ", "#..#       ", "#...#      ", "#....#     ",
    "#.....#    ", "#......#   ", "#.......#  ", "#........# ", "#.....#####", "#..#..#    ",
    "#.# #..#   ", "##  #..#   ", "#    #..#  ", "     ####  ",
};

void arrow_get(struct shape *ret_shape)
{
    ret_shape->width_px = COLUMNS;
    ret_shape->height_px = ROWS;
    ret_shape->hot_x_px = ret_shape->hot_y_px = 0;
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        const char dot = rows[i / COLUMNS][i % COLUMNS];
        ret_shape->pixels[i] = dot == '#' ? 0xffffffff : dot == '.' ? 0xff000000 : 0;
    }
}

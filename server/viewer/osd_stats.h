/*
 * Figures as lines of a panel, each as wide whatever its figures are: blanks in front are as wide
 * as a digit. Pure.
 */
#pragma once

#include "server/viewer/osd_figures.h"

#define OSD_STATS_LINES 4
#define OSD_STATS_ROOM  128

void osd_stats_make(const struct osd_figures *figures,
                    char ret_lines[OSD_STATS_LINES][OSD_STATS_ROOM]);

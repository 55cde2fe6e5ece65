/* Whether a copy of a thread's frames that was made without a stop is of one instant. */
#ifndef AUSTINP_STANDING_H
#define AUSTINP_STANDING_H

#include <stdint.h>

#include "image.h"
#include "memory.h"
#include "shim.h"

/*
 * Whether the frames that image has of the thread state at the address thread are still those that the thread runs, at
 * the same instructions but for the innermost: then they were so all the while that they were copied. 0 or 1.
 */
int frames_stand(const struct python_layout *layout, struct memory *m, struct image *image, uint64_t thread);

#endif

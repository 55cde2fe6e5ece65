/* Tells the cold part of a function, which the compiler moved away, from a function of its own. */
#ifndef AUSTINP_COLD_PART_H
#define AUSTINP_COLD_PART_H

#include "eh_frame.h"

/*
 * A function begins with the CFA at rsp+8; the cold part of one begins somewhere in the middle of it, and GCC
 * puts its FDE right behind the FDE of the rest. Returns 0 and the rest in parent, or -ENOENT.
 */
int cold_part_parent(const struct eh_frame *e, const struct fde *fde, struct fde *parent);

#endif

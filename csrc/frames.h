/*
 * The Python frames of one thread state, and their code objects, copied. In 3.11 and 3.12 a thread may be caught
 * while its chain of frames is half-built: then what is known to lie further out is copied from there.
 */
#ifndef AUSTINP_FRAMES_H
#define AUSTINP_FRAMES_H

#include <stdint.h>
#include <sys/user.h>

#include "code.h"
#include "image.h"
#include "memory.h"
#include "shim.h"

#define FRAMES_MAX 65536

/* The stopped thread: where its memory comes from, where the copy goes, and its registers. */
struct frame_source {
	struct memory *memory;
	struct image *image;
	const struct user_regs_struct *registers;
};

/* Copies the frames of the thread state at the address thread, which bytes hold. */
void frames_capture(const struct python_layout *layout, struct code_table *codes, struct frame_source source,
		    uint64_t thread, const uint8_t *bytes);

#endif

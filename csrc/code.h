/*
 * Code objects and what their frames are named by, in the copy of a target's memory. The reader is sent these contents
 * once, as long as they stay what they are.
 *
 * A code object that has a key of its own shows by that what it is. Without one (up to CPython 3.11) nothing but the
 * contents tells it from another at the same address: they are copied each time, and sent if their print is another.
 */
#ifndef AUSTINP_CODE_H
#define AUSTINP_CODE_H

#include <stdint.h>

#include "code_table.h"
#include "image.h"
#include "memory.h"
#include "shim.h"

/* Of a code object or a frame. */
#define CODE_SIZE_MAX 1024

/* What is read with. */
struct code_source {
	const struct python_layout *layout;
	struct code_table *codes;
	struct memory *memory;	/* NULL: only what is in the image is there */
	struct image *image;
	uint64_t bytes_left;	/* to be printed, whatever the memory holds */
};

/* Whether offsets and bits of a layout lie where they can. */
int code_layout_ok(const struct python_layout *layout);

/* Copies the code object at an address while its thread is stopped. */
void code_capture(const struct code_source *source, uint64_t at);

/* Once the thread runs again: sees to it that the record has what the reader lacks of all that was captured. */
void code_settle(const struct python_layout *layout, struct code_table *codes, struct image *image);

#endif

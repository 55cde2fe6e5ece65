/*
 * Stacks that were followed before, so that of the next one only what is new is followed.
 *
 * How a stack goes on from a frame outwards depends on nothing but the frame's pc and sp, whether it was interrupted, the
 * words that its steps read, and the unwind tables. So each word of the stack that a step reads is kept with its value.
 * Where a new stack comes to a frame of the last one, and all words that were read from there outwards have the same
 * values again, then it goes on as that one did. A word that a step reads below its own sp is none of the frame's: there an
 * inner frame has saved rbp, which has to have the same value too. A frame from which on anything else is read is never
 * joined. Stacks are kept that reach their outermost frame, going upwards all the way.
 */
#ifndef AUSTINP_KNOWN_H
#define AUSTINP_KNOWN_H

#include <stddef.h>
#include <stdint.h>

/* So many threads' stacks are kept; of two with the same place, the later one. */
#define KNOWN_STACKS 512u

#define RBP_UNKNOWN UINT64_MAX

struct known_frame {
	uint64_t pc, sp, rbp;
	uint64_t rbp_at;	/* where an inner frame has saved it; 0: nowhere, RBP_UNKNOWN: it cannot be had */
	uint64_t inner;		/* what is read below sp from here outwards: 0, an address, or INNER_MANY */
	size_t reads;		/* how many words are read from here outwards; for a new frame, inwards */
	int flag;
	uint32_t registers;	/* that are read from here outwards, a bit for each DWARF number; for a new one, by its step */
};

struct known_read {
	uint64_t address, value;
};

/* Outermost first, or, of a stack that is being followed, innermost first. */
struct known_stack {
	int32_t tid;
	struct known_frame *frames;
	struct known_read *reads;
	size_t frame_count, frame_capacity, read_count, read_capacity;
};

struct known {
	struct known_stack stacks[KNOWN_STACKS];
	int32_t tid;			/* whose stack is being followed, or 0 */
	struct known_stack now;		/* the new part of that */
	struct known_stack *last;	/* of the same thread, or NULL */
	size_t valid_reads;		/* how many words of that, from the outermost on, are the same */
	size_t next;			/* one past the innermost frame of that which is not below where we are */
	size_t joined;			/* how many of its frames, from the outermost on, this stack has too */
	int broken;			/* what is followed cannot be kept, nor be compared */
	uint64_t frames, reused;	/* counted: of all stacks, and of these, not followed anew */
};

void known_destroy(struct known *k);

/* The tables have changed. */
void known_forget(struct known *k);

/* A stack of a thread is going to be followed. is_same tells whether a word of it has a value. tid is not 0. */
void known_begin(struct known *k, int32_t tid, int (*is_same)(const void *arg, uint64_t address, uint64_t value),
		 const void *arg);

/* A word that a step reads from the stack, and a register that it takes from the thread. */
void known_read(struct known *k, uint64_t address, uint64_t value);
void known_read_register(struct known *k, int number);

/*
 * A frame is reached. Returns NULL if it is to be stepped from, or the frame of the last stack from which on that goes on as
 * that one did; it and those before it, outwards, are the rest.
 */
const struct known_frame *known_reach(struct known *k, const struct known_frame *frame);

/* The stack was followed: up to its outermost frame if it is whole. Then it is kept. */
void known_end(struct known *k, int is_whole);

#endif

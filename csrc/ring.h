/* A byte ring with one writer (the sampler thread) and one reader (session_drain). */
#ifndef AUSTINP_RING_H
#define AUSTINP_RING_H

#include <stdatomic.h>
#include <stdint.h>

struct ring {
	uint8_t *bytes;
	uint64_t capacity;	/* a power of two */
	_Atomic uint64_t head;	/* written so far; only the writer moves it */
	_Atomic uint64_t tail;	/* read so far; only the reader moves it */
};

/* 0 or -ENOMEM. The pages are touched only as they are used. */
int ring_create(struct ring *r, uint64_t capacity);
void ring_destroy(struct ring *r);

uint64_t ring_used(struct ring *r);

/* Free bytes, for the writer. */
uint64_t ring_free(struct ring *r);

/*
 * Goes back to the start of the memory if the reader has read everything, or nearly, and there is room for size bytes
 * then: the same few pages are used again as long as the reader keeps up. Before the first ring_put of a record.
 */
void ring_rewind(struct ring *r, uint64_t size);

/* Writes at a distance from head without publishing; the writer has checked that there is room. */
void ring_put(struct ring *r, uint64_t distance, const void *from, uint64_t size);

/* Publishes what was put. */
void ring_publish(struct ring *r, uint64_t size);

/* Moves whole records, which begin with their size as u32 and are multiples of 8 bytes, out. Bytes moved or -EMSGSIZE. */
int32_t ring_drain(struct ring *r, uint8_t *into, uint32_t size);

#endif

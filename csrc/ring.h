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
	_Atomic uint64_t limit;	/* how many bytes may wait to be read; a record that waits alone may be larger */
	_Atomic uint64_t skipped;	/* how many bytes ring_rewind left behind */
	_Atomic uint64_t skip_end;	/* and head after that; only the writer moves these */
};

/* 0 or -ENOMEM. Pages are touched only as they are used, and given back once they are read. There is no limit yet. */
int ring_create(struct ring *r, uint64_t capacity);
void ring_destroy(struct ring *r);

/* Bytes between head and tail, those that were left behind included. */
uint64_t ring_used(struct ring *r);

/* Bytes of records that wait to be read. */
uint64_t ring_waiting(struct ring *r);

/* Free bytes, for the writer. */
uint64_t ring_free(struct ring *r);

/* Whether there is room for a record of size bytes, for the writer. */
int ring_has_room(struct ring *r, uint64_t size);

/*
 * Goes back to the start of the memory if the reader has read everything, or nearly, and there is room for size bytes
 * then: the same few pages are used again as long as the reader keeps up. Before the first ring_put of a record.
 */
void ring_rewind(struct ring *r, uint64_t size);

/* Writes at a distance from head without publishing; the writer has checked that there is room. */
void ring_put(struct ring *r, uint64_t distance, const void *from, uint64_t size);

/* Has the kernel give the memory for the next size bytes, if there is room for them, before they are put. */
void ring_prepare(struct ring *r, uint64_t size);

/* Publishes what was put. */
void ring_publish(struct ring *r, uint64_t size);

/* Moves whole records, which begin with their size as u32 and are multiples of 8 bytes, out. Bytes moved or -EMSGSIZE. */
int32_t ring_drain(struct ring *r, uint8_t *into, uint32_t size);

#endif

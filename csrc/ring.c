#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Less than this is left behind without going back; with a reader that has not read all, but nearly, less than that. */
#define REWIND_BYTES (2u << 20)
#define REWIND_READING_BYTES (16u << 20)
/* What is read is given back to the system in whole pages, where that is worth a system call. */
#define RELEASE_BYTES (64u << 10)
#define PAGE_BYTES 4096u
/* In place of a record's size: the next record is at the start of the memory. */
#define SIZE_REWIND UINT32_MAX

int ring_create(struct ring *r, uint64_t capacity)
{
	void *p = mmap(NULL, capacity, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	r->bytes = p;
	r->capacity = capacity;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
	atomic_init(&r->limit, capacity);
	atomic_init(&r->skipped, 0);
	atomic_init(&r->skip_end, 0);
	return 0;
}

void ring_destroy(struct ring *r)
{
	if (r->bytes)
		munmap(r->bytes, r->capacity);
	r->bytes = NULL;
}

uint64_t ring_used(struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_acquire) -
	       atomic_load_explicit(&r->tail, memory_order_acquire);
}

uint64_t ring_free(struct ring *r)
{
	return r->capacity - ring_used(r);
}

uint64_t ring_waiting(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	uint64_t used = atomic_load_explicit(&r->head, memory_order_acquire) - tail;

	if (tail < atomic_load_explicit(&r->skip_end, memory_order_relaxed))
		used -= atomic_load_explicit(&r->skipped, memory_order_relaxed);
	return used;
}

int ring_has_room(struct ring *r, uint64_t size)
{
	uint64_t waiting = ring_waiting(r), limit = atomic_load_explicit(&r->limit, memory_order_relaxed);

	return size <= ring_free(r) && (!waiting || (waiting < limit && size <= limit - waiting));
}

void ring_rewind(struct ring *r, uint64_t size)
{
	uint64_t at = atomic_load_explicit(&r->head, memory_order_relaxed) & (r->capacity - 1);
	uint64_t used = ring_used(r);
	uint32_t marker = SIZE_REWIND;

	/*
	 * What lies behind is given up until the reader has passed it; what lies before, and has been read, is free at once.
	 * A reader that is behind needs all of the memory.
	 */
	if (at < (used ? REWIND_READING_BYTES : REWIND_BYTES) || used > at / 4 || at - used < size)
		return;
	ring_put(r, 0, &marker, sizeof(marker));
	atomic_store_explicit(&r->skipped, r->capacity - at, memory_order_relaxed);
	ring_publish(r, r->capacity - at);
	atomic_store_explicit(&r->skip_end, atomic_load_explicit(&r->head, memory_order_relaxed), memory_order_relaxed);
}

void ring_put(struct ring *r, uint64_t distance, const void *from, uint64_t size)
{
	uint64_t at = (atomic_load_explicit(&r->head, memory_order_relaxed) + distance) & (r->capacity - 1);
	uint64_t first = size < r->capacity - at ? size : r->capacity - at;

	memcpy(r->bytes + at, from, first);
	memcpy(r->bytes, (const uint8_t *)from + first, size - first);
}

void ring_prepare(struct ring *r, uint64_t size)
{
	uint64_t end = size < ring_free(r) ? size : ring_free(r);
	const uint8_t nothing = 0;

	for (uint64_t distance = 0; distance < end; distance += PAGE_BYTES)
		ring_put(r, distance, &nothing, sizeof(nothing));
}

void ring_publish(struct ring *r, uint64_t size)
{
	atomic_fetch_add_explicit(&r->head, size, memory_order_release);
}

static void ring_copy_out(struct ring *r, uint64_t from, uint8_t *into, uint64_t size)
{
	uint64_t at = from & (r->capacity - 1);
	uint64_t first = size < r->capacity - at ? size : r->capacity - at;

	memcpy(into, r->bytes + at, first);
	memcpy(into + first, r->bytes, size - first);
}

/* Of what is read and not yet free for the writer, the whole pages; a few at a time are used again soon. */
static void release(struct ring *r, uint64_t from, uint64_t size)
{
	uint64_t at = from & (r->capacity - 1), first, end;

	if (size < RELEASE_BYTES || at < REWIND_BYTES)
		return;
	first = (at + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	end = (at + size < r->capacity ? at + size : r->capacity) / PAGE_BYTES * PAGE_BYTES;
	if (end > first)
		madvise(r->bytes + first, end - first, MADV_DONTNEED);
}

int32_t ring_drain(struct ring *r, uint8_t *into, uint32_t size)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	uint64_t end = tail;

	while (end < head) {
		uint32_t next;

		ring_copy_out(r, end, (uint8_t *)&next, sizeof(next));
		if (next == SIZE_REWIND && end == tail) {
			end = tail = (tail / r->capacity + 1) * r->capacity;
			atomic_store_explicit(&r->tail, tail, memory_order_release);
			continue;
		}
		if (next == SIZE_REWIND || end + next - tail > size)
			break;
		end += next;
	}
	if (end == tail)
		return head > tail ? -EMSGSIZE : 0;
	ring_copy_out(r, tail, into, end - tail);
	release(r, tail, end - tail);
	atomic_store_explicit(&r->tail, end, memory_order_release);
	return (int32_t)(end - tail);
}

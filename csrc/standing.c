#include "standing.h"

#include <string.h>

#include "frames.h"
#include "words.h"

/* Structures that are read again in one call. */
#define BATCH 32
/* How often that is done. */
#define PASSES 2

/* The words of a structure that must not have changed. */
struct promise {
	uint64_t address;
	uint32_t size;			/* of the structure, up to CODE_SIZE_MAX */
	uint32_t words[2];		/* offsets */
	uint32_t half;			/* offset of 32 bits, or OFFSET_NONE */
};

/* What is to be read again, and as it was. */
struct check {
	const struct python_layout *layout;
	struct memory *memory;
	struct image *image;
	size_t count;
	struct promise promises[BATCH];
	uint8_t then[BATCH][CODE_SIZE_MAX], now[BATCH][CODE_SIZE_MAX];
};

static int is_kept(const struct promise *p, const uint8_t *then, const uint8_t *now)
{
	return word_at(then, p->words[0]) == word_at(now, p->words[0]) &&
	       word_at(then, p->words[1]) == word_at(now, p->words[1]) &&
	       (p->half == OFFSET_NONE || !memcmp(then + p->half, now + p->half, sizeof(uint32_t)));
}

/* Reads all again, the last first or the first first, and compares. */
static int reread(struct check *c, int last_first)
{
	struct iovec local[BATCH], remote[BATCH];
	ssize_t size = 0;

	for (size_t n = 0; n < c->count; n++) {
		size_t i = last_first ? c->count - 1 - n : n;

		local[n] = (struct iovec){ .iov_base = c->now[i], .iov_len = c->promises[i].size };
		remote[n] = (struct iovec){ .iov_base = (void *)(uintptr_t)c->promises[i].address,
					    .iov_len = c->promises[i].size };
		size += c->promises[i].size;
	}
	if (size && memory_read_many(c->memory, local, remote, c->count) != size)
		return 0;
	for (size_t i = 0; i < c->count; i++)
		if (!is_kept(&c->promises[i], c->then[i], c->now[i]))
			return 0;
	return 1;
}

/*
 * A program that repeats itself within microseconds might meet each reading at the same place again: in another order
 * and at other distances it does not.
 */
static int check_batch(struct check *c)
{
	for (int pass = 0; pass < PASSES; pass++)
		if (!reread(c, pass % 2 == 0))
			return 0;
	c->count = 0;
	return 1;
}

/* Adds a structure; bytes gets it as it was copied. 0 if that was not, or one before has changed. */
static int add(struct check *c, struct promise promise, const uint8_t **bytes)
{
	if (c->count == BATCH && !check_batch(c))
		return 0;
	if (promise.size > CODE_SIZE_MAX ||
	    image_read(c->image, c->memory, promise.address, c->then[c->count], promise.size))
		return 0;
	c->promises[c->count] = promise;
	*bytes = c->then[c->count++];
	return 1;
}

/* Adds the chain of cframes from at on; frame gets the innermost one's, if they tell it. As add. */
static int add_cframes(struct check *c, uint64_t thread, uint64_t at, uint64_t *frame)
{
	const struct python_layout *l = c->layout;
	uint32_t current = l->cframe_frame == OFFSET_NONE ? l->cframe_previous : l->cframe_frame;
	uint32_t last = current > l->cframe_previous ? current : l->cframe_previous;

	for (unsigned i = 0; i < FRAMES_MAX && at - thread >= l->thread_size; i++) {
		const uint8_t *bytes;

		if (!add(c, (struct promise){ at, last + 8, { l->cframe_previous, current }, OFFSET_NONE }, &bytes))
			return 0;
		if (i == 0 && l->cframe_frame != OFFSET_NONE)
			*frame = word_at(bytes, current);
		at = word_at(bytes, l->cframe_previous);
	}
	return 1;
}

static int add_frames(struct check *c, uint64_t at)
{
	const struct python_layout *l = c->layout;

	for (unsigned i = 0; at; i++) {
		uint32_t half = i == 0 ? OFFSET_NONE : l->frame_instruction;
		const uint8_t *bytes;

		if (i == FRAMES_MAX ||
		    !add(c, (struct promise){ at, l->frame_size, { l->frame_previous, l->frame_code }, half }, &bytes))
			return 0;
		at = word_at(bytes, l->frame_previous);
	}
	return 1;
}

int frames_stand(const struct python_layout *layout, struct memory *m, struct image *image, uint64_t thread)
{
	struct check c;
	uint32_t first = layout->thread_cframe == OFFSET_NONE ? layout->thread_frame : layout->thread_cframe;
	uint32_t second = layout->thread_frame == OFFSET_NONE ? first : layout->thread_frame;
	uint32_t last = first > second ? first : second;
	const uint8_t *bytes;
	uint64_t frame;

	c.layout = layout;
	c.memory = m;
	c.image = image;
	c.count = 0;
	if (!add(&c, (struct promise){ thread, last + 8, { first, second }, OFFSET_NONE }, &bytes))
		return 0;
	frame = word_at(bytes, second);
	if (layout->thread_cframe != OFFSET_NONE && !add_cframes(&c, thread, word_at(bytes, first), &frame))
		return 0;
	return add_frames(&c, frame) && check_batch(&c);
}

#include "known.h"

#include <libunwind.h>
#include <stdlib.h>
#include <string.h>

/* In place of the only address. */
#define INNER_MANY UINT64_MAX
/* More is not kept of one stack. */
#define FRAMES_KEPT 65536u
#define READS_KEPT (4 * FRAMES_KEPT)

static void stack_free(struct known_stack *s)
{
	free(s->frames);
	free(s->reads);
	memset(s, 0, sizeof(*s));
}

/* Room for one more of size bytes in the array *p: 0, or -1 without. */
static int reserve(void *p, size_t size, size_t count, size_t *capacity, size_t most)
{
	void **array = p, *larger;
	size_t wanted = *capacity ? *capacity * 2 : 64;

	if (count < *capacity)
		return 0;
	larger = count < most ? realloc(*array, wanted * size) : NULL;
	if (!larger)
		return -1;
	*array = larger;
	*capacity = wanted;
	return 0;
}

static int add_frame(struct known_stack *s, const struct known_frame *frame)
{
	if (reserve(&s->frames, sizeof(*s->frames), s->frame_count, &s->frame_capacity, FRAMES_KEPT))
		return -1;
	s->frames[s->frame_count++] = *frame;
	return 0;
}

static int add_read(struct known_stack *s, const struct known_read *read)
{
	if (reserve(&s->reads, sizeof(*s->reads), s->read_count, &s->read_capacity, READS_KEPT))
		return -1;
	s->reads[s->read_count++] = *read;
	return 0;
}

void known_destroy(struct known *k)
{
	for (size_t i = 0; i < KNOWN_STACKS; i++)
		stack_free(&k->stacks[i]);
	stack_free(&k->now);
}

void known_forget(struct known *k)
{
	for (size_t i = 0; i < KNOWN_STACKS; i++)
		k->stacks[i].frame_count = k->stacks[i].read_count = 0;
	k->last = NULL;
}

static struct known_stack *place_of(struct known *k, int32_t tid)
{
	return &k->stacks[(uint32_t)tid % KNOWN_STACKS];
}

void known_begin(struct known *k, int32_t tid, int (*is_same)(const void *arg, uint64_t address, uint64_t value),
		 const void *arg)
{
	struct known_stack *last = place_of(k, tid);

	k->now.frame_count = k->now.read_count = 0;
	k->broken = 0;
	k->joined = 0;
	k->tid = tid;
	k->last = last->tid == tid && last->frame_count ? last : NULL;
	k->valid_reads = 0;
	k->next = k->last ? last->frame_count : 0;
	while (k->last && k->valid_reads < last->read_count &&
	       is_same(arg, last->reads[k->valid_reads].address, last->reads[k->valid_reads].value))
		k->valid_reads++;
}

void known_read(struct known *k, uint64_t address, uint64_t value)
{
	struct known_read read = { address, value };

	k->broken |= add_read(&k->now, &read);
}

void known_read_register(struct known *k, int number)
{
	if (k->now.frame_count && number >= 0 && number < 32)
		k->now.frames[k->now.frame_count - 1].registers |= 1u << number;
	else
		k->broken = 1;
}

/* Whether two stacks go on in the same way from here, if they read the same words from here on. */
static int is_same_state(const struct known_frame *a, const struct known_frame *b)
{
	if (a->pc != b->pc || a->sp != b->sp || a->flag != b->flag)
		return 0;
	if (!a->inner && !a->registers)
		return 1;
	/* What is not of the frame itself must be the rbp that it was entered with, wherever that is now. */
	if (a->inner ? a->registers || a->inner != a->rbp_at : a->registers != 1u << UNW_X86_64_RBP || a->rbp_at)
		return 0;
	return b->rbp_at != RBP_UNKNOWN && a->rbp == b->rbp;
}

const struct known_frame *known_reach(struct known *k, const struct known_frame *frame)
{
	struct known_stack *last = k->last, *now = &k->now;

	/* A signal on a stack of its own may have been taken below or above; what it has saved lies there. */
	k->broken |= now->frame_count && frame->sp <= now->frames[now->frame_count - 1].sp;
	if (k->broken)
		return NULL;
	while (k->next && last->frames[k->next - 1].sp < frame->sp)
		k->next--;
	if (k->next && last->frames[k->next - 1].reads <= k->valid_reads &&
	    is_same_state(&last->frames[k->next - 1], frame)) {
		k->joined = k->next;
		return &last->frames[k->next - 1];
	}
	k->broken = add_frame(now, frame);
	if (!k->broken)
		now->frames[now->frame_count - 1].reads = now->read_count;
	return NULL;
}

/* Adds the new frame i to the kept ones further out, with all that is read from there outwards. */
static int keep_frame(struct known_stack *kept, const struct known_stack *now, size_t i)
{
	const struct known_frame *outer = kept->frame_count ? &kept->frames[kept->frame_count - 1] : NULL;
	size_t end = i + 1 < now->frame_count ? now->frames[i + 1].reads : now->read_count;
	struct known_frame frame = now->frames[i];

	frame.inner = outer && (outer->inner == INNER_MANY || outer->inner < frame.sp) ? outer->inner : 0;
	frame.registers |= outer ? outer->registers : 0;
	for (size_t r = now->frames[i].reads; r < end; r++) {
		uint64_t address = now->reads[r].address;

		if (address < frame.sp && frame.inner != address)
			frame.inner = frame.inner ? INNER_MANY : address;
		if (add_read(kept, &now->reads[r]))
			return -1;
	}
	frame.reads = kept->read_count;
	return add_frame(kept, &frame);
}

void known_end(struct known *k, int is_whole)
{
	struct known_stack *kept = place_of(k, k->tid);
	int is_kept = is_whole && !k->broken;

	k->frames += k->now.frame_count + k->joined;
	k->reused += k->joined;
	if (is_kept) {
		kept->frame_count = k->joined;
		kept->read_count = k->joined ? kept->frames[k->joined - 1].reads : 0;
		kept->tid = k->tid;
	}
	for (size_t i = is_kept ? k->now.frame_count : 0; i-- > 0;) {
		if (!keep_frame(kept, &k->now, i))
			continue;
		kept->frame_count = kept->read_count = 0;
		break;
	}
	k->tid = 0;
}

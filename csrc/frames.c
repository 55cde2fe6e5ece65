#include "frames.h"

#include "words.h"

/* Where a chain is torn, how much of the stack is searched for the next activation, and what may be found. */
#define SEARCH_BYTES (256u << 10)
#define SEARCH_FOUND_MAX 32
#define SEARCH_STEPS_MAX 65536u
#define SEARCH_FRAMES_MAX 1024u

/* One walk over a thread state's frames. */
struct walk {
	const struct python_layout *layout;
	struct code_table *codes;
	struct memory *memory;
	struct image *image;
	uint64_t thread;	/* address of the thread state */
	unsigned steps;		/* left for the search, whatever the memory holds */
};

/*
 * What the cframes of a thread state tell: the innermost one, and the innermost frame of it and of the next one; and
 * whether they lead to the outermost.
 */
struct chain {
	uint64_t cframe, frame, outer;
	int whole;
};

static int copy(const struct walk *w, uint64_t address, void *into, size_t size)
{
	return image_read(w->image, w->memory, address, into, size);
}

/* Copies the frames from at on. Returns 1 if frame `through`, or the chain's proper end where that is 0, was met. */
static int touch_frames(const struct walk *w, uint64_t at, uint64_t through)
{
	const struct python_layout *l = w->layout;
	uint8_t frame[CODE_SIZE_MAX];
	uint64_t last = 0, last_code = 0, seen = 0;
	int met = 0;

	for (unsigned i = 0; at && i < FRAMES_MAX; i++) {
		uint64_t code;

		met |= at == through;
		/* Brent: a circle is found once it holds what was seen at a power of two. */
		if (at == seen || copy(w, at, frame, l->frame_size))
			return met;
		if (!(i & (i + 1)))
			seen = at;
		code = word_at(frame, l->frame_code) & ~(uint64_t)l->code_tag_mask;
		/* Recursion: the same code object again needs no second look. */
		if (code && code != last_code)
			code_capture(&(struct code_source){ l, w->codes, w->memory, w->image, 0 }, code);
		last_code = code;
		last = at;
		at = word_at(frame, l->frame_previous);
	}
	if (at)
		w->image->incomplete = 1;
	return met || (!at && !through && (image_has_on_stack(w->image, last) || !l->chain_ends_on_stack));
}

/* Whether this is the outermost cframe. Pointers to the thread state itself are everywhere on a stack. */
static int is_outermost(const struct walk *w, uint64_t address)
{
	return address != w->thread && address - w->thread < w->layout->thread_size;
}

static int read_cframe(const struct walk *w, uint64_t at, uint64_t *previous, uint64_t *frame)
{
	*frame = 0;
	if (copy(w, at + w->layout->cframe_previous, previous, sizeof(*previous)))
		return 0;
	return w->layout->cframe_frame == OFFSET_NONE ||
	       !copy(w, at + w->layout->cframe_frame, frame, sizeof(*frame));
}

/* Copies the cframes from at on; the outermost lies in the thread state itself. */
static struct chain touch_cframes(const struct walk *w, uint64_t at)
{
	struct chain chain = { .cframe = at };

	for (int i = 0; i < FRAMES_MAX && at; i++) {
		uint64_t previous, frame;

		chain.whole = is_outermost(w, at);
		if (chain.whole || !read_cframe(w, at, &previous, &frame))
			break;
		if (i == 0)
			chain.frame = frame;
		else if (i == 1)
			chain.outer = frame;
		at = previous;
	}
	return chain;
}

/* Whether the frames from at on lead to frame `through`, or to the end where that is 0; not if they go in a circle. */
static int leads_to(struct walk *w, uint64_t at, uint64_t through)
{
	uint64_t seen = at;

	for (unsigned i = 0; i < SEARCH_FRAMES_MAX && w->steps > 0; i++, w->steps--) {
		if (i > 0 && at == through)
			return 1;
		if (!at || copy(w, at + w->layout->frame_previous, &at, sizeof(at)) || at == seen)
			return 0;
		if (!(i & (i + 1)))
			seen = at;
	}
	return 0;
}

/* Whether the cframes from at on lead outwards on the stack, which is upwards, and then to the thread state. */
static int leads_out(struct walk *w, uint64_t at)
{
	for (; w->steps > 0 && !is_outermost(w, at); w->steps--) {
		uint64_t previous, frame;

		if (!image_has_on_stack(w->image, at) || !read_cframe(w, at, &previous, &frame) ||
		    (previous <= at && !is_outermost(w, previous)))
			return 0;
		at = previous;
	}
	return w->steps > 0;
}

/* A cframe that is filled: its frames lead to those of the next one. */
static int is_settled(struct walk *w, uint64_t at, uint64_t *previous)
{
	uint64_t frame, next, outer;

	return leads_out(w, at) && read_cframe(w, at, previous, &frame) && read_cframe(w, *previous, &next, &outer) &&
	       leads_to(w, frame, outer);
}

/*
 * The innermost activation is just being entered, so that its cframe may hold anything: the next ones are those whose
 * cframes, further out on the stack, are filled. Stale ones in unused parts of the stack may look like that too, so
 * it does not end with the first; those that a chain leads to are copied with it.
 */
static void touch_outer_activations(struct walk *w, uint64_t cframe)
{
	uint64_t end = w->image->stack_address + w->image->stack_size, next = 0;
	unsigned found = 0;

	if (!image_has_on_stack(w->image, cframe))
		return;
	if (end - cframe > SEARCH_BYTES)
		end = cframe + SEARCH_BYTES;
	for (uint64_t at = cframe + 8; at + 8 < end && found < SEARCH_FOUND_MAX; at += 8) {
		uint64_t previous;

		if (!is_settled(w, at, &previous))
			continue;
		if (at != next) {
			touch_frames(w, touch_cframes(w, at).frame, 0);
			found++;
		}
		next = previous;
	}
}

/* Between two stores of a call a frame is current and not linked to its caller's, which is in a register then. */
static void touch_callers(struct walk *w, const struct user_regs_struct *r, uint64_t outer)
{
	const uint64_t words[] = { r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->r8,
				   r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15 };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (leads_to(w, words[i], outer))
			touch_frames(w, words[i], outer);
}

void frames_capture(const struct python_layout *layout, struct code_table *codes, struct frame_source source,
		    uint64_t thread, const uint8_t *bytes)
{
	struct walk w = { layout, codes, source.memory, source.image, thread, SEARCH_STEPS_MAX };
	struct chain chain = { 0 };
	int incomplete;

	if (layout->thread_cframe != OFFSET_NONE)
		chain = touch_cframes(&w, word_at(bytes, layout->thread_cframe));
	if (layout->thread_frame != OFFSET_NONE) {
		touch_frames(&w, word_at(bytes, layout->thread_frame), 0);
		return;
	}
	/* Without a stack there was no stop, and what is torn is looked at again. */
	if ((touch_frames(&w, chain.frame, chain.outer) && chain.whole) || !source.image->stack_size)
		return;
	/* The reader will not follow every way that is gone here, and so miss code objects that it then seems to have. */
	codes->distrusted = 1;
	/* What a search comes upon may be no address: that is no loss. */
	incomplete = w.image->incomplete;
	touch_outer_activations(&w, chain.cframe);
	touch_callers(&w, source.registers, chain.outer);
	w.image->incomplete = incomplete;
}

#include "code.h"

#include <errno.h>

#include "words.h"

/* A str or bytes object longer than this is cut: the reader finds its end missing. */
#define BLOB_MAX (1u << 20)
#define UNIT_MASK 7u
/* Of the contents of all code objects of a capture: strings may be long, and shared by many. */
#define PRINTED_MAX (64u << 20)

/* Copies a piece of memory, for the record (image_touch) or to be looked at (image_look). */
typedef int (*mark_fn)(struct image *image, struct memory *m, uint64_t address, size_t size);

static int look(struct image *image, struct memory *m, uint64_t address, size_t size)
{
	return image_look(image, m, address, NULL, size);
}

static int blob_ok(const struct blob_layout *blob, uint32_t code_size)
{
	uint32_t head = blob->unit ? blob->header_size : blob->short_header_size;

	return blob->pointer == OFFSET_NONE ||
	       (word_inside(blob->pointer, code_size) && blob->unit_bit < 32 && blob->short_bit < 32 &&
		word_inside(blob->length, head) && blob->header_size <= CODE_SIZE_MAX &&
		head <= blob->header_size);
}

int code_layout_ok(const struct python_layout *l)
{
	int ok = l->code_size <= CODE_SIZE_MAX && (uint64_t)l->code_key + l->code_key_size <= l->code_size;

	for (int i = 0; i < LAYOUT_BLOBS; i++)
		ok &= blob_ok(&l->blobs[i], l->code_size);
	return ok;
}

/* Where the data of the object at an address begins, and its size. 0 or -EFAULT. */
static int blob_data(const struct code_source *s, const struct blob_layout *blob, uint64_t at, uint64_t *begin,
		     uint64_t *size)
{
	uint64_t length, unit = blob->unit;
	uint32_t bits = 0;
	int error = image_look(s->image, s->memory, at + blob->length, &length, sizeof(length));

	if (!error && !unit)
		error = image_look(s->image, s->memory, at + blob->bits, &bits, sizeof(bits));
	if (!unit)
		unit = bits >> blob->unit_bit & UNIT_MASK;
	*begin = at + (!blob->unit && bits >> blob->short_bit & 1 ? blob->short_header_size : blob->header_size);
	*size = error || length >= BLOB_MAX ? 0 : length * unit;
	return error;
}

static void mark_blob(const struct code_source *s, const struct blob_layout *blob, uint64_t at, mark_fn mark)
{
	uint64_t begin, size;

	/* A build may have the field and not use it. */
	if (at && !mark(s->image, s->memory, at, blob->header_size) && !blob_data(s, blob, at, &begin, &size))
		mark(s->image, s->memory, begin, size);
}

/* The code object, and the objects that its frames are named by. */
static void mark_contents(const struct code_source *s, uint64_t at, mark_fn mark)
{
	const struct python_layout *l = s->layout;
	uint8_t code[CODE_SIZE_MAX];

	if (mark(s->image, s->memory, at, l->code_size) || image_look(s->image, s->memory, at, code, l->code_size))
		return;
	for (int i = 0; i < LAYOUT_BLOBS; i++)
		if (l->blobs[i].pointer != OFFSET_NONE)
			mark_blob(s, &l->blobs[i], word_at(code, l->blobs[i].pointer), mark);
}

static int print_bytes(struct code_source *s, uint64_t at, uint64_t size, uint64_t *print)
{
	uint8_t bytes[PAGE_BYTES];

	if (size > s->bytes_left)
		return -E2BIG;
	s->bytes_left -= size;
	while (size > 0) {
		size_t part = size < sizeof(bytes) ? size : sizeof(bytes);
		int error = image_look(s->image, s->memory, at, bytes, part);

		if (error)
			return error;
		*print = fingerprint(*print, bytes, part);
		at += part;
		size -= part;
	}
	return 0;
}

/* From its length on: what stands before that in an object, its reference count above all, changes. */
static int print_blob(struct code_source *s, const struct blob_layout *blob, uint64_t at, uint64_t *print)
{
	uint64_t begin, size;
	int error = blob_data(s, blob, at, &begin, &size);

	return error ? error : print_bytes(s, at + blob->length, begin + size - (at + blob->length), print);
}

/* The print of the contents that are in the image; 0 if some are not, or they are too long. */
static uint64_t print_contents(struct code_source *s, uint64_t at)
{
	const struct python_layout *l = s->layout;
	uint64_t print = s->codes->seed;
	uint8_t code[CODE_SIZE_MAX];

	if (image_look(s->image, s->memory, at, code, l->code_size))
		return 0;
	print = fingerprint(print, code + l->code_key, l->code_key_size);
	for (int i = 0; i < LAYOUT_BLOBS; i++) {
		uint64_t blob = l->blobs[i].pointer == OFFSET_NONE ? 0 : word_at(code, l->blobs[i].pointer);

		if (blob && print_blob(s, &l->blobs[i], blob, &print))
			return 0;
	}
	return code_print_of(print);
}

void code_capture(const struct code_source *s, uint64_t at)
{
	const struct python_layout *l = s->layout;
	uint8_t key[CODE_SIZE_MAX];
	uint64_t print;

	if (!code_table_meet(s->codes, at))
		return;
	if (!l->code_key_is_unique) {
		mark_contents(s, at, look);
		return;
	}
	if (image_read(s->image, s->memory, at + l->code_key, key, l->code_key_size))
		return;
	print = code_print_of(fingerprint(s->codes->seed, key, l->code_key_size));
	code_table_print(s->codes, print);
	if (!code_table_has(s->codes, at, print))
		mark_contents(s, at, image_touch);
}

void code_settle(const struct python_layout *layout, struct code_table *codes, struct image *image)
{
	struct code_source s = { layout, codes, NULL, image, PRINTED_MAX };
	int incomplete = image->incomplete;

	for (size_t i = 0; i < codes->count && !layout->code_key_is_unique; i++) {
		uint64_t at = codes->met[i].address;

		codes->met[i].print = print_contents(&s, at);
		if (!codes->met[i].print || !code_table_has(codes, at, codes->met[i].print))
			mark_contents(&s, at, image_touch);
	}
	/* What was missing was missed when it was to be copied. */
	image->incomplete = incomplete;
	code_table_settle(codes);
}

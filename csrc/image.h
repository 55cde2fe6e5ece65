/*
 * A copy of parts of the target's memory, made while a thread is stopped: its stack, and the pages that the
 * walk over its Python frames touches.
 *
 * Whole pages are read, since that costs no more than a few bytes of them, but only blocks of them are kept in
 * the record; not those that were just looked at. What one capture touched is fetched for the thread's next one
 * in the same call as the stack, so that the walk then finds it here; and where a chain is caught half-built and
 * the walk does not find its way, the reader still may.
 */
#ifndef AUSTINP_IMAGE_H
#define AUSTINP_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "memory.h"

#define PAGE_BYTES 4096u
#define BLOCK_BYTES 256u
#define BLOCKS_PER_PAGE (PAGE_BYTES / BLOCK_BYTES)

/* Bounds of one capture: 32 MiB of stack, 32 MiB of other memory. */
#define STACK_MAX (32u << 20)
#define PAGES_MAX 8192u

struct page {
	uint64_t address;
	uint16_t valid;		/* a bit for each block that was read */
	uint16_t fetched;	/* a bit for each block that was asked for in the capture before */
	uint16_t touched;	/* a bit for each block that was asked for */
	uint16_t looked;	/* the same, but not for the record */
	uint32_t slot;		/* its bytes are at image.bytes + slot * PAGE_BYTES */
};

/* What a capture touched or looked at: page addresses, each with a bit for each block. */
struct page_list {
	size_t count;
	struct { uint64_t address; uint16_t touched, looked; } pages[];
};

void page_list_free(struct page_list *list);

struct image {
	uint8_t *stack;		/* STACK_MAX bytes, copied from stack_address on */
	uint64_t stack_address, stack_size;
	struct page *pages;	/* PAGES_MAX */
	uint8_t *bytes;		/* PAGES_MAX pages */
	uint32_t *index;	/* hash of address -> number of the page + 1 */
	size_t count;
	int incomplete;		/* something asked for could not be had */
};

int image_create(struct image *image);
void image_destroy(struct image *image);

/* Has the kernel give the memory for so large a stack before it is copied. */
void image_prepare(struct image *image, size_t stack_size);

/*
 * Starts a new capture: copies stack_size bytes (or as many as can be read) from stack_address on, and in
 * the same call what list names. 0 or -errno. Without a stack, of a thread that was not stopped, stack_size is 0.
 */
int image_begin(struct image *image, struct memory *m, uint64_t stack_address, uint64_t stack_size,
		const struct page_list *list);

/* Copies size bytes at address out, reading what is not there yet. 0 or -EFAULT; marks them touched. */
int image_read(struct image *image, struct memory *m, uint64_t address, void *into, size_t size);

/* As image_read, but for the record's sake alone. */
int image_touch(struct image *image, struct memory *m, uint64_t address, size_t size);

/* As image_read, but not for the record. m may be NULL: then there is nothing but what is here. */
int image_look(struct image *image, struct memory *m, uint64_t address, void *into, size_t size);

/* Whether an address lies in the copy of the stack; nothing does where there is none. */
static inline int image_has_on_stack(const struct image *image, uint64_t address)
{
	return address - image->stack_address < image->stack_size;
}

/* Sorts the pages by address; to be done once the thread runs again. */
void image_sort(struct image *image);

/* What was touched, for the next image_begin of this thread; reuses old. NULL without memory. */
struct page_list *image_page_list(const struct image *image, struct page_list *old);

#endif

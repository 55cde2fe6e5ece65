#include "image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define INDEX_SIZE (PAGES_MAX * 4)
#define IOV_COUNT 512
#define ADDRESS_LIMIT (1ull << 47)

void page_list_free(struct page_list *list)
{
	free(list);
}

static void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int image_create(struct image *image)
{
	memset(image, 0, sizeof(*image));
	image->stack = reserve(STACK_MAX);
	image->bytes = reserve((size_t)PAGES_MAX * PAGE_BYTES);
	image->pages = reserve(PAGES_MAX * sizeof(*image->pages));
	image->index = calloc(INDEX_SIZE, sizeof(*image->index));
	if (image->stack && image->bytes && image->pages && image->index)
		return 0;
	image_destroy(image);
	return -ENOMEM;
}

void image_destroy(struct image *image)
{
	if (image->stack)
		munmap(image->stack, STACK_MAX);
	if (image->bytes)
		munmap(image->bytes, (size_t)PAGES_MAX * PAGE_BYTES);
	if (image->pages)
		munmap(image->pages, PAGES_MAX * sizeof(*image->pages));
	free(image->index);
	memset(image, 0, sizeof(*image));
}

void image_prepare(struct image *image, size_t size)
{
	memset(image->stack, 0, size < STACK_MAX ? size : STACK_MAX);
}

static size_t hash(uint64_t address)
{
	return (size_t)((address / PAGE_BYTES) * 0x9e3779b97f4a7c15ull >> 32) % INDEX_SIZE;
}

/* The page at address, made if there is none; NULL when the capture is full. */
static struct page *page_at(struct image *image, uint64_t address)
{
	size_t i = hash(address);
	struct page *p;

	while (image->index[i]) {
		p = &image->pages[image->index[i] - 1];
		if (p->address == address)
			return p;
		i = (i + 1) % INDEX_SIZE;
	}
	if (image->count == PAGES_MAX)
		return NULL;
	p = &image->pages[image->count];
	*p = (struct page){ .address = address, .slot = (uint32_t)image->count };
	image->index[i] = (uint32_t)++image->count;
	return p;
}

static uint8_t *page_bytes(const struct image *image, const struct page *p)
{
	return image->bytes + (size_t)p->slot * PAGE_BYTES;
}

static void clear(struct image *image)
{
	if (image->count > INDEX_SIZE / 16) {
		memset(image->index, 0, INDEX_SIZE * sizeof(*image->index));
	} else {
		/* Sorting may have moved the pages, but every chain of the index starts at some page's hash. */
		for (size_t n = 0; n < image->count; n++)
			for (size_t i = hash(image->pages[n].address); image->index[i]; i = (i + 1) % INDEX_SIZE)
				image->index[i] = 0;
	}
	image->count = 0;
	image->incomplete = 0;
}

/* All blocks from the first to the last of some. */
static uint16_t span(uint16_t blocks)
{
	unsigned first = (unsigned)__builtin_ctz(blocks), last = 31 - (unsigned)__builtin_clz(blocks);

	return (uint16_t)((2u << last) - (1u << first));
}

/*
 * One range a listed page, up to max: the span of its listed blocks. A range costs more than the blocks between
 * that nobody asked for.
 */
static size_t fetch_ranges(struct image *image, const struct page_list *list, struct iovec *local,
			   struct iovec *remote, struct page **owner, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; list && i < list->count && n < max; i++) {
		uint16_t listed = list->pages[i].touched | list->pages[i].looked;
		struct page *p = page_at(image, list->pages[i].address);
		unsigned first = (unsigned)__builtin_ctz(listed);

		if (!p)
			break;
		p->fetched = list->pages[i].touched;
		p->valid = span(listed);
		owner[n] = p;
		local[n].iov_base = page_bytes(image, p) + first * BLOCK_BYTES;
		remote[n].iov_base = (void *)(uintptr_t)(p->address + first * BLOCK_BYTES);
		local[n].iov_len = remote[n].iov_len = (size_t)__builtin_popcount(p->valid) * BLOCK_BYTES;
		n++;
	}
	return n;
}

int image_begin(struct image *image, struct memory *m, uint64_t stack_address, uint64_t stack_size,
		const struct page_list *list)
{
	struct iovec local[IOV_COUNT], remote[IOV_COUNT];
	struct page *owner[IOV_COUNT];
	size_t count;
	ssize_t got;

	clear(image);
	image->stack_address = stack_address;
	image->stack_size = stack_size < STACK_MAX ? stack_size : STACK_MAX;
	/* The stack comes last: its far end may lie beyond the mapping, and reading ends there. */
	count = fetch_ranges(image, list, local, remote, owner, IOV_COUNT - 1);
	local[count] = (struct iovec){ .iov_base = image->stack, .iov_len = image->stack_size };
	remote[count] = (struct iovec){ .iov_base = (void *)(uintptr_t)stack_address,
					.iov_len = image->stack_size };
	got = memory_read_many(m, local, remote, count + 1);
	for (size_t i = 0; i < count; i++) {
		if (got >= (ssize_t)local[i].iov_len) {
			got -= (ssize_t)local[i].iov_len;
			continue;
		}
		/* A page of last time is no longer mapped: read the stack on its own, the rest as it is asked for. */
		got = memory_read_many(m, &local[count], &remote[count], 1);
		for (; i < count; i++)
			owner[i]->valid = owner[i]->fetched = 0;
	}
	image->stack_size = got > 0 ? (uint64_t)got : 0;
	return got > 0 || !stack_size ? 0 : got < 0 ? (int)got : -EFAULT;
}

/* Copies what lies in the stack copy: 1 if all of it does. */
static int read_stack(const struct image *image, uint64_t address, void *into, size_t size)
{
	if (address < image->stack_address || size > image->stack_size ||
	    address - image->stack_address > image->stack_size - size)
		return 0;
	if (into)
		memcpy(into, image->stack + (address - image->stack_address), size);
	return 1;
}

static int read_in_page(struct image *image, struct memory *m, uint64_t address, void *into, size_t size, int is_look)
{
	unsigned offset = (unsigned)(address % PAGE_BYTES);
	unsigned first = offset / BLOCK_BYTES, last = (offset + (unsigned)size - 1) / BLOCK_BYTES;
	uint16_t bits = (uint16_t)((2u << last) - (1u << first));
	struct page *p = page_at(image, address - offset);

	if (!p)
		return -EFAULT;
	if ((p->valid & bits) != bits) {
		if (!m || memory_read(m, p->address, page_bytes(image, p), PAGE_BYTES))
			return -EFAULT;
		p->valid = UINT16_MAX;
	}
	*(is_look ? &p->looked : &p->touched) |= bits;
	if (into)
		memcpy(into, page_bytes(image, p) + offset, size);
	return 0;
}

static int read_or_look(struct image *image, struct memory *m, uint64_t address, void *into, size_t size, int is_look)
{
	uint8_t *to = into;

	if (address < PAGE_BYTES || address >= ADDRESS_LIMIT || size > ADDRESS_LIMIT - address)
		goto fault;
	if (read_stack(image, address, into, size))
		return 0;
	while (size > 0) {
		size_t part = PAGE_BYTES - address % PAGE_BYTES;

		if (part > size)
			part = size;
		if (read_in_page(image, m, address, to, part, is_look))
			goto fault;
		address += part;
		size -= part;
		if (to)
			to += part;
	}
	return 0;
fault:
	image->incomplete = 1;
	return -EFAULT;
}

int image_read(struct image *image, struct memory *m, uint64_t address, void *into, size_t size)
{
	return read_or_look(image, m, address, into, size, 0);
}

int image_look(struct image *image, struct memory *m, uint64_t address, void *into, size_t size)
{
	return read_or_look(image, m, address, into, size, 1);
}

int image_touch(struct image *image, struct memory *m, uint64_t address, size_t size)
{
	return image_read(image, m, address, NULL, size);
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct page *)a)->address, y = ((const struct page *)b)->address;

	return x < y ? -1 : x > y;
}

void image_sort(struct image *image)
{
	qsort(image->pages, image->count, sizeof(*image->pages), by_address);
}

struct page_list *image_page_list(const struct image *image, struct page_list *old)
{
	struct page_list *list = realloc(old, sizeof(*list) + image->count * sizeof(list->pages[0]));

	if (!list) {
		free(old);
		return NULL;
	}
	list->count = 0;
	for (size_t i = 0; i < image->count; i++) {
		const struct page *p = &image->pages[i];

		if (!(p->touched | p->looked))
			continue;
		list->pages[list->count].address = p->address;
		list->pages[list->count].touched = p->touched;
		list->pages[list->count].looked = p->looked;
		list->count++;
	}
	return list;
}

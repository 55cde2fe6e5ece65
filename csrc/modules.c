/* The modules of an unwinder, and its life. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "unwinder.h"

/* Unwind rules that libunwind keeps, by address: a few thousand call sites are in use at a time. */
#define CACHE_SIZE 16384

const struct module *unwinder_find_module(const struct unwinder *u, uint64_t address)
{
	size_t low = 0, high = u->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (u->modules[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < u->count && u->modules[low].start <= address ? &u->modules[low] : NULL;
}

EXPORT struct unwinder *unwinder_create(void)
{
	unw_accessors_t accessors = unwinder_accessors;
	struct unwinder *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->space = unw_create_addr_space(&accessors, 0);
	if (!u->space) {
		free(u);
		return NULL;
	}
	unw_set_caching_policy(u->space, UNW_CACHE_GLOBAL);
	unw_set_cache_size(u->space, CACHE_SIZE, 0);
	return u;
}

EXPORT void unwinder_clear(struct unwinder *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->modules[i].eh_frame.bytes);
	u->count = 0;
	memset(u->signals, 0, sizeof(u->signals));
	unw_flush_cache(u->space, 0, 0);
}

EXPORT void unwinder_destroy(struct unwinder *u)
{
	unwinder_clear(u);
	free(u->modules);
	unw_destroy_addr_space(u->space);
	free(u);
}

static int by_start(const void *a, const void *b)
{
	uint64_t x = ((const struct module *)a)->start, y = ((const struct module *)b)->start;

	return x < y ? -1 : x > y;
}

EXPORT int32_t unwinder_add_module(struct unwinder *u, double start, double end, double header, double base,
				   const uint8_t *bytes, uint32_t size)
{
	struct module *m;

	if (u->count == u->capacity) {
		size_t capacity = u->capacity ? u->capacity * 2 : 64;
		struct module *modules = realloc(u->modules, capacity * sizeof(*modules));

		if (!modules)
			return -ENOMEM;
		u->modules = modules;
		u->capacity = capacity;
	}
	m = &u->modules[u->count];
	*m = (struct module){ .start = (uint64_t)start, .end = (uint64_t)end };
	m->eh_frame = (struct eh_frame){ .base = (uint64_t)base, .size = size, .header = (uint64_t)header };
	m->eh_frame.bytes = malloc(size ? size : 1);
	if (!m->eh_frame.bytes)
		return -ENOMEM;
	memcpy(m->eh_frame.bytes, bytes, size);
	if (eh_frame_init(&m->eh_frame)) {
		free(m->eh_frame.bytes);
		return -EINVAL;
	}
	u->count++;
	qsort(u->modules, u->count, sizeof(*u->modules), by_start);
	return 0;
}

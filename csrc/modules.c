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

const struct module *unwinder_module_with_tables(struct unwinder *u, uint64_t address)
{
	const struct module *module = unwinder_find_module(u, address);

	if (module && module->expected)
		u->wanted = module->start;
	return module && module->eh_frame.bytes ? module : NULL;
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
	u->count = 0;
	u->wanted = 0;
	memset(u->signals, 0, sizeof(u->signals));
	known_forget(&u->known);
	unw_flush_cache(u->space, 0, 0);
}

EXPORT void unwinder_destroy(struct unwinder *u)
{
	unwinder_clear(u);
	free(u->modules);
	known_destroy(&u->known);
	unw_destroy_addr_space(u->space);
	free(u);
}

static int by_start(const void *a, const void *b)
{
	uint64_t x = ((const struct module *)a)->start, y = ((const struct module *)b)->start;

	return x < y ? -1 : x > y;
}

EXPORT int32_t unwinder_expect_module(struct unwinder *u, double start, double end)
{
	if (u->count == u->capacity) {
		size_t capacity = u->capacity ? u->capacity * 2 : 64;
		struct module *modules = realloc(u->modules, capacity * sizeof(*modules));

		if (!modules)
			return -ENOMEM;
		u->modules = modules;
		u->capacity = capacity;
	}
	u->modules[u->count++] = (struct module){ .start = (uint64_t)start, .end = (uint64_t)end, .expected = 1 };
	qsort(u->modules, u->count, sizeof(*u->modules), by_start);
	return 0;
}

EXPORT int32_t unwinder_set_tables(struct unwinder *u, double start, double header, double base,
				   const uint8_t *bytes, uint32_t size)
{
	struct module *m = (struct module *)unwinder_find_module(u, (uint64_t)start);
	struct eh_frame tables = {
		.bytes = bytes, .base = (uint64_t)base, .size = size, .header = (uint64_t)header,
	};

	if (!m || !m->expected)
		return -EINVAL;
	m->expected = 0;
	if (!size)
		return 0;
	if (eh_frame_init(&tables))
		return -EINVAL;
	m->eh_frame = tables;
	/* What was found out without them. */
	memset(u->signals, 0, sizeof(u->signals));
	known_forget(&u->known);
	unw_flush_cache(u->space, 0, 0);
	return 0;
}

EXPORT double unwinder_take_wanted(struct unwinder *u)
{
	uint64_t wanted = u->wanted;

	u->wanted = 0;
	return (double)wanted;
}

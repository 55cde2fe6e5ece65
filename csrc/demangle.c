/* Names as they stand in the source, by libiberty's demangler. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#include <demangle.h>

#include "shim.h"

/*
 * Up to this length a name is demangled however deep it nests, which takes less than 2 MiB of stack; beyond, only if
 * libiberty thinks that it does not nest deeply.
 */
#define DEEP_MAX 2048
#define LENGTH_MAX 65536

struct output {
	uint8_t *into;
	size_t size, room;
	jmp_buf full;
};

/* A short name can stand for one of 2^30 bytes. libiberty cannot be told to stop, but it holds nothing while it prints. */
static void append(const char *text, size_t size, void *opaque)
{
	struct output *output = opaque;

	if (size > output->room - output->size)
		longjmp(output->full, 1);
	memcpy(output->into + output->size, text, size);
	output->size += size;
}

static int32_t print(const char *name, int options, struct output *output)
{
	if (setjmp(output->full))
		return -EMSGSIZE;
	/* Rust's old names are C++ names, too. References in its new ones may go round in circles. */
	if (rust_demangle_callback(name, options & ~DMGL_NO_RECURSE_LIMIT, append, output))
		return output->size;
	output->size = 0;
	return cplus_demangle_v3_callback(name, options, append, output) ? output->size : 0;
}

int32_t demangle(const char *name, int32_t with_parameters, uint8_t *into, uint32_t room)
{
	size_t length = strlen(name);
	int options = DMGL_ANSI;
	struct output output = { .into = into, .room = room };

	if (length > LENGTH_MAX)
		return 0;
	if (length <= DEEP_MAX)
		options |= DMGL_NO_RECURSE_LIMIT;
	if (with_parameters)
		options |= DMGL_PARAMS;
	return print(name, options, &output);
}

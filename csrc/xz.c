/* Decompression of .xz data, as in the section .gnu_debugdata of stripped files. */
#include <errno.h>
#include <lzma.h>

#include "shim.h"

/* A preset of xz needs 65 MiB at most; more is no file that a linker's script made. */
#define MEMORY_MAX (128ull << 20)

double xz_size(const uint8_t *bytes, uint32_t size)
{
	lzma_stream_flags flags;
	lzma_index *index = NULL;
	uint64_t memory = MEMORY_MAX;
	size_t at = 0;
	double result;

	if (size < LZMA_STREAM_HEADER_SIZE)
		return -EINVAL;
	size -= LZMA_STREAM_HEADER_SIZE;
	if (lzma_stream_footer_decode(&flags, bytes + size) != LZMA_OK || flags.backward_size > size)
		return -EINVAL;
	bytes += size - flags.backward_size;
	if (lzma_index_buffer_decode(&index, &memory, NULL, bytes, &at, flags.backward_size) != LZMA_OK)
		return -EINVAL;
	result = lzma_index_uncompressed_size(index);
	lzma_index_end(index, NULL);
	return result;
}

int32_t xz_decompress(const uint8_t *bytes, uint32_t size, uint8_t *into, uint32_t room)
{
	uint64_t memory = MEMORY_MAX;
	size_t in = 0, out = 0;

	if (lzma_stream_buffer_decode(&memory, 0, NULL, bytes, &in, size, into, &out, room) != LZMA_OK)
		return -EINVAL;
	return out == room ? 0 : -EINVAL;
}

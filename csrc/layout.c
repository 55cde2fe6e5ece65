/* Offsets of the structures that are shared with TypeScript, for the test that compares them. */
#include <stddef.h>

#include "shim.h"

EXPORT int32_t shim_layout(uint32_t *offsets, uint32_t max)
{
	static const uint32_t all[] = {
		sizeof(struct python_layout), offsetof(struct python_layout, watched),
		offsetof(struct python_layout, interp_next), offsetof(struct python_layout, interp_watched),
		offsetof(struct python_layout, blobs), sizeof(struct blob_layout),
		sizeof(struct record), offsetof(struct record, kind), offsetof(struct record, flags),
		offsetof(struct record, tid), offsetof(struct record, detail), offsetof(struct record, time_ns),
		offsetof(struct record, elapsed_ns), offsetof(struct record, resident), offsetof(struct record, stop_ns),
		offsetof(struct record, kernel_size), offsetof(struct record, thread_count),
		offsetof(struct record, range_count), offsetof(struct record, code_count),
		offsetof(struct record, registers), sizeof(struct record_thread), sizeof(struct record_code),
		sizeof(struct record_range), sizeof(struct session_counters),
	};
	uint32_t count = sizeof(all) / sizeof(all[0]);

	for (uint32_t i = 0; i < count && i < max; i++)
		offsets[i] = all[i];
	return (int32_t)count;
}

/* What malloc keeps of what was freed. */
#include <malloc.h>

#include "shim.h"

/* What is larger gets pages of its own, which go back when it is freed. */
#define OWN_PAGES_BYTES (128 << 10)

EXPORT void heap_give_back(void)
{
	/* By itself glibc raises this to the largest block that was freed yet, up to 32 MiB: tables are as large, once. */
	mallopt(M_MMAP_THRESHOLD, OWN_PAGES_BYTES);
	mallopt(M_TRIM_THRESHOLD, OWN_PAGES_BYTES);
	malloc_trim(0);
}

/* How soon the calling thread gets a CPU. */
#include <errno.h>
#include <sys/resource.h>

#include "shim.h"

/* The range of setpriority(2). */
#define NICE_MIN (-20)
#define NICE_MAX 19

EXPORT int32_t thread_renice(int32_t by, int32_t *changed)
{
	int before, after;

	*changed = 0;
	errno = 0;
	/* On Linux, 0 is the calling thread and not its process. -1 may be a niceness. */
	before = getpriority(PRIO_PROCESS, 0);
	if (before == -1 && errno)
		return -errno;
	after = before + by < NICE_MIN ? NICE_MIN : before + by > NICE_MAX ? NICE_MAX : before + by;
	if (setpriority(PRIO_PROCESS, 0, after))
		return -errno;
	*changed = after - before;
	return 0;
}

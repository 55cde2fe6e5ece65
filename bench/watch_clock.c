/* What the target sees of its pauses: a loop that reads the clock notes each gap between two readings. */
#include <stdint.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * Runs for seconds. gaps gets the length in ns of the first max gaps longer than threshold_ns; loops gets the
 * number of readings, which falls as the program is slowed down. Returns the number of gaps.
 */
uint32_t watch_clock(double seconds, uint64_t threshold_ns, uint32_t *gaps, uint32_t max, uint64_t *loops)
{
	uint64_t last = now_ns(), end = last + (uint64_t)(seconds * 1e9), n = 0;
	uint32_t count = 0;

	while (last < end) {
		uint64_t t = now_ns();

		if (t - last > threshold_ns && count < max)
			gaps[count++] = (uint32_t)(t - last);
		last = t;
		n++;
	}
	*loops = n;
	return count;
}

/* Computes for ever. */
void spin(void)
{
	for (volatile uint64_t n = 0;; n++)
		;
}

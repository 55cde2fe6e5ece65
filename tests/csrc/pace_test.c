/* When ticks come. */
#include "check.h"
#include "clock.h"
#include "pace.h"

#define INTERVAL NS_PER_MS
#define TICKS 10000

/* Each tick has its interval; within it one comes at random, or at its beginning. */
void pace_keeps_to_its_intervals(void)
{
	for (int jitter = 0; jitter < 2; jitter++) {
		struct pace p = { .interval_ns = INTERVAL, .jitter = jitter };
		int early = 0;

		pace_start(&p, 1000 * INTERVAL);
		CHECK(p.due_ns == 1000 * INTERVAL);
		for (uint64_t i = 1; i < TICKS; i++) {
			uint64_t slot = (1000 + i) * INTERVAL;

			CHECK(!pace_next(&p, p.due_ns, p.due_ns + 1000, 500));
			CHECK(p.due_ns >= slot && p.due_ns < slot + (jitter ? INTERVAL : 1));
			early += p.due_ns - slot < INTERVAL / 4;
		}
		CHECK(jitter ? early > TICKS / 5 && early < TICKS / 3 : early == TICKS - 1);
	}
}

void pace_counts_what_it_misses(void)
{
	struct pace p = { .interval_ns = INTERVAL };

	pace_start(&p, 0);
	/* A little late is not missed. */
	CHECK(pace_next(&p, 0, INTERVAL + INTERVAL / 2, 0) == 0 && p.due_ns == INTERVAL);
	CHECK(pace_next(&p, 2 * INTERVAL, 5 * INTERVAL + 1, 0) == 3 && p.due_ns == 5 * INTERVAL);
	CHECK(pace_next(&p, 5 * INTERVAL + 1, 5 * INTERVAL + 2, 0) == 0 && p.due_ns == 6 * INTERVAL);
	p.interval_ns = 0;
	CHECK(pace_next(&p, 7 * INTERVAL, 8 * INTERVAL, 1) == 0 && p.due_ns == 8 * INTERVAL);
}

/* Whatever the stops take, no more than its share of the time goes to them. */
void pace_keeps_its_budget(void)
{
	uint64_t random = 5;

	for (int i = 0; i < 4; i++) {
		struct pace p = { .interval_ns = i % 2 ? INTERVAL : 0, .jitter = i / 2, .budget = 0.01 };
		uint64_t now = NS_PER_S, stopped = 0, begun = now;

		pace_start(&p, now);
		for (int n = 0; n < TICKS; n++) {
			uint64_t stop = next_random(&random) % (20 * NS_PER_US);

			if (n % 1000 == 0)
				stop = 10 * NS_PER_MS;
			begun = p.due_ns;
			now = begun + stop + 10000;
			stopped += stop;
			CHECK(pace_next(&p, begun, now, stop) <= (stop > INTERVAL ? 10 : 0));
			CHECK(p.due_ns >= begun + stop * 100 - 1);
		}
		CHECK((double)stopped <= 0.0101 * (double)(p.due_ns - NS_PER_S));
	}
}

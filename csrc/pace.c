#include "pace.h"

/* Marsaglia, Xorshift RNGs (2003): any generator does that does not keep step with a program. */
static uint64_t next_random(struct pace *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random;
}

static uint64_t within_slot(struct pace *p)
{
	return p->jitter && p->interval_ns ? next_random(p) % p->interval_ns : 0;
}

void pace_start(struct pace *p, uint64_t now_ns)
{
	p->slot_ns = p->due_ns = now_ns;
	p->random = now_ns | 1;
}

uint64_t pace_next(struct pace *p, uint64_t begun_ns, uint64_t now_ns, uint64_t stopped_ns)
{
	uint64_t missed = 0, earliest = now_ns;

	/* So that up to the next tick no more than its share of the time was spent in stops. */
	if (p->budget > 0) {
		double pause = (double)stopped_ns / p->budget;

		if (pause > (double)(now_ns - begun_ns))
			earliest = begun_ns + (uint64_t)pause;
	}
	if (!p->interval_ns) {
		p->due_ns = earliest;
		return 0;
	}
	p->slot_ns += p->interval_ns;
	if (p->slot_ns + p->interval_ns <= now_ns) {
		missed = (now_ns - p->slot_ns) / p->interval_ns;
		p->slot_ns += missed * p->interval_ns;
	}
	/* Ticks that are left out for the budget are not missed. */
	if (p->slot_ns < earliest && earliest > now_ns)
		p->slot_ns += (earliest - p->slot_ns + p->interval_ns - 1) / p->interval_ns * p->interval_ns;
	p->due_ns = p->slot_ns + within_slot(p);
	return missed;
}

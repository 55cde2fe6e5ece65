/* When ticks come. */
#ifndef AUSTINP_PACE_H
#define AUSTINP_PACE_H

#include <stdint.h>

struct pace {
	uint64_t interval_ns;	/* 0: one tick after the other */
	int jitter;		/* each tick comes at random within its interval, so that no periodic program keeps step */
	double budget;		/* the share of the time that threads may be stopped; 0: any */
	uint64_t slot_ns;	/* when the interval of the next tick begins: a multiple of it from the first tick on */
	uint64_t due_ns;	/* when the next tick is to come */
	uint64_t random;	/* state of the generator, not 0 */
};

void pace_start(struct pace *p, uint64_t now_ns);

/*
 * To be told when a tick that began at begun_ns is done, in which threads were stopped for stopped_ns together: sets
 * due_ns. Returns how many ticks were missed, because this one took so long.
 */
uint64_t pace_next(struct pace *p, uint64_t begun_ns, uint64_t now_ns, uint64_t stopped_ns);

#endif

/* What came of sampling: drained records, checked and added up. */
#ifndef AUSTINP_TESTS_RECORDS_H
#define AUSTINP_TESTS_RECORDS_H

#include <stdint.h>
#include <sys/types.h>

#include "shim.h"

struct seen {
	int count[7];		/* of each kind */
	int idle, ready /* the same, though not idle */, incomplete, kernel, resident, threads;
	uint64_t largest;
	pid_t captured[16];	/* threads with a capture */
	struct { pid_t tid; uint64_t time_ns; } timed[16];	/* and when each was looked at last */
};

/* Memory for drain. */
uint8_t *buffer_create(void);

/* Drains all there is, checks each record and adds it up. */
void drain(struct session *s, uint8_t *buffer, struct seen *seen);

/* Drains until the kind asked for has come so often. */
void drain_until(struct session *s, uint8_t *buffer, struct seen *seen, enum record_kind kind, int count);

/* A process is neither stopped nor traced. */
void check_untouched(pid_t pid);

#endif

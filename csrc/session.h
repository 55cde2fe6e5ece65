/* What the session's two ways of looking share: the sampler thread (sampler.c) and the dump (dump.c). */
#ifndef AUSTINP_SESSION_H
#define AUSTINP_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "capture.h"
#include "memory.h"
#include "pace.h"
#include "ring.h"
#include "shim.h"
#include "tasks.h"
#include "threads.h"

/* A thread that is to be stopped in this tick. */
struct request {
	struct task *task;
	enum task_state state;	/* as it was found */
	uint32_t kernel_size;	/* of its kernel stack, which lies in the capture; only where it is the one request */
	uint64_t since_ns;	/* when it was asked to stop; 0: in an earlier tick, or not yet */
	int late;		/* it did not stop at once */
};

/* How many places of needy waits are remembered; a program has few. */
#define NEEDY_WAITS 256

struct session {
	pid_t pid;
	struct memory memory;
	struct task_table tasks;
	struct thread_table threads;
	struct capture capture;
	struct ring ring;
	struct session_counters counters;
	uint64_t main_stack_end;
	struct pace pace;
	uint64_t ticked_ns;		/* when the last tick ended; 0 before the first has */
	int with_kernel;
	int allow_eintr;		/* waits may be stopped whose call returns EINTR then */
	int unstopped;			/* threads are not stopped, and only their Python frames copied */
	int statm_fd;			/* of /proc/PID/statm; -1 where nobody asks for it */
	uint64_t resident;		/* what it said at the last tick, in bytes */
	struct request *requests;	/* of the threads that run in this tick */
	size_t request_count, request_capacity;
	uint64_t same, same_before;	/* how many threads have not run, in this tick so far and in the one before */
	int unsettled;		/* a thread had no thread state that may have one: walk their lists anew */
	int relist;			/* a thread was found gone: list them anew */
	_Atomic int stop;		/* asks the sampler thread to end */
	_Atomic int forget_code;
	_Atomic uint64_t needy_waits[NEEDY_WAITS];	/* see session_stop_waits_at; hashed by pc, 0 is none */
	pthread_t thread;
	int joinable;
	pthread_mutex_t lock;		/* of what follows, and of the wait on readable */
	pthread_cond_t readable;
	int running;
	int begun;			/* the first tick is done, */
	int begin_error;		/* with this: 0 or -errno */
};

/* Starts the record in s->capture. */
void session_begin_record(struct session *s, enum record_kind kind, const struct task *t);

/* Whether the process still has the memory that it had when the session began; not after its end, or after an exec. */
int session_is_alive(struct session *s);

/*
 * Writes it and returns 1, or counts it as dropped, and returns 0; then its time goes to the thread's next one. A capture
 * of a process whose memory is gone is none at all.
 */
int session_end_record(struct session *s, struct task *t);

/*
 * Looks at a thread, and writes its record of this tick, or puts it among the requests. 0, or -errno if it may not be
 * traced.
 */
int session_sample_task(struct session *s, struct task *t);

/* Stops, copies and lets go these threads, and writes their records. 0, or -errno if one may not be traced. */
int session_stop_and_copy(struct session *s, struct request *requests, size_t count);

/* Whether the capture of a thread has its thread state, or it has none for good; if not it is to be looked for again. */
int session_settle(struct session *s, struct task *t);

/* A thread is TASK_SAME or TASK_READY: what it did stands, which is to be told now or later. */
void session_stand(struct session *s, struct task *t, enum task_state state);

/* Writes what is still to be told of such a thread, before anything else of it is. */
void session_report_same(struct session *s, struct task *t);

/*
 * Copies the Python frames of a thread without a stop, and writes its record if it has any. state is what task_look said.
 */
void session_observe(struct session *s, struct task *t, enum task_state state);

/*
 * Copies a thread that task_look said waits into s->capture without a stop. TASK_SAME: that is done, and the record is
 * to be written; TASK_WAITING: it takes a stop; else what the thread was found to do instead.
 */
enum task_state session_copy_waiting(struct session *s, struct task *t);

/* Whether a thread that waits so is to be stopped for its registers, and may be. */
int session_wait_needs_stop(struct session *s, const struct wait *wait);

/* Puts the kernel stack of a thread that waits into the record. To be read before the stop: then it shows that. */
void session_read_kernel_stack(struct session *s, const struct task *t);

/*
 * Begins to trace t, which is then pending until it has stopped. It is not if it is ending, or if another tracer holds
 * it: that may be a sampler like us, until it gets a CPU, so at first (in a dump, in the first tick) it is waited for,
 * and later left out for a while. 0, or -errno if t may not be traced.
 */
int session_seize(struct session *s, struct task *t);

/*
 * Threads that wait are copied without being traced. This asks whether they could be, lest sampling begins and fails once
 * they run. 0, or -errno if not, as where another tracer has them.
 */
int session_may_trace(const struct session *s);

/* Lets threads go that have not stopped yet, waiting wait_ns for each. Returns whether some are left. */
int session_release_pending(struct session *s, uint64_t wait_ns);

#endif

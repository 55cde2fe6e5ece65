/*
 * Every function that the shim exports, with its contract; src/ffi/ holds the same prototypes once more.
 *
 * The shim stops threads, copies what a sample needs and unwinds copies. It knows no CPython version, no
 * names and no output format: TypeScript hands it a table of offsets and gets records back.
 *
 * Conventions: failures are returned as -errno; addresses of the target cross as double, which is exact
 * below 2^53; buffers belong to the caller; handles are freed by the _destroy beside their _create.
 */
#ifndef AUSTINP_SHIM_H
#define AUSTINP_SHIM_H

#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

/* An offset in struct python_layout that this CPython does not have. */
#define OFFSET_NONE UINT32_MAX

/* How many objects that a code object points to are copied with it. */
#define LAYOUT_BLOBS 4

/* How many words are copied with each stack: at fixed addresses, and in each interpreter state. */
#define LAYOUT_WATCHED 3
#define LAYOUT_INTERP_WATCHED 2

/*
 * An object with a length, reached through a pointer in a code object: a string or a line table. Copied are its header
 * and, behind that, so many units as the length says.
 */
struct blob_layout {
	uint32_t pointer;	/* offset of the pointer in the code object */
	uint32_t length;	/* offset of the 64-bit length in the object; what counts of the object begins there */
	uint32_t header_size;
	uint32_t unit;		/* bytes; 0: three bits of a 32-bit word of the object tell, ... */
	uint32_t bits;		/* ... whose offset this is, ... */
	uint32_t unit_bit;	/* ... from this bit on; ... */
	uint32_t short_bit;	/* ... and where this bit of it is set, ... */
	uint32_t short_header_size;	/* ... so much is before the units */
};

/* Where CPython keeps what is copied with a stack. src/ffi/python_layout.ts writes the same bytes. */
struct python_layout {
	uint64_t interpreters_head;	/* address of the pointer to the first interpreter state */
	/* Copied with the stack of each thread that has a thread state, for the reader: words; an address of 0 is none. */
	uint64_t watched[LAYOUT_WATCHED];
	uint32_t interp_next, interp_threads_head;
	uint32_t interp_id;		/* 64-bit number, or OFFSET_NONE */
	uint32_t thread_size, thread_next, thread_interp;
	uint32_t thread_id;		/* pthread_self() of the thread, which is its fs base */
	uint32_t thread_native_id;	/* its thread id in its own pid namespace, or OFFSET_NONE ... */
	uint32_t descriptor_tid;	/* ... for where the C library keeps it, from pthread_self() on, or OFFSET_NONE */
	uint32_t thread_frame;		/* pointer to the innermost frame, or OFFSET_NONE */
	uint32_t thread_cframe;		/* pointer to the innermost cframe, or OFFSET_NONE */
	uint32_t cframe_frame;		/* in a cframe, pointer to the innermost frame, or OFFSET_NONE */
	uint32_t cframe_previous;
	uint32_t frame_size, frame_previous, frame_code;
	uint32_t frame_instruction;	/* 32 bits that change with the instruction that runs */
	uint32_t chain_ends_on_stack;	/* with cframes: 1 if each chain's last frame lies on the stack */
	uint32_t code_tag_mask;		/* low bits of the code pointer that are tags */
	uint32_t code_size;
	/* The part of a code object that says what it is, and whether that alone tells it from all others that ever were. */
	uint32_t code_key, code_key_size, code_key_is_unique;
	/* Also copied with it: words of its interpreter state, or OFFSET_NONE, ... */
	uint32_t interp_watched[LAYOUT_INTERP_WATCHED];
	uint32_t interp_lock;		/* ... and where a pointer there points to, or OFFSET_NONE, ... */
	uint32_t lock_size;		/* ... so many bytes. */
	struct blob_layout blobs[LAYOUT_BLOBS];
};

enum record_kind {
	RECORD_CAPTURE = 1,	/* a thread was stopped and copied */
	RECORD_SAME = 2,	/* a thread has not run since its last capture, which still stands */
	RECORD_TASK_GONE = 3,	/* a thread has ended */
	RECORD_BLOCKED = 4,	/* a thread did not stop in time: it sleeps uninterruptibly */
	RECORD_MEMORY_GONE = 5,	/* the process has ended or executes another program; sampling has ended */
	RECORD_FAILED = 6,	/* a thread cannot be traced; sampling has ended; detail is the errno */
};

enum record_flag {
	FLAG_IDLE = 1,		/* the thread was waiting in the kernel before the stop */
	FLAG_GROUP_STOPPED = 2,	/* the process is stopped by a signal (SIGSTOP, SIGTSTP) */
	FLAG_INCOMPLETE = 4,	/* Python memory could not be copied whole */
	FLAG_SIGNALLED = 8,	/* the stop was a signal on its way to the thread, which got it */
	FLAG_TORN = 16,		/* copied without a stop, while the frames changed */
	FLAG_PARTIAL = 32,	/* copied without a stop, while it waited: of the registers most are not known */
};

/* One thread state that belongs to the captured thread. */
struct record_thread {
	uint64_t thread_state;
	uint64_t interpreter;
	int64_t interpreter_id;
};

/*
 * A code object on the stack. The print says what it is: contents come with the first capture that has a print at its
 * address, and are the same in all later ones. 53 bits, or 0 where contents could not be had.
 */
struct record_code {
	uint64_t address;
	uint64_t print;
};

/* A copied piece of memory; its bytes follow, see struct record. */
struct record_range {
	uint64_t address;
	uint64_t size;
};

/*
 * +--------+----------------+--------------+---------------+-------------+--------------------------------+
 * | header | thread_count x | code_count x | range_count x | kernel text | the ranges' bytes, in order,   |
 * |        | record_thread  | record_code  | record_range  | pad to 8    | each padded to 8               |
 * +--------+----------------+--------------+---------------+-------------+--------------------------------+
 * Range 0 is the stack, from the red zone below sp upwards; the others ascend and do not overlap.
 */
struct record {
	uint32_t size;		/* of the whole record, a multiple of 8 */
	uint16_t kind;
	uint16_t flags;
	int32_t tid;
	int32_t detail;
	uint64_t time_ns;	/* CLOCK_MONOTONIC, when the thread was looked at */
	uint64_t elapsed_ns;	/* since the thread's last record, or the last tick if it has none */
	uint64_t resident;	/* bytes of the process in memory at the last tick; 0 where that is not asked for */
	uint32_t stop_ns;	/* from the interrupt to the detach; 0 without a stop */
	uint32_t kernel_size;	/* bytes of kernel stack text */
	uint32_t thread_count;
	uint32_t range_count;
	uint32_t code_count;
	uint32_t unused;
	uint64_t registers[27];	/* struct user_regs_struct; with FLAG_PARTIAL see wait_registers */
};

/* Counters of a sampling run; read at any time. */
struct session_counters {
	uint64_t ticks;
	uint64_t missed_ticks;	/* deadlines that had passed before the tick before was done */
	uint64_t dropped;	/* records lost because the ring was full */
	uint64_t stops, stop_min_ns, stop_sum_ns, stop_max_ns;
	uint64_t late_sum_ns, late_max_ns;	/* how much after their time ticks came */
};

struct session;
struct unwinder;

/* Starts nothing and stops nothing: opens the memory of process pid. NULL if there is no memory. */
EXPORT struct session *session_create(int32_t pid);

/* Ends the sampler thread first if it runs: every thread of the target is detached when this returns. */
EXPORT void session_destroy(struct session *s);

/* Reads the target's memory, all size bytes or none. Returns size or -errno. Any thread may call it. */
EXPORT int32_t session_read(struct session *s, double address, uint8_t *into, uint32_t size);

/* Tells which Python memory to copy; layout is a struct python_layout. Not while the sampler runs. */
EXPORT int32_t session_set_layout(struct session *s, const uint8_t *layout, uint32_t size);

/* The address just above the main thread's outermost frame: /proc/PID/stat, startstack. */
EXPORT void session_set_main_stack_end(struct session *s, double address);

/*
 * Stops all threads, copies them, lets them run on, and leaves their records to session_drain. A thread
 * of its own traces: it waits up to 100 ms for one that sleeps uninterruptibly, 2 s for one that waits for a CPU.
 * Returns the time in ns that the threads were stopped (0 if none could be) or -errno of the first thread that
 * may not be traced.
 */
EXPORT double session_dump(struct session *s, int32_t with_kernel);

/* The same without stopping any: Python frames only, of the threads that have any. 0 or -errno. */
EXPORT int32_t session_dump_unstopped(struct session *s);

enum start_flag {
	START_WITH_KERNEL = 1,	/* records get the kernel stack */
	START_WITH_MEMORY = 2,	/* and the size of the process in memory */
	START_UNSTOPPED = 4,	/* no thread is stopped: Python frames only, of the threads that have any */
	START_ALLOW_EINTR = 8,	/* session_stop_waits_at is also for calls that return EINTR after a stop */
	START_WITHOUT_JITTER = 16,	/* ticks come exactly an interval apart, not at random within each interval */
};

/*
 * Starts the sampler thread, with a tick every interval_us (0: without a pause), once in a session; fewer where threads
 * would be stopped for more than the share budget of the time, unless that is 0. Waits for the first tick, and returns its
 * -errno if a thread may not be traced. flags are enum start_flag.
 */
EXPORT int32_t session_start(struct session *s, double interval_us, double budget, int32_t flags);

/*
 * Asks the sampler thread to end after the tick it is in and a last one, and waits for that, and for threads that do not
 * stop to be let go. Returns how many ns ago the last tick ended; 0 without one.
 */
EXPORT double session_stop(struct session *s);

/* The same without waiting, for who has many sessions to end. */
EXPORT void session_ask_to_stop(struct session *s);

/*
 * Waits until much is in the ring, sampling has ended, or timeout_ms are over. Returns 1 while sampling
 * goes on, else 0. May be called from a thread of its own.
 */
EXPORT int32_t session_wait(struct session *s, int32_t timeout_ms);

/* Moves whole records into a buffer. Returns the bytes used, or -EMSGSIZE if the next one is larger. */
EXPORT int32_t session_drain(struct session *s, uint8_t *into, uint32_t size);

/*
 * Bounds the bytes of records that may wait to be drained, 64 MiB at first: what would be more is dropped and counted.
 * A record that waits alone may be larger, up to the deepest capture there is. At any time.
 */
EXPORT void session_limit_waiting(struct session *s, double bytes);

/* How many bytes wait to be drained. */
EXPORT double session_waiting(struct session *s);

/* Copies the counters out; counters is a struct session_counters. */
EXPORT void session_counters(struct session *s, uint8_t *counters);

/*
 * Stacks of threads that wait at pc do not unwind without registers that only a stop gives: from now on such a thread is
 * stopped once a wait, unless its call would return EINTR then. 1, 0 where that was known, or -ENOSPC. Any thread may
 * call it, one at a time.
 */
EXPORT int32_t session_stop_waits_at(struct session *s, double pc);

/* Makes the next captures carry the contents of all their code objects again. */
EXPORT void session_forget_code(struct session *s);

/*
 * Starts argv (NUL-separated words, argc of them) as a child, found on PATH, with the standard streams
 * and environment of this process; discard_stdout gives it /dev/null as standard output. Returns its pid
 * or -errno of why it could not be executed.
 */
EXPORT int32_t spawn_start(const uint8_t *argv, uint32_t size, int32_t argc, int32_t discard_stdout);

/* Returns 1 and the wait status if the child has ended, 0 if it lives, -ECHILD if it was waited for. */
EXPORT int32_t spawn_poll(int32_t pid, int32_t *status);

/*
 * The niceness of the calling thread, setpriority(2): changes it by that much, and sets changed to the difference that
 * this made, which is less at the ends of the scale. Returns 0 or -errno: most may not make it less.
 */
EXPORT int32_t thread_renice(int32_t by, int32_t *changed);

/* Has this process give back memory as soon as it is freed, and what it has kept until now. */
EXPORT void heap_give_back(void);

/*
 * Sends one message to the datagram socket at path (NUL-terminated), without waiting. Returns 0 or -errno, which is
 * no failure of ours: nobody may listen there, or be too slow.
 */
EXPORT int32_t datagram_send(const uint8_t *path, const uint8_t *bytes, uint32_t size);

/* NULL if there is no memory. */
EXPORT struct unwinder *unwinder_create(void);
EXPORT void unwinder_destroy(struct unwinder *u);

/* Forgets all modules and what was cached about them. */
EXPORT void unwinder_clear(struct unwinder *u);

/* Adds code at [start, end), whose tables are set when they are wanted. Ranges must not overlap. */
EXPORT int32_t unwinder_expect_module(struct unwinder *u, double start, double end);

/*
 * Where a module begins whose tables were missing in what was done since this was asked last, or 0. They are to be set
 * then, and it is to be done again.
 */
EXPORT double unwinder_take_wanted(struct unwinder *u);

/*
 * Sets the tables of the module at start, once: its .eh_frame_hdr lies at the address header; size bytes at the address
 * base hold it and .eh_frame, and stay at bytes until the next unwinder_clear. size is 0 where it has none. All are
 * runtime addresses. 0, or -errno: it counts as having none then.
 */
EXPORT int32_t unwinder_set_tables(struct unwinder *u, double start, double header, double base,
				   const uint8_t *bytes, uint32_t size);

/* What a native frame is besides its addresses. */
enum native_flag {
	NATIVE_SIGNAL = 1,	/* pc was interrupted, it is not a return address */
	NATIVE_GUESSED = 2,	/* reached through the frame pointer: the frame before it has no CFI */
	NATIVE_NEEDY = 8,	/* the last one: its CFA depends on a register that the copy does not have */
};

/*
 * Unwinds a copied stack of thread tid, which is not 0. What the thread's last stack has shown is not followed again (see
 * known.h). registers is struct user_regs_struct, without those that functions keep for their callers if
 * partial is not 0; stack holds size bytes from the address stack_address upwards. frames gets (pc, sp, native_flag) for
 * each frame, innermost first, at most max. Returns the number of frames, negated where the outermost frame was not
 * reached.
 */
EXPORT int32_t unwinder_unwind(struct unwinder *u, int32_t tid, const uint8_t *registers, int32_t partial,
			       double stack_address, const uint8_t *stack, uint32_t size, double *frames, uint32_t max);

/* counts gets how many frames there were in all stacks, and how many of them were not followed again. */
EXPORT void unwinder_counts(const struct unwinder *u, double *counts);

/*
 * Unwinds on from a frame whose CFA is known though the frames inside it could not be followed: its return address
 * is at cfa - 8, and register i of rbx, rbp, r12, r13, r14, r15 was saved at cfa - slots[i], or not at all where
 * that is 0. frames begins with the caller. Returns as unwinder_unwind.
 */
EXPORT int32_t unwinder_resume(struct unwinder *u, double cfa, const int32_t *slots, double stack_address,
			       const uint8_t *stack, uint32_t size, double *frames, uint32_t max);

/*
 * Where a frame of a stack that unwinds saved the registers of its caller, as unwinder_resume wants them in
 * slots. frame counts from the innermost, 0. 0, or -ENOENT where the stack has no such frame.
 */
EXPORT int32_t unwinder_slots(struct unwinder *u, const uint8_t *registers, int32_t partial, double stack_address,
			      const uint8_t *stack, uint32_t size, uint32_t frame, int32_t *slots);

/*
 * The FDE that holds pc: bounds gets its first address, the one past its last, and the first address of the
 * function that it is the cold part of, or 0. Returns 0, or -ENOENT.
 */
EXPORT int32_t unwinder_function(struct unwinder *u, double pc, double *bounds);

/* What size bytes of xz become, in bytes, as their index says; or -EINVAL. */
EXPORT double xz_size(const uint8_t *bytes, uint32_t size);

/* Decompresses xz into room bytes, which must be what xz_size said. Returns 0, or -EINVAL where it is malformed. */
EXPORT int32_t xz_decompress(const uint8_t *bytes, uint32_t size, uint8_t *into, uint32_t room);

/*
 * The name that a C++ or Rust compiler made name of, which ends in NUL; with its parameters if with_parameters. Returns
 * the bytes written, 0 where it is no such name, or -EMSGSIZE where they would be more than room.
 */
EXPORT int32_t demangle(const char *name, int32_t with_parameters, uint8_t *into, uint32_t room);

/* Offsets of the structures above, in the order that tests/ffi/layout_test.ts states. Returns how many. */
EXPORT int32_t shim_layout(uint32_t *offsets, uint32_t max);

#endif

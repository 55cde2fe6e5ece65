/* What is known of a stack, told by hand: frames of 100 bytes, of which those from 300 on have their CFA by rbp. */
#include "known.h"

#include "check.h"

#define TID 7
#define RBP 6

static struct known known;
static uint64_t words[100];	/* of the stack, by address / 8 */

static int is_same(const void *arg, uint64_t address, uint64_t value)
{
	(void)arg;
	return words[address / 8] == value;
}

static void step_reads(uint64_t address)
{
	known_read(&known, address, words[address / 8]);
}

/* Follows the stack from an innermost frame at pc; rbp is what all frames were entered with, saved at rbp_at. */
static size_t follow(uint64_t pc, uint64_t rbp, uint64_t rbp_at)
{
	size_t followed = 0;

	known_begin(&known, TID, is_same, NULL);
	for (uint64_t sp = 100; sp <= 500; sp += 100, followed++) {
		int is_inner = rbp_at && sp <= rbp_at;
		struct known_frame frame = { .pc = sp == 100 ? pc : sp, .sp = sp, .rbp = is_inner ? 0 : rbp };

		frame.rbp_at = is_inner ? 0 : rbp_at;
		if (known_reach(&known, &frame))
			break;
		if (sp >= 300 && rbp_at)
			step_reads(rbp_at);
		else if (sp >= 300)
			known_read_register(&known, RBP);
		step_reads(sp + 88);
	}
	known_end(&known, 1);
	return followed;
}

static void begin(void)
{
	for (size_t i = 0; i < 100; i++)
		words[i] = i;
}

void known_stack_is_joined_where_it_is_the_same(void)
{
	begin();
	CHECK(follow(1, 5, 144) == 5 && follow(1, 5, 144) == 0);
	CHECK(follow(2, 5, 144) == 1 && known.frames == 15 && known.reused == 9);
	words[388 / 8] = 9999;	/* what the frame at 300 reads: those from 400 on do not */
	CHECK(follow(1, 5, 144) == 3);
	words[588 / 8] = 9999;
	CHECK(follow(1, 5, 144) == 5);
	known_forget(&known);
	CHECK(follow(1, 5, 144) == 5);
	known_destroy(&known);
}

void known_stack_is_followed_where_rbp_is_another(void)
{
	begin();
	CHECK(follow(1, 5, 144) == 5);
	/* The word there is the same, but it is no longer where rbp was saved. */
	CHECK(follow(2, 6, 0) == 5);
	CHECK(follow(1, 5, 144) == 5);
	CHECK(follow(2, 5, 152) == 1);
	known_destroy(&known);
}

void known_stack_is_forgotten_in_parts(void)
{
	struct known_frame down[] = { { .pc = 1, .sp = 200 }, { .pc = 2, .sp = 100 } };

	begin();
	for (int round = 0; round < 2; round++) {
		known_begin(&known, TID, is_same, NULL);
		CHECK(!known_reach(&known, &down[0]) && !known_reach(&known, &down[1]));
		known_end(&known, 1);
	}
	CHECK(follow(1, 5, 144) == 5);
	known_begin(&known, TID, is_same, NULL);
	CHECK(!known_reach(&known, &down[0]));
	known_end(&known, 0);
	CHECK(follow(1, 5, 144) == 0);
	known_begin(&known, TID + KNOWN_STACKS, is_same, NULL);
	CHECK(!known_reach(&known, &down[0]));
	known_end(&known, 1);
	CHECK(follow(1, 5, 144) == 5);
	known_destroy(&known);
}

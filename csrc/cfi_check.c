#include "cfi_check.h"

/* How many states may be remembered at once; each takes memory that libunwind does not give back. */
#define REMEMBERED_MAX 64

/* remember_state, restore_state */
#define REMEMBER 0x0a
#define RESTORE 0x0b

/* How an operand is written. */
enum operand {
	NONE,
	FIXED_1 = 1, FIXED_2 = 2, FIXED_4 = 4, FIXED_8 = 8,	/* so many bytes */
	LEB,		/* signed or not */
	REGISTER,	/* the same, below CFI_REGISTERS */
	BLOCK,		/* an expression behind its length */
	BAD,		/* what has it is refused */
};

struct operands {
	uint8_t first, second;
};

/* Call frame instructions without an operand in their low six bits, DWARF 5, 7.24. */
static struct operands of_instruction(uint8_t op)
{
	switch (op) {
	case 0x00:			/* nop */
	case REMEMBER: case RESTORE:
		return (struct operands){ NONE, NONE };
	case 0x02:			/* advance_loc1, 2 and 4 */
		return (struct operands){ FIXED_1, NONE };
	case 0x03:
		return (struct operands){ FIXED_2, NONE };
	case 0x04:
		return (struct operands){ FIXED_4, NONE };
	case 0x05: case 0x11:		/* offset_extended, offset_extended_sf */
	case 0x0c: case 0x12:		/* def_cfa, def_cfa_sf */
	case 0x14: case 0x15:		/* val_offset, val_offset_sf */
	case 0x2f:			/* GNU_negative_offset_extended */
		return (struct operands){ LEB, LEB };
	case 0x09:			/* register */
		return (struct operands){ LEB, REGISTER };
	case 0x06: case 0x07: case 0x08: /* restore_extended, undefined, same_value */
	case 0x0d: case 0x0e: case 0x13: /* def_cfa_register, def_cfa_offset, def_cfa_offset_sf */
	case 0x2e:			/* GNU_args_size */
		return (struct operands){ LEB, NONE };
	case 0x0f:			/* def_cfa_expression */
		return (struct operands){ BLOCK, NONE };
	case 0x10: case 0x16:		/* expression, val_expression */
		return (struct operands){ LEB, BLOCK };
	default:			/* set_loc among them, which no compiler writes */
		return (struct operands){ BAD, BAD };
	}
}

/* Operations of an expression, DWARF 5, 7.7.1. Of bra, skip and div nothing good is known. */
static struct operands of_operation(uint8_t op)
{
	switch (op) {
	case 0x08: case 0x09: case 0x15: case 0x94: /* const1u, const1s, pick, deref_size */
		return (struct operands){ FIXED_1, NONE };
	case 0x0a: case 0x0b:
		return (struct operands){ FIXED_2, NONE };
	case 0x0c: case 0x0d:
		return (struct operands){ FIXED_4, NONE };
	case 0x03: case 0x0e: case 0x0f: /* addr, const8u, const8s */
		return (struct operands){ FIXED_8, NONE };
	case 0x10: case 0x11: case 0x23: /* constu, consts, plus_uconst */
		return (struct operands){ LEB, NONE };
	case 0x90:			/* regx */
		return (struct operands){ REGISTER, NONE };
	case 0x92:			/* bregx */
		return (struct operands){ REGISTER, LEB };
	case 0x1b: case 0x28: case 0x2f: /* div, bra, skip */
		return (struct operands){ BAD, BAD };
	}
	if (op >= 0x70 && op < 0x70 + CFI_REGISTERS) /* breg0 and so on */
		return (struct operands){ LEB, NONE };
	if (op == 0x06 || (op >= 0x12 && op <= 0x2e) || (op >= 0x30 && op < 0x50 + CFI_REGISTERS) || op == 0x96)
		return (struct operands){ NONE, NONE };
	return (struct operands){ BAD, BAD };
}

static int expression_is_safe(const struct eh_frame *e, uint64_t at, uint64_t end);

/* Passes an operand; 0 where it may not be as it is. */
static int pass(const struct eh_frame *e, uint64_t *at, uint64_t end, enum operand operand)
{
	uint64_t number;

	switch (operand) {
	case NONE:
		return 1;
	case FIXED_1: case FIXED_2: case FIXED_4: case FIXED_8:
		*at += operand;
		return *at <= end;
	case LEB:
		return !eh_frame_uleb(e, at, &number) && *at <= end;
	case REGISTER:
		return !eh_frame_uleb(e, at, &number) && *at <= end && number < CFI_REGISTERS;
	case BLOCK:
		if (eh_frame_uleb(e, at, &number) || *at > end || number > end - *at)
			return 0;
		*at += number;
		return expression_is_safe(e, *at - number, *at);
	default:
		return 0;
	}
}

static int expression_is_safe(const struct eh_frame *e, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct operands operands;
		uint8_t op;

		if (eh_frame_read(e, at++, &op, 1))
			return 0;
		operands = of_operation(op);
		if (!pass(e, &at, end, operands.first) || !pass(e, &at, end, operands.second))
			return 0;
	}
	return 1;
}

int cfi_is_safe(const struct eh_frame *e, uint64_t start, uint64_t end)
{
	int remembered = 0;

	for (uint64_t at = start; at < end;) {
		struct operands operands;
		uint8_t op;

		if (eh_frame_read(e, at++, &op, 1))
			return 0;
		/* advance_loc and restore have no operand but the low six bits, offset has one. */
		if (op >> 6)
			operands = (struct operands){ op >> 6 == 2 ? LEB : NONE, NONE };
		else
			operands = of_instruction(op);
		remembered += op == REMEMBER ? 1 : op == RESTORE && remembered ? -1 : 0;
		if (remembered > REMEMBERED_MAX || !pass(e, &at, end, operands.first) ||
		    !pass(e, &at, end, operands.second))
			return 0;
	}
	return 1;
}

#include "cold_part.h"

#include <errno.h>

/* Call frame instructions, DWARF 5, 7.24. Of the first two groups the low six bits are an operand. */
enum {
	CFA_ADVANCE = 0x40, CFA_OFFSET = 0x80, CFA_RESTORE = 0xc0, CFA_GROUP = 0xc0,
	CFA_NOP = 0x00, CFA_SET_LOC = 0x01, CFA_ADVANCE_1 = 0x02, CFA_ADVANCE_4 = 0x04,
	CFA_OFFSET_EXTENDED = 0x05, CFA_RESTORE_EXTENDED = 0x06, CFA_UNDEFINED = 0x07, CFA_SAME_VALUE = 0x08,
	CFA_REGISTER = 0x09, CFA_REMEMBER = 0x0a, CFA_RESTORE_STATE = 0x0b, CFA_DEF_CFA = 0x0c,
	CFA_DEF_CFA_REGISTER = 0x0d, CFA_DEF_CFA_OFFSET = 0x0e, CFA_OFFSET_EXTENDED_SF = 0x11,
	CFA_VAL_OFFSET = 0x14, CFA_GNU_ARGS_SIZE = 0x2e,
};

/* System V ABI, AMD64 supplement, figure 3.36. */
#define REGISTER_RSP 7

struct cfa {
	uint64_t reg, offset;
	int moved;	/* an instruction of the function has been passed */
};

/* How many operands an instruction has; -1 for one that needs no support here, as an expression. */
static int operands(uint8_t op)
{
	switch (op) {
	case CFA_NOP:
	case CFA_REMEMBER:
	case CFA_RESTORE_STATE:
		return 0;
	case CFA_RESTORE_EXTENDED:
	case CFA_UNDEFINED:
	case CFA_SAME_VALUE:
	case CFA_DEF_CFA_REGISTER:
	case CFA_DEF_CFA_OFFSET:
	case CFA_GNU_ARGS_SIZE:
		return 1;
	case CFA_OFFSET_EXTENDED:
	case CFA_REGISTER:
	case CFA_DEF_CFA:
	case CFA_OFFSET_EXTENDED_SF:
	case CFA_VAL_OFFSET:
		return 2;
	default:
		return -1;
	}
}

/* Interprets instructions up to the first that moves on in the function. 0, or -EINVAL where it cannot. */
static int run(const struct eh_frame *e, uint64_t at, uint64_t end, struct cfa *cfa)
{
	while (at < end && !cfa->moved) {
		uint64_t operand[2] = { 0, 0 };
		uint8_t op;
		int count;

		if (eh_frame_read(e, at++, &op, 1))
			return -EINVAL;
		if ((op & CFA_GROUP) == CFA_ADVANCE || (op >= CFA_SET_LOC && op <= CFA_ADVANCE_4)) {
			cfa->moved = 1;
			break;
		}
		count = (op & CFA_GROUP) == CFA_OFFSET ? 1 : (op & CFA_GROUP) == CFA_RESTORE ? 0 : operands(op);
		if (count < 0)
			return -EINVAL;
		for (int i = 0; i < count; i++)
			if (eh_frame_uleb(e, &at, &operand[i]))
				return -EINVAL;
		if (op == CFA_DEF_CFA || op == CFA_DEF_CFA_REGISTER)
			cfa->reg = operand[0];
		if (op == CFA_DEF_CFA)
			cfa->offset = operand[1];
		if (op == CFA_DEF_CFA_OFFSET)
			cfa->offset = operand[0];
	}
	return 0;
}

int cold_part_parent(const struct eh_frame *e, const struct fde *fde, struct fde *parent)
{
	struct cfa cfa = { .moved = 0 };

	if (fde->signal_frame || run(e, fde->cie_instructions, fde->cie_end, &cfa) ||
	    run(e, fde->instructions, fde->instructions_end, &cfa))
		return -ENOENT;
	if (cfa.reg == REGISTER_RSP && cfa.offset == 8)
		return -ENOENT;
	return eh_frame_before(e, fde, parent);
}

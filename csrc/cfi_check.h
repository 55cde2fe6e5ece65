/* Tells unwind tables that libunwind can be trusted with from those that would end us: it does not check all they say. */
#ifndef AUSTINP_CFI_CHECK_H
#define AUSTINP_CFI_CHECK_H

#include "eh_frame.h"

/* Of registers that call frame instructions speak of: DWARF numbers up to that of the return address, rip. */
#define CFI_REGISTERS 17

/*
 * Whether the call frame instructions at [start, end) of e name no other registers, remember few states, and have no
 * expressions that jump, divide or hold anything that is not known here. A table that a compiler wrote passes.
 */
int cfi_is_safe(const struct eh_frame *e, uint64_t start, uint64_t end);

#endif

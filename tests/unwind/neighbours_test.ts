/**
 * A function that ends in a call which does not return has its neighbour's first address for that call's return address.
 * Which of the two is meant, the unwinder has to know each time.
 */
import assert from "node:assert/strict";
import { type CaptureRecord, REGISTERS } from "../../src/ffi/capture_record.ts";
import { StackUnwinder } from "../../src/ffi/unwinder.ts";
import type { Address } from "../../src/types.ts";
import { SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { findSymbol, readElfSymbols } from "../../src/unwind/symbols/elf_symbols.ts";
import { readUnwindTables } from "../../src/unwind/unwind_info.ts";
import "../support/shim.ts";
import { elfOf, run, temporaryFolder } from "./support.ts";

const SOURCE = `
.text
outermost:
.cfi_startproc
.cfi_undefined rip
  call first
back:
  hlt
.cfi_endproc
never_returns:
.cfi_startproc
  hlt
.cfi_endproc
first:
.cfi_startproc
  sub $24, %rsp
.cfi_adjust_cfa_offset 24
  call never_returns
.cfi_endproc
second:
.cfi_startproc
  push %rbx
.cfi_adjust_cfa_offset 8
  hlt
.cfi_endproc
.section .note.GNU-stack,"",@progbits
`;
const STACK: Address = 0x7ffc0000;

/** A thread that was interrupted at `pc`, with these words on its stack. */
function capture(pc: Address, words: readonly Address[]): CaptureRecord {
  const registers = new BigUint64Array(REGISTERS.size / 8);
  registers[REGISTERS.rip / 8] = BigInt(pc);
  registers[REGISTERS.rsp / 8] = BigInt(STACK);
  const stack = new Uint8Array(BigUint64Array.from(words, BigInt).buffer);
  const record = { tid: 0, flags: 0, registers: new Uint8Array(registers.buffer), stack, stackAddress: STACK };
  return record as unknown as CaptureRecord;
}

Deno.test("StackUnwinder tells an interrupted function from one that returns to the same address", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/neighbours.so`;
  Deno.writeTextFileSync(`${path}.s`, SOURCE);
  run("gcc", "-shared", "-nostdlib", "-o", path, `${path}.s`);
  const elf = elfOf(path);
  const symbols = readElfSymbols(elf, SHT_SYMTAB)!;
  const at = (name: string) => findSymbol(symbols, name)!;
  const { headerAddress: header, address: base, bytes } = readUnwindTables(elf)!;
  const interrupted = capture(at("second"), [at("back"), 0, 0, 0, 0]);
  const returning = capture(at("never_returns"), [at("second"), 0, 0, 0, at("back")]);
  for (const order of [[interrupted, returning], [returning, interrupted]]) {
    using unwinder = new StackUnwinder();
    unwinder.setModules([{ start: 1, end: 1 << 20, tables: () => ({ header, base, bytes }) }]);
    for (const record of [...order, ...order]) {
      const stack = unwinder.unwind(record);
      const pcs = Array.from({ length: stack.count }, (_, i) => stack.pc(i));
      const expected = record === interrupted
        ? [at("second"), at("back")]
        : [at("never_returns"), at("second"), at("back")];
      assert.deepEqual([pcs, stack.complete], [expected, true]);
    }
  }
});

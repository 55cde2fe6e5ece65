/** Deno's `@std/async/delay`, typed: the npm copy of it has no declarations. @module */

// @ts-types="./async.d.ts"
export * from "@std/async/delay";

/** Deno's `@std/fmt/colors`, typed: the npm copy of it has no declarations. @module */

// @ts-types="./colors.d.ts"
export * from "@std/fmt/colors";

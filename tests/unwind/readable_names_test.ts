import assert from "node:assert/strict";
import { cythonName, shortName } from "../../src/unwind/plumbing.ts";
import { readableName } from "../../src/unwind/readable_names.ts";
import "../support/shim.ts";

Deno.test("readableName() demangles, in short or in full", async (t) => {
  const rows: [symbol: string, short: string, full: string][] = [
    ["main", "main", "main"],
    ["_ZN6shapes3BoxIiE3getEv", "shapes::Box<int>::get", "shapes::Box<int>::get()"],
    ["_ZN6shapes3BoxIiE3getEv@plt", "shapes::Box<int>::get@plt", "shapes::Box<int>::get()@plt"],
    ["memcpy@plt", "memcpy@plt", "memcpy@plt"],
    ["_Z1fi.cold", "f.cold", "f(int) [clone .cold]"],
    ["_Z1fi.part.0", "f", "f(int) [clone .part.0]"],
    ["work.part.0", "work.part.0", "work.part.0"],
    ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad", "core::fmt::Formatter::pad"],
    ["__pyx_pw_7example_1fib", "example.fib", "__pyx_pw_7example_1fib"],
  ];
  for (const [symbol, short, full] of rows) {
    await t.step(
      symbol,
      () => assert.deepEqual([readableName(symbol, "short"), readableName(symbol, "full")], [short, full]),
    );
  }
});

Deno.test("cythonName() reads what Cython wrote", async (t) => {
  const rows: [string, string | null][] = [
    ["__pyx_pw_7example_1fib", "example.fib"],
    ["__pyx_pf_7example_fib", "example.fib"],
    ["__pyx_pw_7example_3get_x", "example.get_x"],
    ["__pyx_pw_7example_5Thing_3method", "example.Thing.method"],
    ["__pyx_pw_7example_5Thing_1__init__", "example.Thing.__init__"],
    ["__pyx_pf_7example_5Thing___init__", "example.Thing.__init__"],
    ["__pyx_pw_3pkg_3mod_13fib", "pkg.mod.fib"],
    ["__pyx_f_7example_cfib", "example.cfib"],
    ["__pyx_f_3pkg_3mod_5Thing_go", "pkg.mod.Thing.go"],
    ["__pyx_f_3pkg_3mod_5Thing_go.isra.0", "pkg.mod.Thing.go.isra.0"],
    ["__pyx_gb_7example_4generator", "example.generator"],
    ["__pyx_fuse_0__pyx_pw_7example_1fib", "example.fib"],
    ["__pyx_tp_new_7example_Thing", "example.Thing.tp_new"],
    ["__pyx_tp_dealloc_7example_Thing", "example.Thing.tp_dealloc"],
    ["__pyx_pymod_exec_example", "example (module)"],
    // What Cython 0.29 made of a real file.
    ["__pyx_pf_2ex_5Plain_method", "ex.Plain.method"],
    ["__pyx_pf_2ex_2get_x", "ex.get_x"],
    ["__pyx_pf_2ex_5Thing_5get_x___get__", "ex.Thing.get_x.__get__"],
    ["__pyx_pw_2ex_5Thing_5get_x_1__get__", "ex.Thing.get_x.__get__"],
    ["__pyx_gb_2ex_3gen_2generator1", "ex.gen.generator1"],
    ["__pyx_tp_dealloc_2ex___pyx_scope_struct_1_gen", "ex.__pyx_scope_struct_1_gen.tp_dealloc"],
    ["__pyx_f_2ex_cfib", "ex.cfib"],
    ["__pyx_pymod_create", null],
    ["__pyx_filename", null],
    ["__pyx_pw_", null],
    ["__pyx_pw_9999example_1fib", null],
    ["__pyx_pw_0_1", null],
    ["__pyx_f_7example_", null],
    ["__Pyx_PyObject_Call", null],
    ["pyx_pw_7example_1fib", null],
    ["_PyEval_EvalFrameDefault", null],
  ];
  for (const [symbol, name] of rows) await t.step(symbol, () => assert.equal(cythonName(symbol), name));
});

Deno.test("shortName() leaves plumbing and long template arguments out", async (t) => {
  const long = "std::vector<std::pair<int, std::map<long, char> >, std::allocator<int> >";
  const call = "{lambda(pybind11::detail::function_call&)#3}::_FUN";
  const rows: [string, string, string][] = [
    ["short arguments", "shapes::Box<int>::get", "shapes::Box<int>::get"],
    ["long ones", `shapes::Box<${long}>::get`, "shapes::Box<…>::get"],
    ["several", `f<${long}>::g<${long}>`, "f<…>::g<…>"],
    ["operator<", "operator< <int, char>", "operator< <int, char>"],
    ["operator<<", `std::Box<${long}>::operator<<`, "std::Box<…>::operator<<"],
    ["operator->", `std::Box<${long}>::operator->`, "std::Box<…>::operator->"],
    ["operator()", `std::Box<${long}>::operator()`, "std::Box<…>::operator()"],
    ["a function for an argument", `std::function<void (${long})>::operator()`, "std::function<…>::operator()"],
    ["an arrow in arguments", `f<decltype(a->b), ${long}>::g`, "f<…>::g"],
    ["a name with operator in it", `my_operator<${long}>`, "my_operator<…>"],
    [
      "Rust's type as a trait",
      `<alloc::vec::Vec<T> as core::fmt::Debug>::fmt`,
      `<alloc::vec::Vec<T> as core::fmt::Debug>::fmt`,
    ],
    ["an anonymous namespace", "(anonymous namespace)::f", "(anonymous namespace)::f"],
    ["brackets that never close", "f<a<b<c<dddddddddddddddddddddddddddddddddddd", "f<…>"],
    ["nothing", "", ""],
    [
      "pybind11, a lambda",
      `pybind11::cpp_function::initialize<init(pybind11::module_&)::{lambda(int, int)#1}, int, int, int, pybind11::name>::${call}`,
      "pybind11::call<init(pybind11::module_&)::{lambda(int, int)#1}>",
    ],
    [
      "pybind11, a function",
      `void pybind11::cpp_function::initialize<int (*&)(int, int), int, int, int>::${call}`,
      "pybind11::call<int (*&)(int, int)>",
    ],
    ["pybind11, itself", "pybind11::cpp_function::dispatcher", "pybind11::dispatcher"],
    [
      "nanobind",
      "nanobind::detail::func_create<true, true, init(nanobind::module_&)::{lambda(int)#2}&, int, int, 0ul>::{lambda(void*, _object**, unsigned char*, nanobind::rv_policy, nanobind::detail::cleanup_list*)#1}::_FUN",
      "nanobind::call<init(nanobind::module_&)::{lambda(int)#2}>",
    ],
    ["PyO3, a function", "example::__pyfunction_work", "example::work"],
    ["PyO3, a method", "example::Thing::__pymethod_get_x__", "example::Thing::get_x"],
    ["PyO3, a trampoline", "pyo3::impl_::trampoline::fastcall_with_keywords", "pyo3::trampoline"],
  ];
  for (const [what, name, short] of rows) await t.step(what, () => assert.equal(shortName(name), short));
});

/* The Node-API side of a kernel, included after its C text; ADDON_FUNCTIONS lists the functions in the order of their
 * indices.
 *
 * JavaScript gets `bind(memory)`, a Uint8Array whose base address never moves and is a multiple of 64, and from it
 * `run(function, jobs, count)`. A binding holds all there is, so that any thread can load the file and bind the same
 * memory, and one thread can bind several. */
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>

/* A job in memory, as src/engine/compiled/contract.ts has it: offsets in bytes from the base. */
typedef struct {
  u32 addresses, address_count, integers, settings;
} addon_job;

typedef struct {
  char *base;
  napi_ref memory;
} addon_binding;

typedef void addon_function(void **, const i32 *, const double *);

static addon_function *const addon_functions[] = {ADDON_FUNCTIONS};
static const u32 addon_function_count = sizeof(addon_functions) / sizeof(addon_functions[0]);

static napi_value addon_run(napi_env env, napi_callback_info info) {
  size_t given = 3;
  napi_value arguments[3];
  addon_binding *binding;
  u32 function, first, count;
  napi_get_cb_info(env, info, &given, arguments, 0, (void **)&binding);
  if (napi_get_value_uint32(env, arguments[0], &function) || napi_get_value_uint32(env, arguments[1], &first) ||
      napi_get_value_uint32(env, arguments[2], &count) || function >= addon_function_count) {
    napi_throw_range_error(env, 0, "run: needs the index of a function, the offset of jobs and their number");
    return 0;
  }
  char *const base = binding->base;
  const addon_job *jobs = (const addon_job *)(base + first);
  for (u32 j = 0; j < count; j++) {
    const addon_job job = jobs[j];
    const u64 *offsets = (const u64 *)(base + job.addresses);
    void *addresses[job.address_count + 1];
    for (u32 i = 0; i < job.address_count; i++) addresses[i] = offsets[i] ? base + offsets[i] : 0;
    addon_functions[function](addresses, (const i32 *)(base + job.integers), (const double *)(base + job.settings));
  }
  return 0;
}

static void addon_release(napi_env env, void *data, void *hint) {
  (void)hint;
  napi_delete_reference(env, ((addon_binding *)data)->memory);
  __builtin_free(data);
}

static napi_value addon_bind(napi_env env, napi_callback_info info) {
  size_t given = 1;
  napi_value memory, run;
  void *base;
  napi_get_cb_info(env, info, &given, &memory, 0, 0);
  if (napi_get_typedarray_info(env, memory, 0, 0, &base, 0, 0) || !base || (unsigned long)base % 64) {
    napi_throw_type_error(env, 0, "bind: needs a Uint8Array whose base address is a multiple of 64");
    return 0;
  }
  addon_binding *binding = __builtin_malloc(sizeof *binding);
  binding->base = base;
  /* the memory lives as long as what runs on it */
  napi_create_reference(env, memory, 1, &binding->memory);
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, addon_run, binding, &run);
  napi_add_finalizer(env, run, binding, addon_release, 0, 0);
  return run;
}

NAPI_MODULE_INIT() {
  napi_value bind;
  napi_create_function(env, "bind", NAPI_AUTO_LENGTH, addon_bind, 0, &bind);
  napi_set_named_property(env, exports, "bind", bind);
  return exports;
}

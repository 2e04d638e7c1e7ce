/* The C interface of Millpond, made from crates/abi/src/lib.rs. */

#ifndef MILLPOND_H
#define MILLPOND_H

#include <stddef.h>
#include <stdint.h>

/* The name of the capsule, an attribute of `millpond.core`. */
#define MILLPOND_CAPSULE "millpond.core._C_API"
/* The first field of the table: `millpond` in ASCII. */
#define MILLPOND_MAGIC 0x6D696C6C706F6E64u
/* Changes when modules must be compiled anew. */
#define MILLPOND_MAJOR 1u
/* Grows when functions are added. */
#define MILLPOND_MINOR 1u
/* A value, shape or axis that does not fit (`ValueError`). */
#define MILLPOND_ERROR_VALUE 0u
/* A wrong dtype or type (`TypeError`). */
#define MILLPOND_ERROR_TYPE 1u
/* An index out of range (`IndexError`). */
#define MILLPOND_ERROR_INDEX 2u
/* Memory exhausted (`MemoryError`). */
#define MILLPOND_ERROR_MEMORY 3u
/* The operation has no such rule or kernel (`NotImplementedError`). */
#define MILLPOND_ERROR_NO_RULE 4u
/* A computation that failed (`RuntimeError`). */
#define MILLPOND_ERROR_RUNTIME 5u
/* The wait was interrupted by a signal (`KeyboardInterrupt`). */
#define MILLPOND_ERROR_INTERRUPTED 6u
/* There is no GPU kernel for these inputs, so that the CPU's runs (`RuntimeError` where that is not allowed). */
#define MILLPOND_ERROR_NO_KERNEL 7u
/* Nothing: `None`. */
#define MILLPOND_ARG_NONE 0u
/* A truth value, in `integer`. */
#define MILLPOND_ARG_BOOL 1u
/* An integer, in `integer`. */
#define MILLPOND_ARG_INT 2u
/* A real number, in `real`. */
#define MILLPOND_ARG_FLOAT 3u
/* A complex number, in `real` and `imaginary`. */
#define MILLPOND_ARG_COMPLEX 4u
/* An array: `data` points to an `Array`. */
#define MILLPOND_ARG_ARRAY 5u
/* Several arrays: `data` points to `count` pointers to them. */
#define MILLPOND_ARG_ARRAYS 6u
/* Several integers: `data` points to `count` of `i64`. */
#define MILLPOND_ARG_INTS 7u
/* A dtype, in `integer`. */
#define MILLPOND_ARG_DTYPE 8u
/* A text: `data` points to `count` bytes. */
#define MILLPOND_ARG_TEXT 9u

/* An array that may not be computed yet. */
typedef struct MillpondArray MillpondArray;

/* Elements in memory, as kernels see an input. */
typedef struct MillpondValue MillpondValue;

/* Why something failed. */
typedef struct MillpondError MillpondError;

/* The inputs and outputs of a kernel, while it runs. */
typedef struct MillpondCpuCall MillpondCpuCall;

/* The inputs and outputs of a GPU kernel, while it is encoded. */
typedef struct MillpondGpuCall MillpondGpuCall;

/* Memory of a device that a GPU kernel is given. */
typedef struct MillpondGpuPart MillpondGpuPart;

/* Where a callback puts its results, while it runs. */
typedef struct MillpondSink MillpondSink;

/* UTF-8 text, borrowed. */
typedef struct MillpondText {
    /* The first byte. */
    uint8_t const *data;
    /* How many bytes. */
    size_t len;
} MillpondText;

/* The value of a parameter or attribute, borrowed. `kind` says which of the other fields mean something. */
typedef struct MillpondArgument {
    /* The parameter; empty for the next one by position. */
    MillpondText name;
    /* One of the `ARG_` numbers. */
    uint32_t kind;
    /* See `kind`. */
    int64_t integer;
    /* See `kind`. */
    double real;
    /* See `kind`. */
    double imaginary;
    /* See `kind`. */
    void const *data;
    /* See `kind`. */
    size_t count;
} MillpondArgument;

/* A shape and a dtype, borrowed. */
typedef struct MillpondSpec {
    /* The type of the elements. */
    uint32_t dtype;
    /* The number of axes. */
    size_t ndim;
    /* The length of each axis. */
    size_t const *shape;
} MillpondSpec;

/* Elements in memory, borrowed. */
typedef struct MillpondView {
    /* The address of element (0, 0, …). */
    void *data;
    /* Their shape and type. */
    MillpondSpec spec;
    /* The distance between neighbours on each axis, in elements; null for row-major order. */
    ptrdiff_t const *strides;
} MillpondView;

/* How elements lie in a storage, borrowed. */
typedef struct MillpondLayout {
    /* The number of axes. */
    size_t ndim;
    /* The length of each axis. */
    size_t const *shape;
    /* The distance between neighbours on each axis, in elements. */
    ptrdiff_t const *strides;
    /* The place of element (0, 0, …) in the storage, in elements. */
    size_t offset;
} MillpondLayout;

/* What kernels of a device may count on. */
typedef struct MillpondGpuLimits {
    /* The most bytes a kernel can reach through one binding. */
    uint64_t binding_bytes;
    /* What offsets of bindings are multiples of. */
    uint64_t offset_alignment;
    /* The most workgroups along one dimension. */
    uint32_t groups;
    /* The most buffers one kernel can be given, parameters included. */
    uint32_t bindings;
    /* Whether kernels can use 64-bit integers: 1 or 0. */
    uint8_t int64;
    /* Whether the device and the host share memory: 1 or 0. */
    uint8_t shared;
} MillpondGpuLimits;

/* A run of a GPU kernel, borrowed. */
typedef struct MillpondGpuRun {
    /* Tells this kernel from the module's others: it names all that the text depends on. */
    MillpondText key;
    /* Pushes the WGSL text; called when the kernel is first needed. Its entry point is `main`; binding 0 of group 0 is `array<u32>`, the parameters; then come the memory it reads and the memory it writes. */
    MillpondError *(*source)(void *context, MillpondSink *sink);
    /* What `source` is called with. */
    void *context;
    /* The memory it reads. */
    MillpondGpuPart const *const *reads;
    /* How much of it. */
    size_t read_count;
    /* The memory it writes. */
    MillpondGpuPart const *const *writes;
    /* How much of it. */
    size_t write_count;
    /* The parameters. */
    uint32_t const *params;
    /* How many. */
    size_t param_count;
    /* Workgroups along x. */
    uint32_t groups_x;
    /* Workgroups along y. */
    uint32_t groups_y;
    /* Workgroups along z. */
    uint32_t groups_z;
} MillpondGpuRun;

/* What the rule of a transform is given, borrowed. */
typedef struct MillpondRule {
    /* The inputs of the operation. */
    MillpondArray const *const *inputs;
    /* How many inputs. */
    size_t input_count;
    /* Its outputs; none under vmap. */
    MillpondArray const *const *outputs;
    /* How many outputs. */
    size_t output_count;
    /* vjp: the cotangent of each output. jvp: the tangent of each input, null for zero. */
    MillpondArray const *const *changes;
    /* vjp: the inputs whose cotangents are asked for. */
    size_t const *wanted;
    /* How many are asked for. */
    size_t wanted_count;
    /* vmap: the batch axis of each input, -1 for none. */
    int64_t const *axes;
    /* vmap: the length of the batch. */
    size_t size;
} MillpondRule;

/* A primitive of a module: callbacks over a state that is the module's. Optional ones may be null. */
typedef struct MillpondPrimitive {
    /* The bytes of this structure as the module knows it; what lies beyond is taken as null. */
    size_t size;
    /* Tells this type of primitive from all others: a hash of module, type and version. */
    uint64_t type_key;
    /* The name, as errors and timelines show it. */
    MillpondText name;
    /* Frees the state. */
    void (*destroy)(void *state);
    /* Pushes the spec of each output. Required. */
    MillpondError *(*infer)(void *state, MillpondSpec const *inputs, size_t count, MillpondSink *sink);
    /* Pushes attributes; their names live as long as the module. */
    MillpondError *(*attributes)(void *state, MillpondSink *sink);
    /* Computes the outputs. Runs on any thread, without Python's lock. */
    MillpondError *(*eval_cpu)(void *state, MillpondCpuCall *call);
    /* Pushes the cotangent of each wanted input, null for zero. */
    MillpondError *(*vjp)(void *state, MillpondRule const *rule, MillpondSink *sink);
    /* Pushes the tangent of each output, null for zero. */
    MillpondError *(*jvp)(void *state, MillpondRule const *rule, MillpondSink *sink);
    /* Pushes each output with its batch axis. */
    MillpondError *(*vmap)(void *state, MillpondRule const *rule, MillpondSink *sink);
    /* Since 1.1. Encodes kernels that compute the outputs on a GPU; `ERROR_NO_KERNEL`, before anything was run and any output asked for, leaves it to `eval_cpu`. Runs on any thread, without Python's lock. */
    MillpondError *(*eval_gpu)(void *state, MillpondGpuCall *call);
    /* Since 1.1. For an elementwise operation (inputs and outputs of one shape): pushes the text of the scalar program for inputs of these dtypes, which then is the kernel everywhere; or nothing. */
    MillpondError *(*program)(void *state, uint32_t const *inputs, size_t count, MillpondSink *sink);
    /* Since 1.1. For an operation that only looks at its one input differently: pushes where the elements of the output are in the input's storage, or nothing when this input needs a copy (then `eval_cpu` makes it). */
    MillpondError *(*view)(void *state, MillpondLayout const *input, MillpondSink *sink);
} MillpondPrimitive;

/* The table of functions. Its fields never move. */
typedef struct MillpondApi {
    /* `MAGIC`. */
    uint64_t magic;
    /* `MAJOR` of the core. */
    uint32_t abi_major;
    /* `MINOR` of the core. */
    uint32_t abi_minor;
    /* The bytes of the table. */
    size_t size;
    /* The version of the core, with a null at the end. */
    char const *core_version;
    /* An error of `kind` with a copy of `message`. */
    MillpondError *(*error_new)(uint32_t kind, MillpondText message);
    /* One of the `ERROR_` numbers. */
    uint32_t (*error_kind)(MillpondError const *error);
    /* The message, which lives as long as the error. */
    MillpondText (*error_message)(MillpondError const *error);
    /* Frees an error; null is fine. */
    void (*error_release)(MillpondError *error);
    /* Another handle of the same array. */
    MillpondArray *(*array_retain)(MillpondArray const *array);
    /* Frees a handle; null is fine. */
    void (*array_release)(MillpondArray *array);
    /* Shape and dtype, which live as long as the handle. */
    MillpondSpec (*array_spec)(MillpondArray const *array);
    /* An array of row-major elements, which are copied. */
    MillpondError *(*array_from_data)(void const *data, MillpondSpec spec, MillpondArray ** out);
    /* The computed elements; computes them first if need be. */
    MillpondError *(*array_value)(MillpondArray const *array, MillpondValue ** out);
    /* The array in a Python object, which may be anything `array()` takes. Python's lock must be held. */
    MillpondError *(*array_from_object)(void *object, MillpondArray ** out);
    /* A new Python object with the array. Python's lock must be held. */
    MillpondError *(*array_to_object)(MillpondArray const *array, void ** out);
    /* Calls an operation by name and writes up to `capacity` outputs and their number. */
    MillpondError *(*call)(MillpondText name, MillpondArgument const *arguments, size_t argument_count, MillpondArray ** outputs, size_t capacity, size_t *output_count);
    /* Applies the scalar program in `program` to inputs of one shape and of its dtypes; the result has kernels and rules. */
    MillpondError *(*scalar_function)(MillpondText name, MillpondText program, MillpondArray const *const *inputs, size_t input_count, MillpondArray ** outputs, size_t capacity, size_t *output_count);
    /* Applies a primitive of the module. `primitive` is copied; `state` is the core's from here on, also after a failure. */
    MillpondError *(*make_node)(MillpondPrimitive const *primitive, void *state, MillpondArray const *const *inputs, size_t input_count, MillpondArray ** outputs, size_t capacity, size_t *output_count);
    /* The number of the stream that operations built on this thread go to. */
    size_t (*stream_current)(void);
    /* Sets that stream, -1 for the default; gives what was set before. */
    MillpondError *(*stream_replace)(ptrdiff_t stream, ptrdiff_t *previous);
    /* The number of the stream that a Python object names: a stream or a device. Python's lock must be held. */
    MillpondError *(*stream_from_object)(void *object, size_t *out);
    /* Pushes the spec of an output. */
    MillpondError *(*push_spec)(MillpondSink *sink, MillpondSpec spec);
    /* Pushes an array, or null, and its batch axis, or -1. The array is the sink's from here on. */
    MillpondError *(*push_array)(MillpondSink *sink, MillpondArray *array, int64_t axis);
    /* Pushes an attribute: a number, text, dtype or list of integers. */
    MillpondError *(*push_attribute)(MillpondSink *sink, MillpondArgument attribute);
    /* Input `index`, ready to be read. */
    MillpondError *(*cpu_input)(MillpondCpuCall *call, size_t index, MillpondValue ** out);
    /* How many inputs a kernel has. */
    size_t (*cpu_input_count)(MillpondCpuCall *call);
    /* How many outputs a kernel has. */
    size_t (*cpu_output_count)(MillpondCpuCall *call);
    /* Shape and dtype of output `index`, which is not allocated for that. */
    MillpondError *(*cpu_output_spec)(MillpondCpuCall *call, size_t index, MillpondSpec *out);
    /* Output `index`, row-major, to be written whole. Valid while the kernel runs. */
    MillpondError *(*cpu_output)(MillpondCpuCall *call, size_t index, MillpondView *out);
    /* Has an output take over the memory of an input if nothing else sees it: 1 if it did. Then the output holds the input's elements. Never while the module holds a value of that input. */
    uint8_t (*cpu_donate)(MillpondCpuCall *call, size_t input, size_t output);
    /* Where the elements are; the view lives as long as the value. */
    MillpondView (*value_view)(MillpondValue const *value);
    /* The same elements in row-major order: the value itself where they are so already, else a copy. */
    MillpondError *(*value_contiguous)(MillpondValue const *value, MillpondValue ** out);
    /* Frees a value; null is fine. */
    void (*value_release)(MillpondValue *value);
    /* Runs `body` for every number below `tasks` on the threads of the core's pool, and waits. */
    void (*parallel)(size_t tasks, void *context, void (*body)(void *context, size_t task));
    /* Since 1.1. Pushes a text: a program, or the source of a kernel. */
    MillpondError *(*push_text)(MillpondSink *sink, MillpondText text);
    /* Since 1.1. Pushes a layout. */
    MillpondError *(*push_layout)(MillpondSink *sink, MillpondLayout layout);
    /* Since 1.1. What kernels may count on here. */
    MillpondGpuLimits (*gpu_limits)(MillpondGpuCall *call);
    /* Since 1.1. How many inputs a GPU kernel has. */
    size_t (*gpu_input_count)(MillpondGpuCall *call);
    /* Since 1.1. How many outputs a GPU kernel has. */
    size_t (*gpu_output_count)(MillpondGpuCall *call);
    /* Since 1.1. Shape, dtype and strides of input `index`; its address is null. */
    MillpondError *(*gpu_input)(MillpondGpuCall *call, size_t index, MillpondView *out);
    /* Since 1.1. Shape and dtype of output `index`. */
    MillpondError *(*gpu_output_spec)(MillpondGpuCall *call, size_t index, MillpondSpec *out);
    /* Since 1.1. The elements of input `index` as memory of the device, and the position of element (0, 0, …) in it. */
    MillpondError *(*gpu_source)(MillpondGpuCall *call, size_t index, MillpondGpuPart ** out, uint32_t *start);
    /* Since 1.1. Output `index`: row-major elements from position `start` on, which kernels write, all of them. */
    MillpondError *(*gpu_sink)(MillpondGpuCall *call, size_t index, MillpondGpuPart ** out, uint32_t *start);
    /* Since 1.1. Calls `body` with memory for `bytes` bytes of intermediate results; it belongs to the core. */
    MillpondError *(*gpu_scratch)(MillpondGpuCall *call, size_t bytes, void *context, MillpondError *(*body)(void *context, MillpondGpuPart const *part));
    /* Since 1.1. Adds a run of a kernel to the stream. */
    MillpondError *(*gpu_run)(MillpondGpuCall *call, MillpondGpuRun const *run);
    /* Since 1.1. Frees memory of a kernel, which the core keeps while the device uses it; null is fine. */
    void (*gpu_part_release)(MillpondGpuPart *part);
} MillpondApi;

#endif

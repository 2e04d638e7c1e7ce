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
#define MILLPOND_MINOR 0u
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
    /* The name, as errors, graphs and timelines show it. */
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
} MillpondApi;

#endif

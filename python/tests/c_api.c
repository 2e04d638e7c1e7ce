/* A module in C: it builds arrays, calls operations by name, defines a primitive with its rules, and frees everything. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "millpond.h"

static const MillpondApi *api;
/* States of the primitive that are alive. */
static int alive = 0;
static char message[256];

static MillpondText text(const char *s) {
    MillpondText t = {(const uint8_t *)s, strlen(s)};
    return t;
}

static MillpondError *fail(uint32_t kind, const char *what) { return api->error_new(kind, text(what)); }

/* The text of an error, which is freed. */
static const char *explain(MillpondError *error) {
    MillpondText t = api->error_message(error);
    snprintf(message, sizeof message, "%.*s", (int)t.len, (const char *)t.data);
    api->error_release(error);
    return message;
}

/* scale(x) = factor * x. */
typedef struct {
    float factor;
    int broken;
} Scale;

static MillpondError *scale(const MillpondArray *x, float factor, int broken, int ruleless, MillpondArray **out);

static void destroy(void *state) {
    free(state);
    alive -= 1;
}

static MillpondError *infer(void *state, const MillpondSpec *inputs, size_t count, MillpondSink *sink) {
    (void)state;
    if (count != 1 || inputs[0].dtype != 11) return fail(MILLPOND_ERROR_TYPE, "[scale] takes one float32 array");
    return api->push_spec(sink, inputs[0]);
}

static MillpondError *attributes(void *state, MillpondSink *sink) {
    MillpondArgument a = {0};
    a.name = text("factor");
    a.kind = MILLPOND_ARG_FLOAT;
    a.real = ((Scale *)state)->factor;
    return api->push_attribute(sink, a);
}

static MillpondError *eval_cpu(void *state, MillpondCpuCall *call) {
    Scale *self = state;
    if (self->broken) return fail(MILLPOND_ERROR_RUNTIME, "[scale] this one is broken");
    MillpondValue *input, *dense;
    MillpondError *error = api->cpu_input(call, 0, &input);
    if (error) return error;
    error = api->value_contiguous(input, &dense);
    api->value_release(input);
    if (error) return error;
    MillpondView from = api->value_view(dense), to;
    error = api->cpu_output(call, 0, &to);
    if (!error) {
        size_t n = 1;
        for (size_t i = 0; i < to.spec.ndim; i++) n *= to.spec.shape[i];
        for (size_t i = 0; i < n; i++) ((float *)to.data)[i] = self->factor * ((const float *)from.data)[i];
    }
    api->value_release(dense);
    return error;
}

static MillpondError *push_scaled(const MillpondArray *x, Scale *self, MillpondSink *sink, int64_t axis) {
    MillpondArray *out = NULL;
    if (x) {
        MillpondError *error = scale(x, self->factor, self->broken, 0, &out);
        if (error) return error;
    }
    return api->push_array(sink, out, axis);
}

static MillpondError *linear(void *state, const MillpondRule *rule, MillpondSink *sink) {
    return push_scaled(rule->changes[0], state, sink, -1);
}

static MillpondError *vmap(void *state, const MillpondRule *rule, MillpondSink *sink) {
    return push_scaled(rule->inputs[0], state, sink, rule->axes[0]);
}

static MillpondError *scale(const MillpondArray *x, float factor, int broken, int ruleless, MillpondArray **out) {
    MillpondPrimitive table = {0};
    table.size = ruleless ? offsetof(MillpondPrimitive, vjp) : sizeof table;
    table.type_key = 0x5ca1e;
    table.name = text("scale");
    table.destroy = destroy;
    table.infer = infer;
    table.attributes = attributes;
    table.eval_cpu = eval_cpu;
    table.vjp = linear;
    table.jvp = linear;
    table.vmap = vmap;
    Scale *state = malloc(sizeof *state);
    state->factor = factor;
    state->broken = broken;
    alive += 1;
    size_t count;
    return api->make_node(&table, state, &x, 1, out, 1, &count);
}

/* Remembers the table; the number of bytes it lacks. */
size_t attach(const MillpondApi *table) {
    api = table;
    if (api->magic != MILLPOND_MAGIC || api->abi_major != MILLPOND_MAJOR) return 1;
    return api->size < sizeof(MillpondApi) ? sizeof(MillpondApi) - api->size : 0;
}

int states_alive(void) { return alive; }

/* scale of a Python object as a new Python object; null and a text in `why` when it fails. */
void *scale_object(void *object, float factor, int broken, int ruleless, const char **why) {
    MillpondArray *x = NULL, *y = NULL;
    void *result = NULL;
    MillpondError *error = api->array_from_object(object, &x);
    if (!error) error = scale(x, factor, broken, ruleless, &y);
    if (!error) error = api->array_to_object(y, &result);
    api->array_release(x);
    api->array_release(y);
    *why = error ? explain(error) : NULL;
    return result;
}

/* An array, operations by name, a scalar program, and errors: null, or what went wrong. */
const char *exercise(void) {
    const float data[6] = {1, 2, 3, 4, 5, 6};
    const size_t shape[2] = {2, 3};
    MillpondSpec spec = {11, 2, shape};
    MillpondArray *x = NULL, *sum = NULL, *square = NULL, *none = NULL;
    MillpondValue *value = NULL;
    size_t count = 0;

    MillpondError *error = api->array_from_data(data, spec, &x);
    if (error) return explain(error);

    int64_t axis = 1;
    MillpondArgument args[2];
    memset(args, 0, sizeof args);
    args[0].kind = MILLPOND_ARG_ARRAY;
    args[0].data = x;
    args[1].kind = MILLPOND_ARG_INTS;
    args[1].name = text("axis");
    args[1].data = &axis;
    args[1].count = 1;
    error = api->call(text("sum"), args, 2, &sum, 1, &count);
    if (error) return explain(error);
    if (count != 1 || api->array_spec(sum).ndim != 1) return "sum has the wrong shape";
    error = api->array_value(sum, &value);
    if (error) return explain(error);
    const float *sums = api->value_view(value).data;
    if (sums[0] != 6 || sums[1] != 15) return "sum is wrong";
    api->value_release(value);

    const MillpondArray *inputs[1] = {x};
    const char *program = "(x: f32) { y = mul.f32 x x; } -> y";
    error = api->scalar_function(text("square"), text(program), inputs, 1, &square, 1, &count);
    if (error) return explain(error);
    error = api->array_value(square, &value);
    if (error) return explain(error);
    if (((const float *)api->value_view(value).data)[5] != 36) return "the scalar program is wrong";
    api->value_release(value);

    error = api->call(text("no_such_operation"), args, 1, &none, 1, &count);
    if (!error || api->error_kind(error) != MILLPOND_ERROR_VALUE || none) return "an unknown operation is no error";
    if (!strstr(explain(error), "no_such_operation")) return "the error does not name the operation";
    args[1].name = text("axes");
    error = api->call(text("sum"), args, 2, &none, 1, &count);
    if (!error || !strstr(explain(error), "[sum]")) return "an unknown argument is no error";

    /* Truth values are bytes: any that is not 0 counts once. */
    const unsigned char truths[3] = {0, 2, 255};
    const size_t three = 3;
    MillpondSpec bools = {0, 1, &three};
    MillpondArray *mask = NULL, *total = NULL;
    error = api->array_from_data(truths, bools, &mask);
    if (error) return explain(error);
    args[0].data = mask;
    error = api->call(text("sum"), args, 1, &total, 1, &count);
    if (error) return explain(error);
    error = api->array_value(total, &value);
    if (error) return explain(error);
    if (*(const int32_t *)api->value_view(value).data != 2) return "bytes are no truth values";
    api->value_release(value);

    api->array_release(total);
    api->array_release(mask);
    api->array_release(square);
    api->array_release(sum);
    api->array_release(x);
    return NULL;
}

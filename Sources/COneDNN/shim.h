// oneDNN for Swift.
//
// oneDNN 2 passes memory descriptors by value and builds primitives from operation descriptors; oneDNN 3 hides
// both behind handles. The inline functions below offer one interface to both, so that nothing else in the
// program knows which version it runs with. A memory descriptor is an opaque pointer here, owned by whoever
// created it and released with conednn_descriptor_free.
#ifndef HOLDFAST_CONEDNN_H
#define HOLDFAST_CONEDNN_H

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

#if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3
#error "Holdfast works with oneDNN 2 and 3: install libdnnl-dev, or set HOLDFAST_ONEDNN to the prefix of a oneDNN 3"
#endif

// libgomp's, the OpenMP runtime of oneDNN. Declared here because omp.h belongs to the compiler, not to oneDNN.
extern void omp_set_num_threads(int);

typedef void *conednn_descriptor;

// The extents, strides and paddings of a two-dimensional convolution.
typedef struct {
  conednn_descriptor source, weights, bias, destination;
  int64_t strides[2];
  int64_t paddings[2];
} conednn_convolution;

typedef struct {
  conednn_descriptor source, weights, bias, destination;
} conednn_inner_product;

typedef enum {
  conednn_forward,
  conednn_backward_data,
  conednn_backward_weights
} conednn_pass;

#if DNNL_VERSION_MAJOR == 2
#define CONEDNN_MD(d) ((const dnnl_memory_desc_t *)(d))
#else
#define CONEDNN_MD(d) ((const_dnnl_memory_desc_t)(d))
#endif

static inline dnnl_status_t conednn_descriptor_create(
    conednn_descriptor *result, int rank, const int64_t *extents, dnnl_format_tag_t tag) {
  dnnl_dims_t dims = {0};
  for (int i = 0; i < rank; i++) dims[i] = extents[i];
#if DNNL_VERSION_MAJOR == 2
  dnnl_memory_desc_t *d = (dnnl_memory_desc_t *)malloc(sizeof *d);
  if (!d) return dnnl_out_of_memory;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(d, rank, dims, dnnl_f32, tag);
  if (status != dnnl_success) {
    free(d);
    return status;
  }
  *result = d;
  return dnnl_success;
#else
  dnnl_memory_desc_t d;
  dnnl_status_t status = dnnl_memory_desc_create_with_tag(&d, rank, dims, dnnl_f32, tag);
  *result = d;
  return status;
#endif
}

static inline void conednn_descriptor_free(conednn_descriptor d) {
#if DNNL_VERSION_MAJOR == 2
  free(d);
#else
  dnnl_memory_desc_destroy((dnnl_memory_desc_t)d);
#endif
}

static inline size_t conednn_descriptor_size(conednn_descriptor d) {
  return dnnl_memory_desc_get_size(CONEDNN_MD(d));
}

static inline int conednn_descriptor_equal(conednn_descriptor a, conednn_descriptor b) {
  return dnnl_memory_desc_equal(CONEDNN_MD(a), CONEDNN_MD(b));
}

// A copy of the descriptor that a primitive descriptor settled on.
static inline dnnl_status_t conednn_query_descriptor(
    conednn_descriptor *result, const_dnnl_primitive_desc_t pd, dnnl_query_t what) {
#if DNNL_VERSION_MAJOR == 2
  const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(pd, what, 0);
  dnnl_memory_desc_t *copy = (dnnl_memory_desc_t *)malloc(sizeof *copy);
  if (!copy) return dnnl_out_of_memory;
  // A primitive without scratchpad answers NULL: the empty descriptor.
  if (found) *copy = *found;
  else *copy = (dnnl_memory_desc_t){0};
  *result = copy;
  return dnnl_success;
#else
  const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(pd, what, 0);
  dnnl_memory_desc_t copy = NULL;
  if (!found) return dnnl_invalid_arguments;
  dnnl_status_t status = dnnl_memory_desc_clone(&copy, found);
  *result = copy;
  return status;
#endif
}

static inline const char *conednn_implementation_name(const_dnnl_primitive_desc_t pd) {
  const char *name = NULL;
  if (dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name) != dnnl_success) return "unknown";
  return name;
}

// oneDNN offers several implementations of an operation, the one it prefers first. The functions below describe
// the one at `index`, and say so in a status where there are no more.
#if DNNL_VERSION_MAJOR == 2
static inline int conednn_is_end(dnnl_status_t status) { return status == dnnl_iterator_ends; }

static inline dnnl_status_t conednn_at_index(
    dnnl_primitive_desc_t *result, int index, const_dnnl_op_desc_t operation,
    const_dnnl_primitive_attr_t attributes, dnnl_engine_t engine, const_dnnl_primitive_desc_t forward) {
  dnnl_primitive_desc_iterator_t iterator = NULL;
  dnnl_status_t status =
      dnnl_primitive_desc_iterator_create(&iterator, operation, attributes, engine, forward);
  if (status != dnnl_success) return status;
  for (int i = 0; i < index && status == dnnl_success; i++) status = dnnl_primitive_desc_iterator_next(iterator);
  if (status == dnnl_success) {
    *result = dnnl_primitive_desc_iterator_fetch(iterator);
    if (!*result) status = dnnl_out_of_memory;
  }
  dnnl_primitive_desc_iterator_destroy(iterator);
  return status;
}
#else
static inline int conednn_is_end(dnnl_status_t status) { return status == dnnl_last_impl_reached; }

// Moves on a description just made with `status`, which is the first one's.
static inline dnnl_status_t conednn_move_to(dnnl_primitive_desc_t *result, int index, dnnl_status_t status) {
  if (status != dnnl_success) return status;
  for (int i = 0; i < index && status == dnnl_success; i++) status = dnnl_primitive_desc_next_impl(*result);
  if (status != dnnl_success) {
    dnnl_primitive_desc_destroy(*result);
    *result = NULL;
  }
  return status;
}
#endif

static inline dnnl_status_t conednn_convolution_create(
    dnnl_primitive_desc_t *result, int index, dnnl_engine_t engine, conednn_pass pass,
    const conednn_convolution *c, const_dnnl_primitive_attr_t attributes, const_dnnl_primitive_desc_t forward) {
  dnnl_dims_t strides = {c->strides[0], c->strides[1]};
  dnnl_dims_t padding = {c->paddings[0], c->paddings[1]};
#if DNNL_VERSION_MAJOR == 2
  dnnl_convolution_desc_t d;
  dnnl_status_t status;
  if (pass == conednn_forward)
    status = dnnl_convolution_forward_desc_init(
        &d, dnnl_forward_training, dnnl_convolution_direct, CONEDNN_MD(c->source), CONEDNN_MD(c->weights),
        CONEDNN_MD(c->bias), CONEDNN_MD(c->destination), strides, padding, padding);
  else if (pass == conednn_backward_data)
    status = dnnl_convolution_backward_data_desc_init(
        &d, dnnl_convolution_direct, CONEDNN_MD(c->source), CONEDNN_MD(c->weights),
        CONEDNN_MD(c->destination), strides, padding, padding);
  else
    status = dnnl_convolution_backward_weights_desc_init(
        &d, dnnl_convolution_direct, CONEDNN_MD(c->source), CONEDNN_MD(c->weights), CONEDNN_MD(c->bias),
        CONEDNN_MD(c->destination), strides, padding, padding);
  if (status != dnnl_success) return status;
  return conednn_at_index(result, index, &d, attributes, engine, forward);
#else
  dnnl_dims_t dilations = {0, 0};
  dnnl_status_t status;
  if (pass == conednn_forward)
    status = dnnl_convolution_forward_primitive_desc_create(
        result, engine, dnnl_forward_training, dnnl_convolution_direct, CONEDNN_MD(c->source),
        CONEDNN_MD(c->weights), CONEDNN_MD(c->bias), CONEDNN_MD(c->destination), strides, dilations, padding,
        padding, attributes);
  else if (pass == conednn_backward_data)
    status = dnnl_convolution_backward_data_primitive_desc_create(
        result, engine, dnnl_convolution_direct, CONEDNN_MD(c->source), CONEDNN_MD(c->weights),
        CONEDNN_MD(c->destination), strides, dilations, padding, padding, forward, attributes);
  else
    status = dnnl_convolution_backward_weights_primitive_desc_create(
        result, engine, dnnl_convolution_direct, CONEDNN_MD(c->source), CONEDNN_MD(c->weights),
        CONEDNN_MD(c->bias), CONEDNN_MD(c->destination), strides, dilations, padding, padding, forward,
        attributes);
  return conednn_move_to(result, index, status);
#endif
}

static inline dnnl_status_t conednn_inner_product_create(
    dnnl_primitive_desc_t *result, int index, dnnl_engine_t engine, conednn_pass pass,
    const conednn_inner_product *p, const_dnnl_primitive_attr_t attributes,
    const_dnnl_primitive_desc_t forward) {
#if DNNL_VERSION_MAJOR == 2
  dnnl_inner_product_desc_t d;
  dnnl_status_t status;
  if (pass == conednn_forward)
    status = dnnl_inner_product_forward_desc_init(
        &d, dnnl_forward_training, CONEDNN_MD(p->source), CONEDNN_MD(p->weights), CONEDNN_MD(p->bias),
        CONEDNN_MD(p->destination));
  else if (pass == conednn_backward_data)
    status = dnnl_inner_product_backward_data_desc_init(
        &d, CONEDNN_MD(p->source), CONEDNN_MD(p->weights), CONEDNN_MD(p->destination));
  else
    status = dnnl_inner_product_backward_weights_desc_init(
        &d, CONEDNN_MD(p->source), CONEDNN_MD(p->weights), CONEDNN_MD(p->bias), CONEDNN_MD(p->destination));
  if (status != dnnl_success) return status;
  return conednn_at_index(result, index, &d, attributes, engine, forward);
#else
  dnnl_status_t status;
  if (pass == conednn_forward)
    status = dnnl_inner_product_forward_primitive_desc_create(
        result, engine, dnnl_forward_training, CONEDNN_MD(p->source), CONEDNN_MD(p->weights),
        CONEDNN_MD(p->bias), CONEDNN_MD(p->destination), attributes);
  else if (pass == conednn_backward_data)
    status = dnnl_inner_product_backward_data_primitive_desc_create(
        result, engine, CONEDNN_MD(p->source), CONEDNN_MD(p->weights), CONEDNN_MD(p->destination), forward,
        attributes);
  else
    status = dnnl_inner_product_backward_weights_primitive_desc_create(
        result, engine, CONEDNN_MD(p->source), CONEDNN_MD(p->weights), CONEDNN_MD(p->bias),
        CONEDNN_MD(p->destination), forward, attributes);
  return conednn_move_to(result, index, status);
#endif
}

static inline dnnl_status_t conednn_reorder_create(
    dnnl_primitive_desc_t *result, conednn_descriptor from, conednn_descriptor to, dnnl_engine_t engine,
    const_dnnl_primitive_attr_t attributes) {
  return dnnl_reorder_primitive_desc_create(
      result, CONEDNN_MD(from), engine, CONEDNN_MD(to), engine, attributes);
}

static inline dnnl_status_t conednn_memory_create(
    dnnl_memory_t *result, conednn_descriptor d, dnnl_engine_t engine, void *pointer) {
  return dnnl_memory_create(result, CONEDNN_MD(d), engine, pointer);
}

static inline dnnl_status_t conednn_memory_point_at(dnnl_memory_t memory, void *pointer) {
  return dnnl_memory_set_data_handle(memory, pointer);
}

#endif
